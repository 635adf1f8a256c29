"""Both databases, as in the store's own tests."""

from tests.store.conftest import database, database_url, postgres_server, postgres_store

__all__ = ["database", "database_url", "postgres_server", "postgres_store"]
