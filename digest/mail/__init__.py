"""The way out: templates, message bytes, SMTP and the outbox."""
