"""Settings are read once, checked whole, and keep their secrets."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigError, ConfigErrors
from digest.settings import Settings, fresh_secret
from digest.subscription.roster import read
from digest.values import Address, ImapMailbox, SmtpServer

ROOT = Path(__file__).resolve().parent.parent


def load(**values: str) -> Settings:
    return Settings.load({f"DIGEST_{name}": value for name, value in values.items()}, None)


def faults(**values: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load(**values)
    return [str(each) for each in caught.value.errors]


def test_without_any_setting_everything_has_its_default() -> None:
    settings = load()
    assert settings.send_at == time(8)
    assert settings.catch_up == timedelta(hours=12)
    assert settings.from_address == Address("digest@example.org", "Paper Digest")
    assert settings.sources == ("arxiv:cs.LG+cs.CL+cs.CV+cs.AI+stat.ML", "huggingface")
    assert settings.subscribers == Path("subscribers")


def test_the_example_lists_every_setting_and_gives_every_default() -> None:
    example = ROOT / ".env.example"
    named = [line.partition("=")[0] for line in example.read_text(encoding="utf-8").splitlines() if line.startswith("DIGEST_")]
    assert sorted(named) == sorted(Settings.names())
    assert Settings.load({}, example) == load()


def test_every_setting_of_the_example_stands_under_a_comment() -> None:
    paragraphs = (ROOT / ".env.example").read_text(encoding="utf-8").split("\n\n")
    assert not [each for each in paragraphs if not each.lstrip().startswith("#")]


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DIGEST_LANGUAGE=de\nDIGEST_SEND_AT=07:00\n", encoding="utf-8")
    settings = Settings.load({"DIGEST_LANGUAGE": "en"}, tmp_path / ".env")
    assert (settings.language, settings.send_at) == ("en", time(7))


def test_only_what_it_is_handed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_LANGUAGE", "de")
    assert load().language == "en"
    assert Settings.load(env_file=None).language == "de"


def test_an_empty_value_means_the_default() -> None:
    assert load(SEND_AT="", TIMEZONE=" ") == load()


def test_a_file_may_hold_quotes_comments_exports_and_other_programs_settings(tmp_path: Path) -> None:
    text = "\ufeff# mine\nexport DIGEST_FROM='A <a@example.org>' # me\nAPI_KEY=x\nDIGEST_SMTP_URL=smtp://u:pa$$w@example.org\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    settings = Settings.load({"PATH": "/bin"}, tmp_path / ".env")
    assert settings.from_address == Address("a@example.org", "A")
    assert settings.smtp.password == "pa$$w"


def test_all_faults_are_told_at_once_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# one\n\n\n  DIGEST_SENDAT=08:00\njunk\nDIGEST_TIMEZONE=asia/tokyo\nDIGEST_TIMEZONE=UTC\n", encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        Settings.load({"DIGEST_SMTP_RATE": "fast"}, path)
    assert sorted(str(each).replace(str(path), ".env") for each in caught.value.errors) == [
        ".env:4: DIGEST_SENDAT: no such setting, did you mean 'DIGEST_SEND_AT'?",
        ".env:5: this line is no setting; write NAME=value, or # before a comment",
        ".env:6: DIGEST_TIMEZONE: 'asia/tokyo' is no time zone; write an IANA name like Europe/Berlin, did you mean 'Asia/Tokyo'?",
        ".env:7: DIGEST_TIMEZONE: it stands in line 6 already; keep one of them",
        "environment: DIGEST_SMTP_RATE: 'fast' does not fit; write a number from 0 to 100000",
    ]


@pytest.mark.parametrize("content", [b"DIGEST_FROM=\xff\xfe", b""])
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".env"
    path.write_bytes(content) if content else path.mkdir()
    with pytest.raises(ConfigErrors, match="cannot be read"):
        Settings.load({}, path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SEND_AT", "25:00", "'25:00' is no time of day; write hours and minutes of the 24-hour clock, like 08:00 or 17:30"),
        ("CATCH_UP", "12", "'12' is no span of time; write a number and a unit, like 30 min, 12h or 2 days"),
        ("CATCH_UP", "0h", "'0h' is no time at all; write a span like 30 min or 12h"),
        ("SOURCES", "arxv:cs.LG", "huggingface, biorxiv, medrxiv, feed, file, did you mean 'arxiv'?"),
        ("SOURCES", "arxiv", "'arxiv' needs categories joined by +, like arxiv:cs.LG+stat.ML"),
        ("SOURCES", "huggingface:x", "'huggingface:x' takes nothing behind its name; write huggingface"),
        ("SOURCES", "feed:example.org/rss", "'example.org/rss' is no such address; write http://… or https://…"),
        ("SMTP_CONNECTIONS", "0", "'0' does not fit; write a whole number from 1 to 1000"),
        ("ENRICH", "maybe", "'maybe' is neither on nor off; write true or false"),
        ("LOG_FORMAT", "jsn", "'jsn' is not known; write text or json, did you mean 'json'?"),
        ("WEB_LISTEN", "8025", "'8025' is no place to listen; write host:port, like 127.0.0.1:8025 or [::1]:8025"),
        ("BASE_URL", "https://example.org/?a=1", "has a query; write the address under which the pages stand"),
        ("DATABASE_URL", "mysql://u:pass@h/d", "'mysql://…@h/d' is no database; write sqlite:///digest.sqlite3 or postgresql://"),
        ("TRUSTED_PROXIES", "proxy", "'proxy' are no networks; write them with commas between"),
        ("LIST_ID", "list", "'list' is no list name; write a name under your domain, like digest.example.org"),
        ("FROM", "someone", "'someone' is no mail address"),
        ("BOUNCE_ADDRESS", "a-very-long-local-part-of-an-address@example.org", "leaves no room for a token"),
        ("SECRET_KEY", "short", "soon guessed"),
        ("DKIM_KEY", "key.pem", "a DKIM signature needs both; set DIGEST_DKIM_KEY and DIGEST_DKIM_SELECTOR, or neither"),
        ("SMTP_URL", "smtp://user:pass@host?tls=none", "it would send the password in clear; leave out ?tls=none"),
        ("SMTP_URL", "mail.example.org", "it needs the form smtp://host:25"),
        ("IMAP_URL", "imap://user:pass@host", "'imap://…@host' would send the password in clear; write imaps://…"),
        ("IMAP_URL", "imaps://host", "lacks user and password"),
    ],
)
def test_a_wrong_value_says_what_to_write(name: str, value: str, said: str) -> None:
    (fault,) = faults(**{name: value})
    assert fault.startswith(f"environment: DIGEST_{name}: ")
    assert said in fault


def test_a_category_is_spelled_as_arxiv_spells_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DIGEST_SOURCES=huggingface,arxiv:cs.lg\n", encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        Settings.load({}, file)
    (fault,) = caught.value.errors
    assert str(fault).startswith(f"{file}:1: DIGEST_SOURCES: 'cs.lg' is no arXiv category, did you mean 'cs.LG'?")


def test_a_relay_is_what_its_url_says() -> None:
    assert load(SMTP_URL="smtp://127.0.0.1").smtp == SmtpServer("127.0.0.1", 25, "none")
    there = SmtpServer("mail.example.org", 587, "required", "u@x", "p/:")
    assert load(SMTP_URL="smtp://u%40x:p%2F%3A@mail.example.org").smtp == there


def test_a_mailbox_has_its_folder_and_port() -> None:
    assert load(IMAP_URL="imaps://u:p%40@mail.example.org/Lists%2FDigest").imap == ImapMailbox(
        "mail.example.org", 993, True, "u", "p@", "Lists/Digest"
    )
    assert load().imap is None


@pytest.mark.parametrize(
    "value", ["smtps://user:hunter2@host:99999", "smtps://user:hun/ter2@host", "user:hunter2@host", "smtp://user:hunter2@ho st"]
)
def test_a_password_never_shows(value: str) -> None:
    for name in ("SMTP_URL", "IMAP_URL", "DATABASE_URL", "BASE_URL", "HUGGINGFACE_URL"):
        assert "ter2" not in " ".join(faults(**{name: value}))
    secrets = {"SMTP_URL": "smtps://u:hunter2@h", "IMAP_URL": "imaps://u:hunter2@h", "DATABASE_URL": "postgresql://u:hunter2@h/d"}
    settings = load(SECRET_KEY="hunter2hunter2", **secrets)
    assert "hunter2" not in f"{settings!r} {settings} {settings.smtp} {settings.imap}"


def test_a_postgres_url_of_the_old_spelling_is_understood() -> None:
    assert load(DATABASE_URL="postgres://u@h/d").database_url == "postgresql://u@h/d"


def test_nobody_is_written_to_who_cannot_leave() -> None:
    with pytest.raises(ConfigError, match="DIGEST_BASE_URL, DIGEST_IMAP_URL or DIGEST_COMMAND_ADDRESS"):
        load().require_reachable()
    for name, way in {"BASE_URL": "https://example.org/", "IMAP_URL": "imaps://u:p@h", "COMMAND_ADDRESS": "d@example.org"}.items():
        load(**{name: way}).require_reachable()


def test_without_a_secret_a_fresh_one_is_offered_and_it_serves() -> None:
    with pytest.raises(ConfigError) as caught:
        load().require_secret_key()
    fresh = str(caught.value).rpartition("=")[2]
    load(SECRET_KEY=fresh).require_secret_key()
    assert fresh != fresh_secret()
    assert len(fresh) >= 32


def test_what_works_but_should_be_changed_is_told() -> None:
    doubtful = load(SECRET_KEY="trending", BASE_URL="http://digest.example.org", ARXIV_DELAY="1")
    assert [each.key for each in doubtful.advice()] == [
        "DIGEST_FROM", "DIGEST_SECRET_KEY", "DIGEST_BASE_URL", "DIGEST_ARXIV_DELAY", "DIGEST_ADMIN",
    ]  # fmt: skip
    good = load(FROM="d@lab.org", SECRET_KEY=fresh_secret(), BASE_URL="https://d.lab.org", ADMIN="root@localhost")
    (advice,) = good.advice()
    assert advice.key == "DIGEST_DKIM_KEY", "one-click needs a signature, and the relay may make it"
    assert not good.model_copy(update={"dkim_key": Path("key.pem"), "dkim_selector": "papers"}).advice()


@pytest.mark.parametrize("text", ["root@localhost", "Digest <digest@mail.internal>", "digest@mailhost", "digest@example.org"])
def test_the_senders_domain_may_be_one_of_the_own_network(text: str) -> None:
    assert load(FROM=text).from_address.email == text.rpartition(" ")[2].strip("<>")


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    assert load(SUBSCRIBERS="~/people").subscribers == Path("/home/alice/people")
    (fault,) = faults(TEMPLATES="~nobody-of-this-name/x")
    assert "names a home that does not exist; write the whole path" in fault


def test_subscribers_get_what_the_settings_say_where_their_file_is_silent(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("email: a@example.org\ntopics: [x]\n", encoding="utf-8")
    defaults = load(TIMEZONE="Asia/Tokyo", SEND_AT="06:30", LANGUAGE="de").defaults
    (alice,) = read(tmp_path, defaults=defaults).subscribers
    assert (alice.timezone, alice.send_at, alice.language) == ("Asia/Tokyo", time(6, 30), "de")


def test_several_secrets_keep_their_order() -> None:
    assert load(SECRET_KEY="the new one, the old one").secret_key == ("the new one", "the old one")


def test_the_list_is_named_after_the_senders_domain() -> None:
    assert load(FROM="me@lab.example.org").list_name == "digest.lab.example.org"
    assert load(LIST_ID="<papers.example.org>").list_name == "papers.example.org"


@given(st.sampled_from([name.removeprefix("DIGEST_") for name in Settings.names()]), st.text(max_size=40))
def test_whatever_is_written_gives_settings_or_a_fault_of_one_line(name: str, value: str) -> None:
    try:
        load(**{name: value})
    except ConfigErrors as errors:
        told = [str(each) for each in errors.errors]
        if not all(f"DIGEST_{name}" in each and each.isprintable() for each in told):
            raise
