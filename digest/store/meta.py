"""Small things that must survive a restart: the last pass, the token bucket, the salt of forgotten addresses."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, select

from digest.store.engine import put, reading, writing
from digest.store.tables import meta


class Meta:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, key: str, default: Any = None) -> Any:
        """What was last set under the key: anything that JSON can say."""
        with reading(self._engine) as connection:
            value = connection.scalar(select(meta.c.value).where(meta.c.key == key))
        return default if value is None else json.loads(value)

    def set(self, key: str, value: Any) -> None:
        with writing(self._engine) as connection:
            put(connection, meta, {"key": key, "value": json.dumps(value)}, by="key")
