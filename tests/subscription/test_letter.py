"""One incoming mail read: its author, envelope, words, whatever wrote it."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.subscription.letter import BYTES_MOST, address, parse


def mail(body: bytes = b"hello", **fields: str) -> bytes:
    head = {"From": "Alice <alice@example.net>"} | {name.replace("_", "-"): value for name, value in fields.items()}
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in head.items()) + b"\r\n" + body


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("alice@example.net", "alice@example.net"),
        ("Alice <Alice@Example.NET>", "alice@example.net"),
        ('"Doe, Alice" <alice@example.net>', "alice@example.net"),
        ("=?utf-8?q?=41lice?= <alice@example.net>", "alice@example.net"),
        ("Jürgen <alice@example.net>", "alice@example.net"),
        ("alice@example.net, bob@example.net", ""),
        ("<alice@example.net> <bob@example.net>", ""),
        ("alice@example.net <bob@example.net", ""),
        ("alice@example.net (bob@example.net)", ""),
        ('"alice smith"@example.net', ""),
        ("jürgen@example.net", ""),
        ("alice@example..net", ""),
        (".alice@example.net", ""),
        ("alice@", ""),
        ("", ""),
    ],
)
def test_the_author_is_one_address_or_nobody(written: str, read: str) -> None:
    assert parse(mail(From=written)).author == read


def test_two_authors_are_nobody() -> None:
    assert parse(b"From: a@example.net\nFrom: b@example.net\n\nx").author == ""


@pytest.mark.parametrize(
    ("path", "answerable"),
    [("<alice@example.net>", "alice@example.net"), ("<ALICE@example.net>", "alice@example.net"), ("<>", ""), ("<b@x.org>", "")],
)
def test_an_answer_may_go_to_the_envelope_sender_who_is_the_author(path: str, answerable: str) -> None:
    assert parse(mail(Return_Path=path)).answerable == answerable


def test_the_envelope_that_a_server_hands_over_counts_more_than_fields() -> None:
    assert parse(mail(Return_Path="<alice@example.net>"), sender="").answerable == ""
    assert parse(mail(), sender="alice@example.net", recipient="X+t@Example.org").recipients == ("x+t@example.org",)


def test_without_any_envelope_the_author_stands_for_it() -> None:
    assert parse(mail()).answerable == "alice@example.net"


def test_all_recipients_are_found() -> None:
    read = parse(mail(To="A <a@x.org>, b@x.org", Cc="c@x.org", Delivered_To="D@x.org", X_Original_To="e+t@x.org"))
    assert set(read.recipients) == {"a@x.org", "b@x.org", "c@x.org", "d@x.org", "e+t@x.org"}


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: pause", "pause"),
        ("RE: AW: Fwd: Re[2]: pause", "pause"),
        ("Antw: [digest] SV: pause", "pause"),
        ("回复：pause", "pause"),
        ("=?utf-8?b?UmU6IMO8?=", "ü"),
        ("=?utf-8?q?Re=3A?= =?utf-8?q?_pause?=", "pause"),
        ("=?nonsense?q?a?= b", "a b"),
        ("=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_subjects_lose_what_programs_put_before_them(subject: str, bare: str) -> None:
    assert parse(mail(Subject=subject)).subject == bare


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "8bit"), ("latin-1", "8bit"), ("utf-16", "base64"), ("cp1252", "quoted-printable"), ("x", "8bit"), ("", "8bit")],
)
def test_words_are_read_in_any_charset_and_encoding(charset: str, encoding: str) -> None:
    data = "grün und gut".encode("latin-1" if charset == "x" else charset or "utf-8")
    coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(data)
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    assert parse(mail(coded, Content_Type=kind, Content_Transfer_Encoding=encoding)).text == "grün und gut"


def alternative(*parts: tuple[str, str], kind: str = "alternative") -> bytes:
    inside = "".join(f"--b\r\nContent-Type: {name}\r\n\r\n{text}\r\n" for name, text in parts)
    return mail(f"{inside}--b--\r\n".encode(), Content_Type=f'multipart/{kind}; boundary="b"')


def test_the_plain_part_is_read_before_the_html_one() -> None:
    assert parse(alternative(("text/html", "<p>html</p>"), ("text/plain", "plain"))).text == "plain"
    assert parse(alternative(("text/plain", "  "), ("text/html", "<p>html</p>"))).text == "html"


def test_attachments_and_enclosed_mails_are_not_hers() -> None:
    enclosed = "From: x@x.org\r\n\r\nunsubscribe"
    attached = ("text/plain\r\nContent-Disposition: attachment", "unsubscribe")
    assert parse(alternative(attached, ("message/rfc822", enclosed), ("text/plain", "hello"), kind="mixed")).text == "hello"


HTML = [
    ("<p>pause&nbsp;2&#32;weeks</p><p>Alice</p>", "pause 2 weeks\n\nAlice"),
    ("<div>a<br>b</div><style>c</style><script>d</script><title>e</title>", "a\nb"),
    ("x<blockquote>quoted<blockquote>more</blockquote></blockquote>y", "x\n\ny"),
    ('x<div class="gmail_quote gmail_quote_container"><div>On wrote:</div>quoted</div>', "x"),
    ('x<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> us</div>unsubscribe', "x"),
    ("x<div class=moz-cite-prefix>On wrote:</div><blockquote>q</blockquote>", "x"),
    ("x<div class=gmail_signature>unsubscribe</div>", "x"),
    ("a < b <!-- > c --> d", "a < b d"),
    ("a <b", "a"),
    ("<p>never closed <blockquote>gone", "never closed"),
]


@pytest.mark.parametrize(("markup", "text"), HTML)
def test_html_is_read_as_a_reader_sees_it_without_what_it_quotes(markup: str, text: str) -> None:
    assert parse(mail(markup.encode(), Content_Type="text/html; charset=utf-8")).text == text


QUOTED = [
    "pause\r\n> unsubscribe\r\n> help",
    "pause\r\n\r\nOn Tue, 24 Mar 2026 at 10:00, Paper Digest <digest@example.org> wrote:\r\n\r\n> unsubscribe",
    "pause\r\n\r\nOn Tue, 24 Mar 2026 at 10:00, Paper Digest\r\n<digest@example.org> wrote:\r\nunsubscribe",
    "pause\r\n\r\nAm 24.03.26 um 10:00 schrieb Paper Digest:\r\nunsubscribe",
    "pause\r\n\r\nLe 24/03/2026 à 10:00, Paper Digest a écrit :\r\nunsubscribe",
    "pause\r\n\r\n24 марта 2026 г., 10:00, Paper Digest <digest@example.org> написал:\r\nunsubscribe",
    "pause\r\n-----Original Message-----\r\nunsubscribe",
    "pause\r\n-----Ursprüngliche Nachricht-----\r\nunsubscribe",
    "pause\r\n________________________________\r\nFrom: us\r\nunsubscribe",
    "pause\r\n\r\nFrom: Paper Digest <digest@example.org>\r\nSent: Tuesday\r\nTo: Alice\r\nSubject: x\r\n\r\nunsubscribe",
    "pause\r\n\r\nVon: Paper Digest\r\nGesendet: Dienstag\r\nAn: Alice\r\nunsubscribe",
    "pause\r\n-- \r\nunsubscribe",
    "pause\r\nSent from my iPhone\r\nunsubscribe",
    "pause\r\nVon meinem iPhone gesendet\r\nunsubscribe",
    "> unsubscribe\r\n\r\npause",
    "On Tue, 24 Mar 2026, Paper Digest wrote:\r\n> unsubscribe\r\n\r\npause\r\n",
]


@pytest.mark.parametrize("body", QUOTED)
def test_what_was_quoted_is_not_hers(body: str) -> None:
    assert parse(mail(body.encode(), Content_Type="text/plain; charset=utf-8")).text == "pause"


def test_a_sentence_with_a_colon_is_no_attribution() -> None:
    assert parse(mail(b"What I wrote:\r\nadd x")).text == "What I wrote:\nadd x"


def test_no_more_is_read_than_a_hundred_thousand_bytes() -> None:
    assert len(parse(mail(b"x " * 10**6)).text) < BYTES_MOST


def test_a_mail_is_known_by_its_name_and_author_or_by_its_bytes() -> None:
    assert parse(mail(Message_ID="<a@b>")).name == "<a@b>alice@example.net"
    assert parse(mail()).name == parse(mail()).name != parse(mail(b"other")).name


def test_only_what_can_stand_in_our_headers_is_taken_for_a_message_id() -> None:
    assert parse(mail(Message_ID="<ü@b>")).message_id == ""
    assert parse(mail(References="<a@b> junk <c@d>", In_Reply_To="<c@d>")).answers == ("<c@d>", "<a@b>", "<c@d>")


@given(some.binary(max_size=2000))
def test_whatever_comes_is_read(data: bytes) -> None:
    parse(data)


@given(some.text(max_size=200))
def test_an_address_is_one_that_could_be_written_to(text: str) -> None:
    found = address(text)
    assert found == "" or (found.isascii() and found.isprintable() and " " not in found and "@" in found)
