"""Pages for those who click."""
