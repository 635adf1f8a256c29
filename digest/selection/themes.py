"""Which of the papers that met a topic are about one theme, so that it cannot fill a mail. PURE."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import islice

from digest.selection.weights import Weights

#: Papers whose heaviest words point the same way this much are of one theme: among papers that met one topic on one day, the median
#: pair stands at .01, one in ten above .06.
SAME_THEME = 0.2
#: So many of its heaviest features stand for a paper here.
FEATURES = 30
#: So many of the best papers are looked at: more than any mail takes of one topic.
LOOKED_AT = 30


def themes(names: Iterable[str], vector: Callable[[str], Weights]) -> dict[str, str]:
    """The leaders of the papers that lead no theme of their own. Best first, each joins the first paper that it resembles."""
    leading: dict[int, list[tuple[str, float]]] = {}  # of each feature: the leaders that have it, and how much
    led: dict[str, str] = {}
    for name in islice(names, LOOKED_AT):
        features = _heaviest(vector(name))
        likeness: dict[str, float] = {}
        for feature, value in features:
            for leader, share in leading.get(feature, ()):
                likeness[leader] = likeness.get(leader, 0.0) + value * share
        leader = next((each for each, alike in likeness.items() if alike >= SAME_THEME), "")
        if leader:
            led[name] = leader
        else:
            for feature, value in features:
                leading.setdefault(feature, []).append((name, value))
    return led


def _heaviest(vector: Weights) -> list[tuple[int, float]]:
    features = list(islice(vector, FEATURES))
    length = math.sqrt(sum([value * value for _, value in features])) or 1.0
    return [(feature, value / length) for feature, value in features]
