"""What a mail asks for: commands, one a line, in the subject or in her own words. PURE.

A line is a command when it begins with one of our words, perhaps misspelt, and goes on as that command does. All other lines are
talk, so "More on this later, best, Ada" asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from digest.subscription.letter import Letter

COMMANDS_MOST = 10     #: of one mail that are heeded
LINES_MOST = 200       #: of one mail that are looked at
_LONGEST_LINE = 2000


class Verb(StrEnum):
    SUBSCRIBE = "subscribe"
    CONFIRM = "confirm"
    DECLINE = "decline"
    TOPICS = "topics"
    ADD = "add"
    DROP = "drop"
    MORE = "more"
    LESS = "less"
    CLEAR = "clear"
    TIME = "time"
    DAYS = "days"
    PAUSE = "pause"
    RESUME = "resume"
    DIGEST = "digest"
    UNSUBSCRIBE = "unsubscribe"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """One wish. `text` is what stands behind the word, as she wrote it on one line."""

    verb: Verb
    text: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that a mail asks for."""

    commands: tuple[Command, ...] = ()
    talk: tuple[str, ...] = ()             #: lines that are no command
    left_out: int = 0                      #: commands beyond the first COMMANDS_MOST

    @property
    def verbs(self) -> frozenset[Verb]:
        return frozenset(each.verb for each in self.commands)


_V = Verb
#: Words for each command, those of people who do not know ours among them, in the languages that our mails speak.
_SPELLED: Mapping[Verb, str] = {
    _V.SUBSCRIBE: "subscribe sub join signup sign-up register abonnieren anmelden",
    _V.CONFIRM: "confirm confirmed bestätigen bestätige",
    _V.DECLINE: "decline ablehnen",
    _V.TOPICS: "topics topic list themen",
    _V.ADD: "add hinzufügen",
    _V.DROP: "drop remove delete entferne entfernen streichen",
    _V.MORE: "more mehr",
    _V.LESS: "less fewer weniger",
    _V.CLEAR: "clear neither weder",
    _V.TIME: "time uhrzeit",
    _V.DAYS: "days daily weekdays weekly täglich werktags wöchentlich tage",
    _V.PAUSE: "pause paused holiday pausiere pausieren",
    _V.RESUME: "resume continue unpause restart fortsetzen weiter",
    _V.DIGEST: "digest resend latest",
    _V.UNSUBSCRIBE: "unsubscribe unsub un-subscribe signoff sign-off unregister deregister optout opt-out stop cancel leave quit "
    "abbestellen abmelden austragen désabonner desuscribir",
    _V.HELP: "help hilfe commands usage",
}
_WORDS = {word: verb for verb, words in _SPELLED.items() for word in words.split()}
#: Of these, the ones that may be misspelt: long, and like no common word.
_FORGIVEN = (
    "subscribe", "confirm", "topics", "daily", "weekdays", "weekly", "pause", "resume", "digest", "unsubscribe",
    "abbestellen", "abmelden", "abonnieren",
)  # fmt: skip
#: Of these, the ones that also begin ordinary sentences: they count with at most two words behind them.
_COMMON = frozenset(
    {"stop", "cancel", "leave", "quit", "list", "latest", "continue", "restart", "weiter", "usage", "commands", "holiday"}
)


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


#: Whole lines that say it in other words.
_PHRASES = {
    _V.UNSUBSCRIBE: _pattern(
        r"un subscribe.*",
        r"(?:please )?(?:remove|take|delete) (?:me|my (?:e-?mail|address)).{0,60}",
        r"(?:please )?stop (?:it|this|sending|mailing|these).{0,60}",
        r"(?:i )?(?:want|wish|would like) to (?:unsubscribe|leave|cancel).{0,60}",
        r"(?:opt out|sign (?:me )?off|no more (?:e-?)?mails?).{0,40}",
    ),
    _V.DECLINE: _pattern(
        r"(?:this |that |it )?(?:was ?n[o']t|wasn['’]?t|was not|is ?n[o']t|is not) (?:me|mine|I)\b.{0,80}",
        r"(?:not me\b|wrong (?:address|person)|never ask again).{0,40}",
        r"(?:i )?(?:never|did ?n['’o]t|did not) (?:ask|sign|subscribe|request).{0,80}",
        r"(?:das war ich nicht|ich war (?:es|das) nicht|nie wieder).{0,40}",
        r"no[.!]?|nein[.!]?",
    ),
    _V.SUBSCRIBE: _pattern(r"(?:sign me up|add me)(?: (?:for|to))?\b ?(?P<rest>.*)"),
}
_POLITE = _pattern(
    r"(?:hi|hello|hey|dear|hallo|liebe[rs]?|guten (?:tag|morgen))\b[^,.!:]{0,30}[,.!:]+\s*",
    r"(?:please|pls|plz|kindly|bitte|now|just|also|and)\b[,:]?\s+",
    r"(?:could|can|would) you\s+|i(?:['’]d| would) like to\s+|i want to\s+",
)
_THANKS = _pattern(
    r"[\s,.!;-]*\b(?:please|pls|thanks|thank you|thx|cheers|bitte|danke)(?: (?:a lot|very much|sehr|schön))?[\s.!]*$"
)
_TO = _pattern(r"^(?:me\b)?\s*(?:(?:to|for|on|about|in|für|zu)\b)?\s*(?:(?:the )?(?:topics?|themen?)\b)?\s*[:=-]?\s*")
_DECORATION = " \t\"'“”„‘’`*_<>[](){}#•·-–—"

_BETWEEN_NUMBERS = frozenset({"like", "paper", "papers", "no", "nr", "number", "nummer", "wie", "and", "und", ""})
_BETWEEN_DAYS = frozenset({"on", "every", "weekly", "am", "and", "und", "jeden", "", "mo", "di", "mi", "do", "fr", "sa", "so"})
_DAY_STEMS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "dien", "mitt", "donn", "frei", "sams", "sonn")
_CLOCK = _pattern(r"\D{0,12}[0-9]{1,2}(?:[:.h][0-9]{2})?\s*(?:am|pm|uhr|h)?\b.*")
_SPAN = _pattern(
    r"(?:for |für )?(?:[0-9]+|a|an|one|two|three|four|six|ein|eine|einen|zwei|drei)\s*[a-zäöü]+.*", r"(?:until|till?)\b.*|bis\b.*"
)


def commands(letter: Letter) -> Wishes:
    """Everything that a mail asks for, the subject first, each wish once."""
    found: dict[Command, None] = {}
    talk: list[str] = []
    for line in _lines(letter):
        wish = command(line)
        if wish:
            found.setdefault(wish)
        elif line is not letter.subject:
            talk.append(line)
    return Wishes(tuple(found)[:COMMANDS_MOST], tuple(talk), max(0, len(found) - COMMANDS_MOST))


def _lines(letter: Letter) -> Iterator[str]:
    if letter.subject:
        yield letter.subject
    own = (line.strip() for line in letter.text.split("\n")[:LINES_MOST])
    for line in own:
        if line and len(line) <= _LONGEST_LINE:
            yield from _split(line)


def _split(line: str) -> Iterator[str]:
    """Several commands on one line, divided by semicolons, are as many lines; within topics a semicolon is a comma."""
    pieces = [each.strip() for each in line.split(";")]
    if len(pieces) > 1 and all(command(each) for each in pieces if each):
        yield from (each for each in pieces if each)
    else:
        yield line


def command(line: str) -> Command | None:
    """The command that a line is, None when it is talk."""
    said = " ".join(line.strip(_DECORATION).split())
    if wish := _phrase(said):
        return wish
    while courtesy := _POLITE.match(said):
        said = said[courtesy.end() :]
    if wish := _phrase(said):
        return wish
    word, _, rest = said.partition(" ")
    bare = word.strip(_DECORATION + ".,:;!?").lower()
    text = _THANKS.sub("", rest).strip(_DECORATION if not rest.startswith("#") else " ")
    if verb := _WORDS.get(bare):
        return _made(verb, bare, text, colon=word.endswith(":"))
    near = _nearest(bare)
    return _made(_WORDS[near], near, text, colon=word.endswith(":")) if near and _fits(_WORDS[near], text, strictly=True) else None


def _phrase(said: str) -> Command | None:
    for verb, pattern in _PHRASES.items():
        if found := pattern.fullmatch(said):
            return Command(verb, found.groupdict().get("rest", "").strip())
    return None


def _made(verb: Verb, word: str, text: str, *, colon: bool) -> Command | None:
    """The command of a line that begins with its word; None when the line goes on as talk does."""
    if colon and (text.startswith(("http:", "https:", "mailto:", "<")) or verb in {_V.UNSUBSCRIBE, _V.HELP, _V.RESUME}):
        return None                        # "Unsubscribe: https://…" is a line of ours that came back
    if not _fits(verb, text, strictly=False) or (word in _COMMON and len(text.split()) > 2):
        return None
    if verb in {_V.SUBSCRIBE, _V.ADD, _V.DROP}:
        text = _TO.sub("", text, count=1).strip(_DECORATION + ".")
    elif verb is _V.DAYS and word not in {"days", "tage"}:
        text = f"{word} {text}".strip()
    elif verb in {_V.TOPICS, _V.RESUME, _V.DIGEST, _V.UNSUBSCRIBE, _V.HELP, _V.DECLINE}:
        text = ""
    return Command(verb, text)


def _fits(verb: Verb, text: str, *, strictly: bool) -> bool:
    """Whether a line goes on as the command does. A short one that nearly does is a command with a fault, not talk."""
    words = text.split()
    match verb:
        case _V.SUBSCRIBE | _V.CONFIRM:
            return True
        case _V.ADD | _V.DROP:
            return bool(text) or not strictly
        case _V.MORE | _V.LESS | _V.CLEAR:
            return _are_numbers(text)
        case _V.TIME:
            return len(words) <= 6 and bool(_CLOCK.fullmatch(text))
        case _V.DAYS:
            return all(word in _BETWEEN_DAYS or word.startswith(_DAY_STEMS) for word in re.split(r"[\s,:]+", text.lower()))
        case _V.PAUSE:
            return len(words) <= 8 and (not text or bool(_SPAN.fullmatch(text)) or (not strictly and len(words) <= 3))
        case _:
            return len(words) <= (4 if strictly else 6) and not re.search(r"[:/@]", text)


def _are_numbers(text: str) -> bool:
    """`3`, `#3`, `3, 5 and 7`, `paper 3`."""
    words = re.split(r"[\s,;.&+#]+", text.lower())
    return any(map(str.isdigit, words)) and all((word.isdigit() and len(word) <= 4) or word in _BETWEEN_NUMBERS for word in words)


def _nearest(word: str) -> str:
    """The word of ours that was meant: one slip of the pen in a short one, two in a long one. Of two, the one that leaves."""
    if not 4 <= len(word) <= 16:
        return ""
    near = [(slips, -len(known), known) for known in _FORGIVEN if (slips := _slips(word, known)) <= (1 if len(known) < 8 else 2)]
    return min(near)[2] if near else ""


def _slips(one: str, other: str) -> int:
    """Letters left out, added, changed, or swapped with their neighbour (the distance of Damerau, in its plain form)."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        previous, row = row, [i] + [0] * len(other)
        for j, right in enumerate(other, 1):
            row[j] = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                row[j] = min(row[j], before[j - 2] + 1)
        before = previous
    return row[-1]
