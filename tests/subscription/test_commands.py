"""What a line of a mail asks for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.subscription.commands import COMMANDS_MOST, Command, Verb, command, commands
from digest.subscription.letter import Letter

V = Verb
UNDERSTOOD = [
    ("subscribe", V.SUBSCRIBE, ""),
    ("Subscribe neural operators, diffusion models", V.SUBSCRIBE, "neural operators, diffusion models"),
    ("Hi, please subscribe me to neural operators!", V.SUBSCRIBE, "neural operators!"),
    ("subscibe neural operators", V.SUBSCRIBE, "neural operators"),
    ("Could you please sign me up for robots", V.SUBSCRIBE, "robots"),
    ("abonnieren Robotik", V.SUBSCRIBE, "Robotik"),
    ("confirm abc", V.CONFIRM, "abc"),
    ("topics", V.TOPICS, ""),
    ("Topisc", V.TOPICS, ""),
    ("add graph matching", V.ADD, "graph matching"),
    ("add: LLMs for C++", V.ADD, "LLMs for C++"),
    ("drop 2", V.DROP, "2"),
    ("more 3", V.MORE, "3"),
    ("More #3 please", V.MORE, "#3"),
    ("less 2, 4 and 5", V.LESS, "2, 4 and 5"),
    ("mehr 3", V.MORE, "3"),
    ("clear 3", V.CLEAR, "3"),
    ("time 07:30 Europe/Paris", V.TIME, "07:30 Europe/Paris"),
    ("time 7pm", V.TIME, "7pm"),
    ("daily", V.DAYS, "daily"),
    ("weekly mon", V.DAYS, "weekly mon"),
    ("wekly on Monday", V.DAYS, "weekly on Monday"),
    ("days mon, thu", V.DAYS, "mon, thu"),
    ("weekdays.", V.DAYS, "weekdays"),
    ("pause 2 weeks", V.PAUSE, "2 weeks"),
    ("puase 2 weeks", V.PAUSE, "2 weeks"),
    ("pause until 1 May", V.PAUSE, "until 1 May"),
    ("pause", V.PAUSE, ""),
    ("pause forever", V.PAUSE, "forever"),
    ("resume", V.RESUME, ""),
    ("digest please", V.DIGEST, ""),
    ("unsubscribe", V.UNSUBSCRIBE, ""),
    ("unsubscibe", V.UNSUBSCRIBE, ""),
    ("UNSUBCRIBE!!", V.UNSUBSCRIBE, ""),
    ("nsubscribe", V.UNSUBSCRIBE, ""),
    ("un subscribe", V.UNSUBSCRIBE, ""),
    ("**Unsubscribe**", V.UNSUBSCRIBE, ""),
    ("Please remove me from this list", V.UNSUBSCRIBE, ""),
    ("please unsubscribe me from these mails, thanks", V.UNSUBSCRIBE, ""),
    ("I would like to unsubscribe", V.UNSUBSCRIBE, ""),
    ("STOP", V.UNSUBSCRIBE, ""),
    ("abmelden", V.UNSUBSCRIBE, ""),
    ("help", V.HELP, ""),
    ("This was not me!", V.DECLINE, ""),
    ("Das war ich nicht", V.DECLINE, ""),
]
TALK = [
    "More on this later, best, Ada",
    "more",
    "Time flies",
    "Stop words matter in retrieval",
    "Digest looks great, I really love everything about it",
    "Unsubscribe: mailto:digest+commands@example.org?subject=unsubscribe",
    "Unsubscribe: https://digest.example.org/unsubscribe/abc",
    "unsubscribe: no more mail",
    "pause 2 weeks: no mail for a while, and then again as it was before",
    "The weekly meeting is on Monday",
    "weekly meeting notes",
    "Cheers,",
    "Alice",
    "2 more papers",
    "cause for concern",
    "",
]


@pytest.mark.parametrize(("line", "verb", "text"), UNDERSTOOD)
def test_commands_are_understood(line: str, verb: Verb, text: str) -> None:
    assert command(line) == Command(verb, text)


@pytest.mark.parametrize("line", TALK)
def test_talk_is_no_command(line: str) -> None:
    assert command(line) is None


def letter(subject: str = "", text: str = "") -> Letter:
    return Letter("alice@example.net", subject=subject, text=text)


def test_the_subject_comes_first_and_each_wish_counts_once() -> None:
    found = commands(letter("pause 2 weeks", "Hello,\npause 2 weeks\nadd x\nBest, Alice"))
    assert found.commands == (Command(V.PAUSE, "2 weeks"), Command(V.ADD, "x"))
    assert found.talk == ("Hello,", "Best, Alice")


def test_commands_may_share_a_line() -> None:
    assert [each.verb for each in commands(letter("", "resume; weekly mon; drop x")).commands] == [V.RESUME, V.DAYS, V.DROP]
    assert commands(letter("", "subscribe a; b; c")).commands == (Command(V.SUBSCRIBE, "a; b; c"),)


def test_ten_commands_are_heeded_and_the_others_counted() -> None:
    found = commands(letter("", "\n".join(f"add t{n}" for n in range(14))))
    assert (len(found.commands), found.left_out) == (COMMANDS_MOST, 4)


@given(some.text(max_size=300))
def test_whatever_is_written_is_read(line: str) -> None:
    command(line)
    commands(letter(line, line))


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["1", "mon", "a ", "please ", "pause ", "hi,", "me ", "1,", "x;", "thanks ", ".", "for "])
def test_no_line_takes_long(piece: str) -> None:
    began = time.process_time()
    for word in ("more ", "weekly ", "pause ", "time ", "unsubscribe ", ""):
        command((word + piece * 2000)[:2000] + "\x01")
    assert time.process_time() - began < 1
