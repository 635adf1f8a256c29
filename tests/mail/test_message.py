from __future__ import annotations

from email import policy
from email.parser import BytesParser

import pytest

from digest.errors import ConfigError
from digest.mail.envelope import Message
from digest.mail.letters import render_mail
from digest.mail.links import Links
from digest.mail.message import Letterhead, build, build_answer, message_id
from digest.mail.templates import Templates
from digest.tokens import Signer
from tests.mail.edition import AT, DAY, LETTERHEAD, digest, empty, one_section, printed, reader
from tests.mail.opener import opened
from tests.world import paper

ONCE = [
    "from", "to", "reply-to", "date", "subject", "message-id", "mime-version", "content-type", "list-id", "list-unsubscribe",
    "list-unsubscribe-post", "list-help", "list-post", "auto-submitted", "precedence", "x-auto-response-suppress", "feedback-id",
]  # fmt: skip


def letter(templates: Templates, links: Links, **changes: str) -> Message:
    mail = printed(digest(), templates, links)
    given = {
        "recipient": "alice@example.org",
        "name": "Alice Example",
        "identifier": message_id(7, DAY, b"s", "example.org"),
    } | changes
    return build(mail, letterhead=LETTERHEAD, links=links.of(7, DAY), at=AT, **given)


def test_every_header_of_the_contract_is_there_exactly_once(templates: Templates, web: Links) -> None:
    assert sorted(opened(letter(templates, web).data).names()) == sorted(ONCE)


def test_without_https_there_is_no_one_click(templates: Templates, no_web: Links) -> None:
    mail = opened(letter(templates, no_web).data)
    assert sorted(mail.names()) == sorted(set(ONCE) - {"list-unsubscribe-post"})
    assert mail["List-Unsubscribe"].startswith("<mailto:digest+commands+")


def test_ten_papers_of_usual_length_in_full_are_a_mail_of_at_most_45_kilobytes(templates: Templates, web: Links) -> None:
    sentence = "A neural operator that keeps its energy solves the equations of a turbulent flow for ten thousand steps. "
    usual = {"abstract": sentence * 12, "authors": ("Ada Lovelace",) * 5, "pdf_url": "https://arxiv.org/pdf/2603.00001"}
    papers = [paper(f"arxiv:2603.{n:05d}", sentence[:85], **usual) for n in range(10)]
    summaries = {each.id: ((sentence * 2)[:170], False) for each in papers}
    mail = printed(one_section(papers), templates, web, summaries=summaries)
    hers = web.of(7, DAY)
    found = build(mail, letterhead=LETTERHEAD, links=hers, recipient="alice@example.org", identifier="<1@example.org>", at=AT)
    assert mail.text.count("…") >= 10, "abstracts are as long as they can be"
    assert len(found.data) <= 45_000


def test_the_headers_say_what_they_should(templates: Templates, web: Links) -> None:
    mail = opened(letter(templates, web).data)
    hers = web.of(7, DAY)
    assert mail["From"] == "Paper Digest <digest@example.org>"
    assert mail["To"] == "Alice Example <alice@example.org>"
    assert mail["Reply-To"] == hers.reply_to
    assert mail["Date"] == "Tue, 24 Mar 2026 07:00:00 +0000"
    assert mail["List-Id"] == "Paper Digest <papers.example.org>"
    assert mail["List-Unsubscribe"] == f"<{hers.unsubscribe_page}>, <{hers.unsubscribe_mail}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert mail["Feedback-ID"] == "20260324:digest:en:paperdigest"
    assert mail.decoded("Subject").startswith("Tue 24 Mar: Müller & Søn’s bound is tight: α ≤ ½")


def test_text_comes_first_and_flows(templates: Templates, web: Links) -> None:
    first, second = opened(letter(templates, web).data).parts
    assert first["Content-Type"] == "text/plain; charset=utf-8; format=flowed"
    assert second["Content-Type"] == "text/html; charset=utf-8"


def test_every_line_of_the_text_flows_or_is_short(templates: Templates, web: Links) -> None:
    for line in opened(letter(templates, web).data).text.split("\n"):
        assert len(line) <= 78 or "://" in line or "mailto:" in line, line
        assert not line.startswith((">", "From "))
        assert not line.startswith(" ") or line == " "


def test_the_standard_library_reads_the_same(templates: Templates, web: Links) -> None:
    message = letter(templates, web)
    parsed = BytesParser(policy=policy.default).parsebytes(message.data)
    mine = opened(message.data)
    assert not parsed.defects
    assert parsed["Subject"] == mine.decoded("Subject")
    html = parsed.get_body(("html",))
    assert html is not None
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == mine.html.rstrip("\n")


def test_bounces_come_back_with_her_token(templates: Templates, web: Links) -> None:
    message = letter(templates, web)
    assert message.sender == web.of(7, DAY).bounce_address
    assert message.sender.startswith("digest+bounce+")
    assert message.recipient == "alice@example.org"


def test_the_same_digest_is_the_same_bytes(templates: Templates, web: Links) -> None:
    assert letter(templates, web).data == letter(templates, web).data


def test_a_message_id_is_derived_and_ours() -> None:
    first = message_id(7, DAY, b"secret", "example.org")
    assert first == message_id(7, DAY, b"secret", "example.org")
    assert first.startswith("<20260324.")
    assert first.endswith("@example.org>")
    others = {
        message_id(8, DAY, b"secret", "example.org"),
        message_id(7, DAY, b"other", "example.org"),
        message_id(7, DAY, b"secret", "example.org", kind="welcome"),
    }
    assert len({first, *others}) == 4


def test_a_very_long_unsubscribe_address_stays_in_one_piece(templates: Templates) -> None:
    far = Links(Signer([b"k"]), "d@example.org", "d+c@example.org", "", "https://digest.example.org/" + "deep/" * 60)
    mail = opened(letter(templates, far).data)
    line = next(line for line in mail.raw_lines if line.startswith(b"List-Unsubscribe:"))
    assert line == f"List-Unsubscribe: <{far.of(7, DAY).unsubscribe_page}>,".encode()
    assert len(line) > 300


@pytest.mark.parametrize("recipient", ["alice@example.org\r\nBcc: x@example.org", "zoë@example.org", ""])
def test_a_recipient_that_cannot_be_written_to_is_an_error(templates: Templates, web: Links, recipient: str) -> None:
    with pytest.raises(ConfigError, match="plain address"):
        letter(templates, web, recipient=recipient)


def test_a_list_id_is_made_when_none_is_set() -> None:
    assert Letterhead("digest+x@example.org", "", "", b"s").safe_list_id == "digest-x.example.org"


def test_an_empty_digest_is_a_whole_mail_too(templates: Templates, web: Links) -> None:
    mail = printed(empty(), templates, web)
    data = build(
        mail, letterhead=LETTERHEAD, links=web.of(7, DAY), recipient=reader().email, identifier="<x@example.org>", at=AT
    ).data
    assert sorted(opened(data).names()) == sorted(ONCE)


# --- Answers -------------------------------------------------------------------------------------------------------------


def test_an_answer_points_at_its_question_and_never_bounces(templates: Templates, web: Links) -> None:
    mail = render_mail("help", {}, to="bob@example.org", links=web.of(0, DAY), templates=templates)
    message = build_answer(
        mail, letterhead=LETTERHEAD, recipient="bob@example.org", identifier="<b@example.org>", at=AT,
        reply_to="digest+commands@example.org", in_reply_to="<q@example.net>", references=("<p@example.net>", "<q@example.net>"),
    )  # fmt: skip
    letter = opened(message.data)
    assert message.sender == ""
    assert letter["In-Reply-To"] == "<q@example.net>"
    assert letter["References"] == "<p@example.net> <q@example.net>"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert not any(name.startswith("list-") for name in letter.names())


def test_a_mail_that_answers_nothing_is_generated(templates: Templates, web: Links) -> None:
    mail = render_mail("help", {}, to="bob@example.org", links=web.of(0, DAY), templates=templates)
    message = build_answer(mail, letterhead=LETTERHEAD, recipient="bob@example.org", identifier="<b@example.org>", at=AT)
    assert opened(message.data)["Auto-Submitted"] == "auto-generated"
