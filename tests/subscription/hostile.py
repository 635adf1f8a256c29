"""Mails as nobody should send them, made by chance from a seed: broken MIME, odd charsets, notes of absence, robots, bombs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

#: Notes of absence as programs write them, in ten languages and more: subject and text.
ABSENCES = (
    ("Automatic reply: Tue 24 Mar: Neural operators", "I am out of the office until Monday. Unsubscribe? No.\nhelp desk: 555"),
    ("Out of Office: your mail", "I am on vacation.\nsubscribe"),
    ("Abwesenheitsnotiz: Ihre Mail", "Ich bin bis Montag nicht im Büro.\nabmelden"),
    ("Automatische Antwort: Ihre Mail", "Ich bin im Urlaub.\npause 2 weeks"),
    ("Réponse automatique : votre message", "Je suis absent du bureau.\nunsubscribe"),
    ("Respuesta automática: su mensaje", "Estoy fuera de la oficina.\nunsubscribe"),
    ("Risposta automatica: il suo messaggio", "Sono in ferie.\nunsubscribe"),
    ("Resposta automática: sua mensagem", "Estou de férias.\nunsubscribe"),
    ("Automatisch antwoord: uw bericht", "Ik ben afwezig.\nunsubscribe"),
    ("Autosvar: ditt meddelande", "Jag är på semester.\nunsubscribe"),
    ("Odpowiedź automatyczna: wiadomość", "Jestem na urlopie.\nunsubscribe"),
    ("Автоматический ответ: письмо", "Я в отпуске.\nunsubscribe"),
    ("自动回复: 您的邮件", "我不在办公室。\nunsubscribe"),
    ("自動返信: メール", "不在にしております。\nunsubscribe"),
    ("Otomatik yanıt: iletiniz", "Ofis dışındayım.\nunsubscribe"),
)

WORDS = (
    *("subscribe", "unsubscribe", "unsubscibe", "confirm", "topics", "add x", "drop x", "more 3", "resume", "digest", "help"),
    *("stop", "less 99999999999999999999", "time 25:99", "time 07:30 Mars/Olympus", "weekly blursday", "pause until 9999-99-99"),
    *("no", "pause 999999999999 years", "add " + "x" * 5000, "subscribe " + ", ".join(f"t{n}" for n in range(500)), "more 1" * 900),
    *("weekly " + "mon" * 600, "\ud800", "subscribe \u202eevil\x00", "; ; ;", "subscribe;unsubscribe;help", "> unsubscribe", "-- "),
    *("On 1 Jan 2020 X <a@b> wrote:", "\0", "=?utf-8?q?=0d=0a?=", "confirm " + "a" * 40, "mehr 3", "Re: Re: AW: subscribe"),
    *("add <script>alert(1)</script>", "add \r\nBcc: victim@example.com", "this was not me"),
)
CHARSETS = (
    *("utf-8", "latin-1", "utf-7", "utf-16", "big5", "iso-2022-jp", "x-unknown", "zip", "rot13", "\x00", "idna", "undefined"),
    *("", "cp437"),
)
ENCODINGS = ("7bit", "8bit", "base64", "quoted-printable", "uuencode", "x-uue", "bogus", "BASE64 ")


def mails(
    count: int, *, seed: int, to: tuple[str, ...], authors: tuple[str, ...], machines: bool = False
) -> Iterator[bytes]:
    """So many mails, the same for the same seed; `machines` = only what programs send by themselves."""
    chance = random.Random(seed)
    for number in range(count):
        kind = chance.choice((_robot, _absence, _report) if machines else _KINDS)
        yield kind(chance, number, chance.choice(to), chance.choice(authors))


def _head(chance: random.Random, number: int, to: str, author: str, **more: str) -> str:
    names = (f"A <{author}>", author, f'"{author}" <{author}>', f"=?utf-8?b?w7w=?= <{author}>", f"{author}, b@example.org", "")
    fields = {
        "Return-Path": chance.choice((f"<{author}>", f"<{author}>", "<>", "<third@example.com>", "<<>>", "no address")),
        "From": chance.choice(names),
        "Reply-To": "third@example.com",
        "To": chance.choice((to, f"<{to}>", f"undisclosed-recipients:;, {to}", to.upper())),
        "Subject": chance.choice(WORDS).replace("\0", "").replace("\r\n", " "),
        "Message-ID": chance.choice((f"<{number}.hostile@example.com>", f"<{number} spaces>", "<", f"<{'x' * 900}>", "")),
    } | more
    order = list(fields)
    if chance.random() < 0.3:
        chance.shuffle(order)
    lines = [f"{name}: {fields[name]}" for name in order if name in more or chance.random() < 0.97]
    if not more and chance.random() < 0.05:
        lines += [lines[0], "no colon here", " folded\n\tagain", ": nameless", "X-Long: " + "y" * 5000]
    return "\n".join(lines) + "\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(chance: random.Random) -> str:
    return "\n".join(chance.choice(WORDS) for _ in range(chance.randint(0, 30)))


def _plain(chance: random.Random, number: int, to: str, author: str) -> bytes:
    kind = f'Content-Type: text/plain; charset="{chance.choice(CHARSETS)}"\n'
    kind += f"Content-Transfer-Encoding: {chance.choice(ENCODINGS)}\n\n"
    return _bytes(_head(chance, number, to, author) + kind) + _bytes(_text(chance))


def _noise(chance: random.Random, number: int, to: str, author: str) -> bytes:
    return chance.randbytes(chance.randint(0, 3000))


def _noise_behind_a_head(chance: random.Random, number: int, to: str, author: str) -> bytes:
    return _bytes(_head(chance, number, to, author) + "\n") + chance.randbytes(chance.randint(0, 3000))


def _html(chance: random.Random, number: int, to: str, author: str) -> bytes:
    pieces = ["<p>", "</p>", "<blockquote>", "</blockquote>", "<br", "<!--", "-->", "<div class=gmail_quote>", "<![CDATA["]
    pieces += ["<style>", "&#0;", "&#xD800;", "<a " * 50]
    body = "".join(chance.choice(pieces) + chance.choice(WORDS) for _ in range(chance.randint(0, 80)))
    return _bytes(_head(chance, number, to, author) + "Content-Type: text/html; charset=utf-8\n\n" + body)


def _nested(chance: random.Random, number: int, to: str, author: str) -> bytes:
    """Parts within parts, or mails within mails, to a great depth."""
    depth, kind = chance.choice((3, 30, 300, 1500)), chance.choice(("multipart/mixed", "message/rfc822"))
    mails = kind == "message/rfc822"
    opens = (f"Content-Type: {kind}\n\n" if mails else f'Content-Type: {kind}; boundary="{n}"\n\n--{n}\n' for n in range(depth))
    return _bytes(_head(chance, number, to, author) + "".join(opens) + "Content-Type: text/plain\n\nunsubscribe\n")


def _many_parts(chance: random.Random, number: int, to: str, author: str) -> bytes:
    kinds, count = ("text/plain", "text/html", "image/png", "", "a/b/c; =", "text"), chance.choice((2, 2000))
    parts = "".join(f"--x\nContent-Type: {chance.choice(kinds)}\n\n{chance.choice(WORDS)}\n" for _ in range(count))
    return _bytes(_head(chance, number, to, author) + 'Content-Type: multipart/alternative; boundary="x"\n\n' + parts)


def _big(chance: random.Random, number: int, to: str, author: str) -> bytes:
    filler = chance.choice(("x", "unsubscribe\n", "> ", "<", "&", "=", "=?", "a:b\n", " \n", "On 1 wrote:\n", "From: a\n", "("))
    return _bytes(_head(chance, number, to, author) + chance.choice(("", "\n"))) + _bytes(filler * (300_000 // len(filler)))


_MACHINES = (
    *("Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated (rejected)", "Precedence: bulk", "Precedence: LIST"),
    *("List-Id: <x.example.com>", "X-Auto-Response-Suppress: All", "X-Autoreply: yes", "Feedback-ID: 1:2:3:4", "Return-Path: <>"),
)


def _robot(chance: random.Random, number: int, to: str, author: str) -> bytes:
    """Everything that a machine says of itself; whatever is in it, nothing is to happen and nobody is to be answered."""
    return _bytes(f"{chance.choice(_MACHINES)}\n{_head(chance, number, to, author, From=author)}\n{_text(chance)}")


def _absence(chance: random.Random, number: int, to: str, author: str) -> bytes:
    """Without any field that says so, as some programs do."""
    subject, text = chance.choice(ABSENCES)
    return _bytes(_head(chance, number, to, author, Subject=subject) + f"Content-Type: text/plain; charset=utf-8\n\n{text}\n")


def _report(chance: random.Random, number: int, to: str, author: str) -> bytes:
    """A forged report of a mail that came back."""
    status = chance.choice(("5.1.1", "4.2.2", "5.7.1", "9.9.9", "", "5.1.1 " * 50))
    return _bytes(
        f"{_head(chance, number, to, author, From=author)}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\n\n--r\n\nUser unknown\n--r\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        f"Final-Recipient: rfc822; {author}\nAction: failed\nStatus: {status}\n\n--r--\n"
    )


_KINDS: tuple[Callable[[random.Random, int, str, str], bytes], ...] = (
    _plain, _plain, _plain, _noise, _noise_behind_a_head, _html, _nested, _many_parts, _big, _robot, _robot, _absence, _absence,
    _report,
)  # fmt: skip
