"""`digest web`: what it needs before it listens. How the pages behave is in tests/web/."""

from __future__ import annotations

import socket

from tests.cli.desk import Desk
from tests.fakes import SECRET


def test_without_a_web_address_it_says_which_setting_is_missing(desk: Desk) -> None:
    desk.sets(secret_key=SECRET)
    said = desk("web")
    assert said.code == 2
    assert "DIGEST_BASE_URL=https://" in said.err
    assert desk.files == [".env"]


def test_without_a_key_it_gives_one_to_paste(desk: Desk) -> None:
    desk.sets(base_url="https://papers.example.org")
    said = desk("web")
    assert said.code == 2
    assert "DIGEST_SECRET_KEY=" in said.err


def test_a_port_that_is_taken_is_named_with_its_setting(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        desk.sets(secret_key=SECRET, base_url="https://papers.example.org", web_listen=f"127.0.0.1:{port}")
        said = desk("web")
    assert said.code == 2
    assert f"nothing can listen on 127.0.0.1:{port}" in said.err


def test_a_live_preview_is_for_people_and_not_for_words(desk: Desk) -> None:
    said = desk("preview", "--serve", "--topic", "graphs")
    assert said.code == 2
    assert "--serve shows people" in said.err
