"""Weighted features, kept small: every distinct topic of the day has some until its last digest is written. PURE."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Features with what each counts for, in an order that never changes, so that sums are the same wherever they are made."""

    features: array[int] = field(default_factory=lambda: array("I"))
    values: array[float] = field(default_factory=lambda: array("d"))

    @classmethod
    def of(cls, weights: Mapping[int, float], *, times: float = 1.0) -> Weights:
        return cls(array("I", weights.keys()), array("d", [value * times for value in weights.values()]))

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return zip(self.features, self.values, strict=True)

    def __len__(self) -> int:
        return len(self.features)


NO_WEIGHTS = Weights()
