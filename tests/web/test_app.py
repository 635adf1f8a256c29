"""What holds for every page: headers, errors that say what to do, and nothing about anybody in a log."""

from __future__ import annotations

import logging
import re
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.mail.templates import Templates
from digest.tokens import Purpose
from tests.web.visitor import Neighbourhood

DAY = date(2026, 3, 24)


def every_path(town: Neighbourhood) -> dict[str, int]:
    """A path of each kind, and the status that it has."""
    key = town.joins()
    town.gets_digest(key, DAY)
    links = town.links.of(key, DAY)
    now = town.clock()
    return {
        "/": 200, "/trending": 200, "/about": 200, "/healthz": 200, "/style.css": 200, "/icon.svg": 200, "/robots.txt": 200,
        "/nowhere": 404, "/unsubscribe": 404, "/trending/": 404, "/digest/x/../y": 404,
        town.path(links.unsubscribe_page): 200, town.path(links.preferences): 200, town.path(links.browser): 200,
        town.path(links.more(1)): 200, f"/feed/{town.token(Purpose.FEED, key)}": 200,
        f"/confirm/{town.token(Purpose.CONFIRM, key, now)}": 200, f"/decline/{town.token(Purpose.CONFIRM, key, now)}": 200,
        "/confirm/x": 404, "/preferences/x": 404,
    }  # fmt: skip


def test_every_answer_is_safe(town: Neighbourhood) -> None:
    for path, status in every_path(town).items():
        answer = town.client.get(path)
        assert answer.status_code == status, path
        headers = answer.headers
        assert "script" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers
        if len(path) > 24:
            assert headers["cache-control"].startswith("private")
            assert "noindex" in headers["x-robots-tag"]


def test_no_page_needs_a_script_or_brings_a_style_of_its_own(town: Neighbourhood) -> None:
    for path in every_path(town):
        html = town.client.get(path).text
        if html.startswith("<!doctype"):
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://[^\"]*\.(?:js|css|woff)", html), path


def test_a_page_that_breaks_says_so_and_tells_the_log_no_token(
    town: Neighbourhood, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = town.joins()

    def breaks(key: int) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(town.site.desk, "person", breaks)
    token = town.token(Purpose.UNSUBSCRIBE, key)
    client = TestClient(town.app, base_url="https://papers.example.org", raise_server_exceptions=False)
    with caplog.at_level(logging.INFO):
        answer = client.get(f"/unsubscribe/{token}")
    ours = " ".join(each.getMessage() for each in caplog.records if each.name.startswith("digest"))
    assert answer.status_code == 500
    assert "our fault" in answer.text
    assert "secret detail" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert ours == "page failed page=unsubscribe error=RuntimeError"


def test_a_database_that_cannot_answer_is_out_of_order_for_a_moment(town: Neighbourhood, monkeypatch: pytest.MonkeyPatch) -> None:
    from digest.errors import ConfigError

    def locked(*_: object) -> None:
        raise ConfigError("the database is locked")

    key = town.joins()
    monkeypatch.setattr(town.site.desk, "leave", locked)
    answer = town.client.post(f"/unsubscribe/{town.token(Purpose.UNSUBSCRIBE, key)}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 503


def test_a_monitor_hears_what_is_wrong(town: Neighbourhood, monkeypatch: pytest.MonkeyPatch) -> None:
    assert town.client.get("/healthz").json()["ok"] is True
    monkeypatch.setattr(town.site.desk, "health", lambda: "the disk is full")
    health = town.client.get("/healthz")
    assert health.status_code == 503
    assert health.json()["ok"] is False
    assert "the disk is full" in health.text


def test_the_pages_may_stand_under_a_path(tmp_path: Path, templates: Templates) -> None:
    town = Neighbourhood(tmp_path, templates, changes={"DIGEST_BASE_URL": "https://example.org/papers/"})
    try:
        for path in ("/papers", "/papers/", "/"):
            answer = town.client.get(path)
            assert answer.status_code == 200
            assert 'action="/papers/"' in answer.text
            assert 'href="/papers/style.css"' in answer.text
        assert town.client.get("/papers/style.css").status_code == 200
        link = town.links.of(town.joins(), DAY).preferences
        assert link.startswith("https://example.org/papers/preferences/")
        assert town.client.get(link.removeprefix("https://example.org")).status_code == 200
    finally:
        town.close()


def test_search_engines_are_kept_from_what_is_personal(town: Neighbourhood) -> None:
    said = town.client.get("/robots.txt").text.splitlines()
    assert said[-1] == "Disallow: /"
    assert "Allow: /trending" in said


def test_figures_are_told_to_monitors_nearby_and_to_nobody_else(town: Neighbourhood) -> None:
    near, far = town.from_address("10.1.2.3"), town.from_address("8.8.8.8")
    assert near.get("/metrics").status_code == 404, "there are none without the extra"

    town.site.metrics = lambda: b"digest_papers 6.0\n"

    assert near.get("/metrics").text == "digest_papers 6.0\n"
    assert far.get("/metrics").status_code == 404
    assert near.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 404, "she comes through a proxy"
