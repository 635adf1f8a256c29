"""Which texts are near in meaning, by a small model that comes in a wheel. The only room of wordllama and what it brings along,
from the extra `semantic`.

The model is a table with a vector for each of 32,000 pieces of words, taken from the first layers of large language models
(WordLlama, https://github.com/dleemiller/WordLlama). A text is the mean of its pieces, each counted by how rare it is among the
texts (after Arora, Liang and Ma, "A simple but tough-to-beat baseline for sentence embeddings", 2017).

Table and tokenizer are read as they lie in the wheel. The package's own loader looks for the tokenizer where it is not, asks the
network for it then, and sets up logging for the whole process. All of it happens in a process of its own that ends with its answer:
whatever befalls a model befalls no mail, and neither its memory nor its threads stay.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digest.errors import ConfigError, DigestError

#: Texts are near when the cosine of their vectors is so large: among abstracts of one field, 2 pairs of 100.
NEAR = 0.5
#: Seconds for an answer; 1,500 abstracts take one or two, and so many more grow with their square.
PATIENCE = 600
#: So many texts are split into pieces, or compared with all others, at a time: memory grows with it, the time does not.
BATCH = 128

_TABLE = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_NEEDED = ("wordllama", "tokenizers", "safetensors", "numpy")

Answer = tuple[tuple[int, ...], ...]


class WordEmbedder:
    """Keeps its last answer: many a pass reads the papers of the one before."""

    def __init__(self) -> None:
        self._last: tuple[tuple[str, ...], int, Answer] = ((), 0, ())

    def check(self) -> None:
        """Raises ConfigError when the extra is not there, or not whole."""
        missing = [name for name in _NEEDED if find_spec(name) is None]
        if missing or not all(path.exists() for path in _files()):
            what = f"{missing[0]} is not installed" if missing else "the wordllama that is installed has no such model"
            raise ConfigError(f"{what}; run pip install 'paper-digest[semantic]', or set it to off", key="DIGEST_SEMANTIC")

    def nearest(self, texts: Sequence[str], count: int) -> Answer:
        """Of each text the positions of at most `count` others with a cosine of NEAR and more, nearest first, of equals the first.

        Raises DigestError when the model fails.
        """
        asked = tuple(texts)
        if self._last[:2] != (asked, count):
            self._last = asked, count, _ask(asked, count)
        return self._last[2]


def _ask(texts: Sequence[str], count: int) -> Answer:
    words = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            words, input=json.dumps([texts, count]).encode(), capture_output=True, check=True, timeout=PATIENCE
        )
        return tuple(map(tuple, json.loads(done.stdout)))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else str(error)
        raise DigestError(f"the model of meaning failed ({reason}); DIGEST_SEMANTIC=off does without it") from error


# --- Over there ----------------------------------------------------------------------------------------------------------


def nearest(texts: Sequence[str], count: int) -> Iterator[list[int]]:
    """See `WordEmbedder.nearest`. Raises ImportError without the extra."""
    import numpy as np

    vectors = _vectors(texts)
    for first in range(0, len(texts), BATCH):
        cosines = np.round(vectors[first : first + BATCH] @ vectors.T, 5)  # the last digits depend on how sums are split up
        for place, row in enumerate(cosines, first):
            row[place] = 0.0
            near = np.flatnonzero(row >= NEAR)
            yield near[np.argsort(-row[near], kind="stable")][:count].tolist()


def _vectors(texts: Sequence[str]) -> Any:
    """A row of length 1 for each text; 0 for one without words."""
    import numpy as np
    from safetensors.numpy import load_file

    table = load_file(_files()[0])["embedding.weight"]
    bags = [np.unique(np.array(pieces, dtype=np.int64), return_counts=True) for pieces in _pieces(texts)]
    having = np.zeros(len(table))
    for pieces, _ in bags:
        having[pieces] += 1
    rarity = np.log(1 + (len(texts) - having + 0.5) / (having + 0.5))  # as in BM25; its root forgives more
    weights = np.sqrt(rarity).astype(np.float32)
    rows = [(weights[pieces] * counts).astype(np.float32) @ table[pieces].astype(np.float32) for pieces, counts in bags]
    vectors = np.array(rows, dtype=np.float32).reshape(len(texts), table.shape[1])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.finfo(np.float32).tiny)


def _pieces(texts: Sequence[str]) -> Iterator[list[int]]:
    """The numbers of each text's pieces, which are the rows of the table."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_files()[1]))
    for first in range(0, len(texts), BATCH):
        batch = [text.encode(errors="replace").decode() for text in texts[first : first + BATCH]]  # half characters are refused
        for found in tokenizer.encode_batch(batch, add_special_tokens=False):
            yield found.ids


def _files() -> tuple[Path, Path]:
    """Where table and tokenizer lie in the installed package."""
    found = find_spec("wordllama")
    folder = Path(next(iter(found.submodule_search_locations or ()), "")) if found else Path()
    return folder / _TABLE, folder / _TOKENIZER


if __name__ == "__main__":
    json.dump(list(nearest(*json.load(sys.stdin.buffer))), sys.stdout)
