"""The threshold means the same for every topic and every field: measured on real days."""

from __future__ import annotations

import gzip
import json
from functools import cache

import pytest

from digest.model import Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.match import match
from tests.needs import needs_data

pytestmark = pytest.mark.replay

DAYS = ("2026-03-17", "2026-04-02")

# None of these has anything to do with what is announced in computer science.
STRANGERS = (
    Topic("soil", ("soil microbiome", "nitrogen fixation", "rhizobia")),
    Topic("scripts", ("medieval manuscripts", "paleography")),
    Topic("birds", ("bird migration", "songbird", "avian ecology")),
    Topic("kidneys", ("kidney transplant", "glomerulonephritis", "dialysis")),
    Topic("solar cells", ("perovskite solar cells", "organic photovoltaics")),
    Topic("earth", ("plate tectonics", "subduction zone", "seismic tomography")),
    Topic("reefs", ("coral bleaching", "reef resilience"), "How reefs recover from heat waves and what protects them."),
    Topic("sagas", ("Norse sagas", "runic inscriptions"), "Literature and language of medieval Scandinavia."),
    Topic("malaria", ("malaria vaccine", "Plasmodium"), "Immunity to malaria in children, vectors and drug resistance."),
    Topic(
        "roots",
        text="Soil bacteria and fungi that fix nitrogen in the roots of legumes, and how drought changes their communities.",
    ),
    Topic(
        "songbirds", text="Ecology of migrating songbirds: stopover habitats, spring arrival, light at night and breeding success."
    ),
    Topic(
        "kidney disease",
        text="Chronic kidney disease: tubular injury, dialysis, transplantation and rejection, trials of SGLT2 inhibitors.",
    ),
    Topic("Rome", text="Trade, taxation and the law of property in the late Roman Empire, from papyri, inscriptions and coins."),
    Topic(
        "faults",
        text="Earthquake nucleation and slow slip in subduction zones, seen with GPS, seismometers and friction experiments.",
    ),
    Topic("history of the Ottoman Empire"),
    Topic("volcanology"),
    Topic("wine chemistry"),
    Topic("pediatric oncology nursing"),
    Topic("beekeeping and pollinators"),
)

AT_HOME = (
    Topic("video", ("video generation", "video diffusion", "text-to-video"), "Generating and editing video with diffusion models."),
    Topic("code", ("code generation", "code LLM", "software engineering")),
    Topic("agents", ("GUI agent", "web agent", "computer use")),
    Topic(
        "long context",
        text="Language models that read very long inputs: attention, KV cache compression, and benchmarks of memory.",
    ),
    Topic("reinforcement learning"),
    Topic("medical image segmentation"),
)


@cache
def corpus(day: str, background: int) -> Corpus:
    with gzip.open(needs_data() / "corpus" / "arxiv_daily_papers.jsonl.gz", "rt", encoding="utf-8") as handle:
        rows = [json.loads(line) for line in handle]
    papers = [(row["first_listed"], Paper(row["id"], row["title"], row["abstract"], (), tuple(row["categories"]))) for row in rows]
    before = sorted({listed for listed, _ in papers if listed < day})[-background:]
    cs = [(listed, each) for listed, each in papers if each.categories and each.categories[0].startswith("cs.")]
    return Corpus.of([each for listed, each in cs if listed == day], background=[each for listed, each in cs if listed in before])


@pytest.mark.slow
@pytest.mark.parametrize("background", [1, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.parametrize("day", DAYS)
def test_a_topic_from_another_field_yields_nothing(day: str, background: int) -> None:
    found = match(STRANGERS, corpus(day, background))
    wrong = [(topic.name, each.paper.title, each.relevance) for topic, answer in found.items() for each in answer.matches]
    assert len(wrong) <= 1, wrong


@pytest.mark.slow
@pytest.mark.parametrize("background", [1, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.parametrize("day", DAYS)
def test_a_topic_at_home_yields_a_sensible_few(day: str, background: int) -> None:
    days_papers = corpus(day, background)
    sizes = {topic.name: len(answer.matches) for topic, answer in match(AT_HOME, days_papers).items()}
    assert all(1 <= size <= days_papers.size / 6 for size in sizes.values()), sizes


@pytest.mark.slow
def test_a_longer_way_to_say_the_same_finds_much_the_same() -> None:
    short = Topic("short", ("video generation",))
    long = Topic("long", ("video generation", "video synthesis"), "Generating and synthesising video.")
    found = match([short, long], corpus(DAYS[0], 10))
    first, second = ({each.paper.id for each in found[topic].matches[:10]} for topic in (short, long))
    assert len(first & second) >= 5
