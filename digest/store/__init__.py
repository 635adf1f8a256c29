"""What we know and what we did: papers, sightings, fetches, subscribers, deliveries. SQLAlchemy lives here and nowhere else."""
