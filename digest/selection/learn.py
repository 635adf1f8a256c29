"""What she taught us with `more`, `less` and the papers she likes: weights of terms that are added to her topics. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights of features by name (`~oper` is a stem), on the scale of relevance; empty when nothing was learned."""

    weights: Mapping[str, float] = field(default_factory=dict)


NOTHING_LEARNED = Learned()
