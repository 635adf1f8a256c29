"""The pages, for those who click; the only room of the web framework."""
