"""The verbs. Only here is the house assembled, and only here is the wall clock read."""
