"""Who may be written to, and what she wants."""
