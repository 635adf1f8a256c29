"""Which of the papers that met a topic are about one theme, so that it cannot fill a mail. PURE."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable
from itertools import islice

from digest.selection.weights import Weights

#: Papers whose heaviest words point the same way this much are of one theme. Of the best thirty papers that met a topic on a real
#: day at most six do: multi-agent learning under reinforcement learning, control of the camera under video generation.
SAME_THEME = 0.12
#: So many of its heaviest features stand for a paper here.
FEATURES = 30
#: So many of the best papers are looked at: more than any mail takes of one topic.
LOOKED_AT = 30


def themes(names: Iterable[str], vector: Callable[[str], Weights], *, beside: Container[int] = ()) -> dict[str, str]:
    """The leaders of the papers that lead no theme of their own. Best first, each joins the first paper that it resembles, `beside`
    the features of the topic, which all of them share."""
    leading: dict[int, list[tuple[str, float]]] = {}  # of each feature: the leaders that have it, and how much
    led: dict[str, str] = {}
    for name in islice(names, LOOKED_AT):
        features = _heaviest(each for each in vector(name) if each[0] not in beside)
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


def _heaviest(vector: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    features = list(islice(vector, FEATURES))
    length = math.sqrt(sum([value * value for _, value in features])) or 1.0
    return [(feature, value / length) for feature, value in features]
