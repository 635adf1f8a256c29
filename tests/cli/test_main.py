"""The command itself: help, words that nobody knows, exit codes, and what it loads before it knows what is wanted."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import digest
from digest.cli import VERBS, output
from tests.cli.desk import ALICE, NOW, Desk, row

HEAVY = ("sqlalchemy", "httpx2", "jinja2", "mjml", "pydantic", "rich", "ruamel", "apscheduler", "aiosmtplib", "feedparser")

SUBVERBS = [("subscribers", name) for name in ("list", "show", "sync")]
WORDS = [(name,) for name in VERBS] + SUBVERBS


def python(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A real process, with nothing in its environment but what is named."""
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(digest.__file__).parents[1]), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=clean | environment, capture_output=True, text=True, timeout=60
    )


# --- Help ----------------------------------------------------------------------------------------------------------------


def test_help_names_every_verb_and_where_to_start(desk: Desk) -> None:
    said = desk("--help")

    assert (said.code, said.err) == (0, "")
    assert all(f"\n  {name} " in said.out for name in VERBS)
    assert "Start with `digest preview`" in said.out


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_verb_has_help_with_an_example_of_itself(desk: Desk, words: tuple[str, ...]) -> None:
    said = desk(*words, "--help")

    assert (said.code, said.err) == (0, "")
    assert f"Usage: digest {' '.join(words)}" in said.out
    assert f"digest {' '.join(words)}" in said.out.partition("Example")[2].replace("\n  ", " ")
    assert "..." not in said.out, "no help text is cut"


@pytest.mark.parametrize("words", [words for words in WORDS if words not in (("subscribers",), ("templates",))], ids=" ".join)
def test_every_verb_can_say_more(desk: Desk, words: tuple[str, ...]) -> None:
    assert "-v, --verbose" in desk(*words, "--help").out


def loaded_by(*words: str, folder: Path) -> list[str]:
    """The large libraries that a verb has loaded when it ends, well."""
    script = f"""
import json, sys
from digest.cli import main
try:
    main({list(words)!r})
except SystemExit as end:
    sys.stderr.write(json.dumps([end.code, [name for name in {HEAVY!r} if name in sys.modules]]))
"""
    code, loaded = json.loads(python("-c", script, folder=folder).stderr)
    assert code == 0
    return list(loaded)


def test_help_loads_nothing_that_takes_time(tmp_path: Path) -> None:
    assert loaded_by("--help", folder=tmp_path) == []


def test_a_preview_of_the_sample_needs_no_database_no_network_and_no_clockwork(tmp_path: Path) -> None:
    loaded = loaded_by("preview", "--sample", folder=tmp_path)

    assert not {"sqlalchemy", "httpx2", "apscheduler", "aiosmtplib", "feedparser"} & set(loaded)


@pytest.mark.slow
def test_a_digest_is_the_same_in_every_process_to_the_last_digit(tmp_path: Path) -> None:
    words = ("-m", "digest", "preview", "--sample", "--format", "json", "--now", NOW)

    said = {python(*words, folder=tmp_path, PYTHONHASHSEED=str(seed)).stdout for seed in range(1, 5)}

    assert len(said) == 1, "Python's hashes, and with them the order of sets, differ from process to process"
    assert "contribution" in said.pop()


def test_the_module_is_the_command_and_says_its_version(tmp_path: Path) -> None:
    ran = python("-m", "digest", "--version", folder=tmp_path)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"digest, version {digest.__version__}\n", "")


# --- Words that nobody knows ---------------------------------------------------------------------------------------------


def test_an_unknown_verb_is_named_with_the_nearest(desk: Desk) -> None:
    assert desk("preveiw") == (2, "", "error: there is no verb 'preveiw', did you mean 'preview'?\nTry: digest --help\n")
    assert desk("xyzzy").err.startswith("error: there is no verb 'xyzzy'; there are preview, fetch, send, ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("preview", "--now", "yesterday"), "'yesterday' is not an instant; write it as 2026-03-24T09:00:00Z"),
        (("status", "--now", "2026-13-01T00:00Z"), "'2026-13-01T00:00Z' is not an instant"),
        (("preview", "--date", "24.3.2026"), "'24.3.2026' is not a date; write it as 2026-03-24"),
        (("fetch", "--since", "last week"), "'last week' is not a date"),
        (("preview", "--days", "0"), "0 is not in the range"),
        (("preview", "--days", "3", "--serve"), "leave out --days"),
        (("preview", "--format", "pdf"), "'pdf' is not one of 'html', 'text', 'eml', 'json'"),
        (("preview", "--papers", "nowhere.jsonl"), "'nowhere.jsonl' does not exist"),
        (("rank", "--papers"), "'--papers' requires an argument"),
        (("rank",), "missing option '--profiles'"),
        (("explain", "alice@example.org"), "missing argument 'PAPER'"),
        (("send", "--onyl", "x"), "no such option '--onyl'"),
        (("subscribers", "shwo"), "did you mean 'show'?"),
    ],
)
def test_a_wrong_word_is_an_error_of_one_line_and_a_hint(desk: Desk, words: tuple[str, ...], said: str) -> None:
    answer = desk(*words)

    assert (answer.code, answer.out) == (2, "")
    first, hint = answer.err.splitlines()
    assert first.startswith("error: ")
    assert said.lower() in first.lower()
    assert hint.startswith("Try: digest")
    assert desk.files == []


def test_an_instant_without_an_offset_is_utc_and_one_with_it_is_moved(desk: Desk) -> None:
    assert "seen at 2026-03-24 09:00 UTC" in desk("status", "--now", "2026-03-24T09:00").out
    assert "seen at 2026-03-24 09:00 UTC" in desk("status", "--now", "2026-03-24T10:00+01:00").out


@pytest.mark.parametrize("verb", [("status",), ("check",), ("preview", "--sample"), ("subscribers", "list"), ("send",)])
def test_a_setting_that_nobody_knows_stops_every_verb(desk: Desk, verb: tuple[str, ...]) -> None:
    desk.writes(".env", "DIGEST_SUBSCRIBER=people\n")

    said = desk(*verb)

    assert said.code == 2
    assert said.err == "error: .env:1: DIGEST_SUBSCRIBER: no such setting, did you mean 'DIGEST_SUBSCRIBERS'?\n"


# --- Streams -------------------------------------------------------------------------------------------------------------


def test_a_pipe_gets_whole_lines_without_colours_bars_or_trailing_blanks(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.has_papers(*(row(number, upvotes=number, title=f"Title {number} " + "of many words " * 30) for number in range(1, 4)))

    desk("fetch", "--now", NOW)
    desk("subscribers", "sync", "--now", NOW)

    for words in (("trending",), ("status",), ("subscribers", "list"), ("preview", "alice@example.org", "--days", "3")):
        said = desk(*words, "--now", NOW) if words[0] != "subscribers" else desk(*words)
        assert said.code == 0
        assert "\x1b" not in said.out + said.err
        assert not [line for line in said.lines if line != line.rstrip()]
    assert len(desk("trending", "--now", NOW).lines) == 4, "one line a paper, however long"


@pytest.mark.slow
@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_on_a_terminal_a_table_is_wrapped_at_its_width_and_no_color_is_obeyed(
    desk: Desk, environment: dict[str, str], coloured: bool
) -> None:
    desk.has_read(row(1, upvotes=12, title="Words of a long title " * 8))
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(digest.__file__).parents[1]), "PYTHONUTF8": "1"}
    terminal, line = pty.openpty()

    with subprocess.Popen(
        [sys.executable, "-m", "digest", "trending", "--now", NOW],
        cwd=desk.folder,
        env=clean | {"TERM": "xterm", "COLUMNS": "72"} | environment,
        stdout=line,
        stderr=subprocess.DEVNULL,
    ):
        os.close(line)
        shown = read_all(terminal)

    lines = shown.splitlines()
    assert ("\x1b[" in shown) == coloured
    assert len(lines) > 3, "the title goes on below itself"
    assert max(map(len, lines[1:])) <= 72
    assert lines[2].startswith(" " * 30), "and not below the figures"


def test_on_a_narrow_terminal_no_address_is_cut_and_no_column_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "_WIDE", 40)
    shown = output.table("address", "state", "topics", wrap=("topics",))
    shown.add_row("somebody.with.a.long.name@example.org", "suppressed", "neural operators, magma chambers")

    output.print_table(shown)

    assert [line.split() for line in capsys.readouterr().out.splitlines()][:2] == [
        ["address", "state", "topics"],
        ["somebody.with.a.long.name@example.org", "suppressed", "neural"],
    ]


def read_all(terminal: int) -> str:
    """What a process wrote to its terminal until it ended; Linux says so by an error."""
    found = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        if not part:
            os.close(terminal)
            return found.decode()
        found += part


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_fault(desk: Desk) -> None:
    desk.has_papers(*map(row, range(1, 3000)))
    command = [sys.executable, "-m", "digest", "parse", "papers.jsonl", "--source", "file"]
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(digest.__file__).parents[1])}

    with subprocess.Popen(command, cwd=desk.folder, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        complaints = running.stderr.read()

    assert (running.returncode, complaints) == (0, b"")
