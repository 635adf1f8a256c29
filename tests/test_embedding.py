"""The model of meaning: asked in a process of its own, which may fail; and what it knows, where the extra is installed."""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from digest import embedding
from digest.embedding import WordEmbedder
from digest.errors import ConfigError, DigestError
from digest.model import Topic
from digest.selection.corpus import Corpus
from digest.selection.match import rank
from digest.selection.semantic import NEAREST, Neighbours
from digest.sources import paperfile
from tests.needs import needs_extra

SAMPLE = Path(embedding.__file__).parent / "sample" / "papers.jsonl"


def over_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *lines: str) -> None:
    """Put a program of a few lines in the place of the model."""
    program = tmp_path / "model"
    program.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_it_answers_with_positions_and_is_asked_once_for_the_same_texts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, log = WordEmbedder(), tmp_path / "log"
    over_there(monkeypatch, tmp_path, f"cat >>{log}", f"echo >>{log}", "echo '[[1], [0]]'")

    assert asked.nearest(["a", "b"], 5) == asked.nearest(["a", "b"], 5) == ((1,), (0,))
    assert asked.nearest(["b", "a"], 5) == ((1,), (0,))
    assert [json.loads(line) for line in log.read_text().splitlines()] == [[["a", "b"], 5], [["b", "a"], 5]]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("echo 'Traceback: here' >&2", "echo 'MemoryError: too much' >&2", "exit 1"), "MemoryError: too much"),
        (("kill -9 $$",), "SIGKILL"),
        (("echo nonsense",), "Expecting value"),
    ],
)
def test_a_model_that_fails_says_so_and_how_to_do_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: tuple[str, ...], said: str
) -> None:
    over_there(monkeypatch, tmp_path, *lines)

    with pytest.raises(DigestError, match=f"{said}.*; DIGEST_SEMANTIC=off does without it"):
        WordEmbedder().nearest(["a"], 5)


def test_a_model_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedding, "PATIENCE", 0.01)
    over_there(monkeypatch, tmp_path, "exec sleep 60")

    with pytest.raises(DigestError, match="timed out"):
        WordEmbedder().nearest(["a"], 5)


def test_what_is_missing_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hollow = ModuleSpec("wordllama", None, is_package=True)
    hollow.submodule_search_locations = [str(tmp_path)]
    for found, said in ((None, "wordllama is not installed"), (hollow, "the wordllama that is installed has no such model")):
        monkeypatch.setattr(embedding, "find_spec", lambda _, found=found: found)
        with pytest.raises(ConfigError) as caught:
            WordEmbedder().check()
        assert str(caught.value) == f"DIGEST_SEMANTIC: {said}; run pip install 'paper-digest[semantic]', or set it to off"


# --- The model itself ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> WordEmbedder:
    needs_extra("semantic", package="wordllama")
    return WordEmbedder()


@pytest.mark.slow
@pytest.mark.semantic
def test_what_means_the_same_is_near_in_other_words(model: WordEmbedder) -> None:
    texts = [
        "Legged robots learn to walk over rough ground by reinforcement learning of their gait.",
        "A quadruped robot learns locomotion across uneven terrain: policy gradients train its gaits.",
        "Moss and lichen grow on wet roofs in the north.",
        "",
        "half a character \ud83d and no more",
    ]
    assert model.nearest(texts, 5) == ((1,), (0,), (), (), ())
    assert model.nearest([], 5) == ()


@pytest.mark.slow
@pytest.mark.semantic
def test_the_same_papers_have_the_same_neighbours_every_time_and_contributions_add_up(model: WordEmbedder) -> None:
    corpus = Corpus.of([row.paper for row in paperfile.read(SAMPLE).rows])
    corpus.neighbours = Neighbours.of(corpus.candidates, model)
    again = Neighbours.of(corpus.candidates, WordEmbedder())

    assert corpus.neighbours == again
    assert all(len(near) <= NEAREST and place not in near for place, near in enumerate(again.near))
    found = rank(Topic("diffusion models", ("diffusion model",)), corpus)
    assert any(hit.kind == "semantic" for each in found for hit in each.hits)
    for each in found:
        assert sum(hit.contribution for hit in each.hits) == pytest.approx(each.relevance)
