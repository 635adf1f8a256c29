"""The way in: one polite HTTP client, and one module a source that turns its answers into papers and sightings."""
