"""One table of keys: what is shipped for editors and people agrees with what is read."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from ruamel.yaml import YAML

from digest.model import Subscriber, Topic
from digest.subscription import roster
from digest.subscription.schema import SUBSCRIBER, TOPIC, json_schema
from tests.subscription.test_roster import subscribers

FOLDER = Path(__file__).resolve().parents[2] / "subscribers"
SCHEMA = json_schema()
KINDS: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float), "array": list, "object": dict}


def misfit(value: Any, schema: dict[str, Any], at: str = "") -> str:
    """Why a value does not fit a schema of the few words that ours uses, or "" when it does."""
    if "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema and (reasons := [misfit(value, each, at) for each in schema["anyOf"]]):
        return "" if "" in reasons else " or ".join(reasons)
    if "enum" in schema:
        return "" if value in schema["enum"] else f"{at}: not one of {schema['enum']}"
    if not isinstance(value, KINDS[schema["type"]]) or isinstance(value, bool):
        return f"{at}: not {schema['type']}"
    return {str: text_misfit, list: list_misfit, dict: object_misfit}.get(type(value), number_misfit)(value, schema, at)


def text_misfit(value: str, schema: dict[str, Any], at: str) -> str:
    fits = re.search(schema.get("pattern", ""), value) and len(value) <= schema.get("maxLength", len(value))
    return "" if fits else f"{at}: {value!r} does not fit"


def number_misfit(value: float, schema: dict[str, Any], at: str) -> str:
    fits = schema.get("minimum", value) <= value <= schema["maximum"] and value > schema.get("exclusiveMinimum", value - 1)
    return "" if fits else f"{at}: {value} does not fit"


def list_misfit(value: list[Any], schema: dict[str, Any], at: str) -> str:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return f"{at}: {len(value)} items"
    return next((reason for each in value if (reason := misfit(each, schema["items"], f"{at}[]"))), "")


def object_misfit(value: dict[str, Any], schema: dict[str, Any], at: str) -> str:
    strange = [key for key in value if key not in schema["properties"]] + [key for key in schema["required"] if key not in value]
    fits = (misfit(each, schema["properties"][key], f"{at}.{key}") for key, each in value.items() if key in schema["properties"])
    return f"{at}: {strange}" if strange else next(filter(None, fits), "")


def as_an_editor_reads_it(text: str) -> Any:
    """YAML 1.2's core types, in which a date is a text."""
    loaded = YAML(typ="safe", pure=True).load(text)
    return json.loads(json.dumps(loaded, default=lambda day: day.isoformat() if isinstance(day, date) else day))


def test_the_shipped_schema_is_the_tables() -> None:
    assert json.loads((FOLDER / "subscriber.schema.json").read_text(encoding="utf-8")) == SCHEMA


def test_the_example_has_every_key_and_fits_the_schema_and_the_reader() -> None:
    text = (FOLDER / "example.yaml").read_text(encoding="utf-8")
    loaded = as_an_editor_reads_it(text)
    assert set(loaded) == set(SUBSCRIBER)
    assert set(loaded["topics"][0]) == set(TOPIC)
    assert misfit(loaded, SCHEMA) == ""
    assert not roster.read_file(FOLDER / "example.yaml").faults


def test_the_page_for_admins_explains_every_key() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for key in [*SUBSCRIBER, *TOPIC]:
        assert f"\n| `{key}` |" in page


def test_the_yaml_on_the_page_is_read(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (FOLDER / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        (tmp_path / "a.yaml").write_text(block, encoding="utf-8")
        found = roster.read_file(tmp_path / "a.yaml")
        assert found.subscribers
        assert not found.faults


def test_every_key_fills_the_field_of_its_name() -> None:
    assert set(SUBSCRIBER) == set(Subscriber.__dataclass_fields__) - {"key"}
    assert set(TOPIC) == set(Topic.__dataclass_fields__)



@given(subscribers)
def test_what_we_write_fits_the_schema(subscriber: Subscriber) -> None:
    assert misfit(as_an_editor_reads_it(roster.dump(subscriber)), SCHEMA) == ""


@pytest.mark.parametrize(
    "text",
    [
        "email: a@example.org\n",
        "topics: [x]\n",
        "email: a@example.org\ntopics: []\n",
        "email: a@example.org\ntopics: [{name: x, wieght: 1}]\n",
        "email: a@example.org\ntopics: [{name: x, weight: 0}]\n",
        "email: a@example.org\ntopics: [{name: x, weight: 11}]\n",
        "email: a@example.org\ntopics: [{name: x, keywords: a}]\n",
        "email: a@example.org\ntopics: [{name: x, keywords: ['*']}]\n",
        "email: a@example.org\ntopics: [x]\nsend_at: 7:5\n",
        "email: a@example.org\ntopics: [x]\ndays: weekly\n",
        "email: a@example.org\ntopics: [x]\nmax_papers: 0\n",
        "email: a@example.org\ntopics: [x]\nmax_papers: '3'\n",
        "email: a@example.org\ntopics: [x]\ntrending: 101\n",
        "email: a@example.org\ntopics: [x]\nlayout: tight\n",
        "email: a@example.org\ntopics: [x]\ncolour: red\n",
        "[]\n",
    ],
)
def test_what_an_editor_marks_is_a_fault_for_the_reader_too(tmp_path: Path, text: str) -> None:
    assert misfit(as_an_editor_reads_it(text), SCHEMA) != ""
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert roster.read_file(tmp_path / "a.yaml").faults
