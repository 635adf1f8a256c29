"""The polite client, against a server that follows a script."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from digest.errors import SourceError
from digest.model import Validator
from digest.sources.http import Http, agent
from tests.sources.server import Clock, Reply, Server, zipped

pytestmark = pytest.mark.usefixtures("haste")


def client(server: Server, clock: Clock, **options: object) -> Http:
    given: dict[str, object] = {"hosts": {server.host}, "contact": "admin@example.org", "clock": clock, "sleep": clock.sleep}
    return Http(**(given | options))  # type: ignore[arg-type]


async def test_an_answer_comes_unpacked_with_its_validators() -> None:
    clock = Clock()
    async with Server(zipped(b"<rss/>", ETag='"a"', **{"Content-Type": "text/xml"})) as server, client(server, clock) as http:
        answer = await http.get(server.url + "/feed", source="feed")
    assert (answer.body, answer.content_type, answer.unchanged) == (b"<rss/>", "text/xml", False)
    assert answer.validator == Validator(server.url + "/feed", etag='"a"')
    assert "accept-encoding: gzip\r\n" in server.heads[0].lower()
    assert "(admin@example.org)" in server.heads[0]


async def test_a_known_page_is_asked_for_conditionally() -> None:
    async with Server(Reply(status=304)) as server, client(server, Clock()) as http:
        url = server.url + "/feed"
        known = [Validator(url, '"a"', "Tue, 24 Mar 2026 04:00:00 GMT"), Validator(url + "2", '"b"')]
        answer = await http.get(url, source="feed", validators=known)
    assert answer.unchanged
    assert 'if-none-match: "a"\r\n' in server.heads[0].lower()
    assert "if-modified-since: tue, 24 mar 2026 04:00:00 gmt\r\n" in server.heads[0].lower()


async def test_arxiv_gets_one_request_in_three_seconds_from_all_its_services_together() -> None:
    clock = Clock()
    async with Server(say=lambda _: Reply(b"x")) as server, client(server, clock) as http:
        await asyncio.gather(*(http.get(f"{server.url}/{service}", source="arxiv") for service in ("rss", "api", "oai")))
    assert clock.slept == [3.15, 3.15]
    assert server.most == 1


async def test_the_pause_counts_from_beginning_to_beginning() -> None:
    clock = Clock()

    def slow(_: str) -> Reply:
        clock.now += 2.5
        return Reply(b"x")

    async with Server(say=slow) as server, client(server, clock) as http:
        for _ in range(2):
            await http.get(server.url, source="arxiv")
    assert clock.slept == [0.65]


async def test_a_client_that_follows_another_keeps_the_pause() -> None:
    clock = Clock()
    async with Server(say=lambda _: Reply(b"x")) as server:
        for _ in range(2):
            async with client(server, clock) as http:
                await http.get(server.url, source="arxiv")
    assert clock.slept == [3.15]


async def test_a_feed_at_arxiv_waits_in_the_same_lane() -> None:
    clock = Clock()
    http = Http(hosts={"rss.arxiv.org"}, clock=clock, sleep=clock.sleep)
    assert http._lane("https://rss.arxiv.org/rss/math", "feed:x") is http._lane("https://export.arxiv.org/api/query", "arxiv")
    assert http._lane("https://notarxiv.org/rss", "feed:x") is not http._lane("https://export.arxiv.org/api/query", "arxiv")


async def test_other_hosts_get_a_few_connections_at_once_and_no_pause() -> None:
    clock, gate = Clock(), asyncio.Event()
    async with Server(say=lambda _: Reply(b"x", hold=gate)) as server, client(server, clock) as http:
        asking = [asyncio.ensure_future(http.get(f"{server.url}/{n}", source="huggingface")) for n in range(12)]
        await server.crowded.wait()
        gate.set()
        await asyncio.gather(*asking)
    assert server.most == 4
    assert clock.slept == []


async def test_429_without_a_wish_is_asked_again_after_growing_waits() -> None:
    clock = Clock()
    refusal = Reply(b"Rate exceeded.", 429, {"Content-Type": "text/html"})
    async with Server(refusal, refusal, refusal, Reply(b"ok")) as server, client(server, clock) as http:
        assert (await http.get(server.url, source="arxiv")).body == b"ok"
    assert clock.slept == [6.0, 12.0, 24.0]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "Tue, 24 Mar 2026 09:00:20 GMT", "Date": "Tue, 24 Mar 2026 09:00:00 GMT"}, 20.0),
        ({"Retry-After": "soon"}, 1.0),
    ],
)
async def test_retry_after_is_obeyed_in_both_its_forms(headers: dict[str, str], wait: float) -> None:
    clock = Clock()
    async with Server(Reply(b"", 503, headers), Reply(b"ok")) as server, client(server, clock) as http:
        await http.get(server.url, source="huggingface")
    assert clock.slept == [wait]


async def test_a_source_that_wants_an_hour_is_left_until_the_next_pull() -> None:
    clock = Clock()
    async with Server(Reply(b"", 429, {"Retry-After": "3600"})) as server, client(server, clock) as http:
        with pytest.raises(SourceError) as caught:
            await http.get(server.url, source="huggingface")
    assert caught.value.retryable
    assert caught.value.retry_after == 3600
    assert clock.slept == []


async def test_a_pull_loses_patience_with_a_host_after_a_minute_and_then_tries_each_request_once() -> None:
    clock = Clock()
    async with Server(say=lambda _: Reply(b"", 503)) as server, client(server, clock) as http:
        for _ in range(3):
            with pytest.raises(SourceError):
                await http.get(server.url, source="arxiv")
    assert [wait for wait in clock.slept if wait > 4] == [6.0, 12.0, 24.0, 6.0, 12.0]
    assert len(server.heads) == 4 + 3 + 1


async def test_slow_failures_count_as_lost_time() -> None:
    clock = Clock()

    def slow(_: str) -> Reply:
        clock.now += 30
        return Reply(b"", 503)

    async with Server(say=slow) as server, client(server, clock) as http:
        with pytest.raises(SourceError):
            await http.get(server.url, source="huggingface")
    assert len(server.heads) == 2


async def test_a_dropped_line_is_tried_again() -> None:
    clock = Clock()
    async with Server(Reply(b"x" * 500, cut=100), Reply(b"", cut=0), Reply(b"ok")) as server, client(server, clock) as http:
        assert (await http.get(server.url, source="huggingface")).body == b"ok"
    assert clock.slept == [1.0, 2.0]


async def test_a_dead_server_is_given_up_after_a_few_tries() -> None:
    clock = Clock()
    async with Server() as server:
        pass
    async with client(server, clock) as http:
        with pytest.raises(SourceError, match="cannot be reached") as caught:
            await http.get(server.url, source="huggingface")
    assert caught.value.retryable
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]


async def test_a_refusal_is_not_asked_again_and_says_why() -> None:
    clock = Clock()
    explanation = b"<rss><channel><title>Feed error</title><description>Bad subject class 'XX'.</description></channel></rss>"
    async with Server(Reply(explanation, 400)) as server, client(server, clock) as http:
        with pytest.raises(SourceError, match=r"status 400.*Feed error Bad subject class 'XX'\.") as caught:
            await http.get(server.url, source="arxiv")
    assert not caught.value.retryable
    assert clock.slept == []


async def test_an_answer_that_is_too_large_when_unpacked_is_not_read() -> None:
    async with Server(zipped(b"0" * 5_000_000)) as server, client(server, Clock(), max_bytes=2**20) as http:
        with pytest.raises(SourceError, match="more than 1 MB"):
            await http.get(server.url, source="feed")


async def test_bytes_that_do_not_unpack_are_an_error() -> None:
    clock = Clock()
    broken = Reply(gzip.compress(b"x" * 100)[:-9] + b"!", headers={"Content-Encoding": "gzip"})
    nonsense = Reply(b"not gzip at all", headers={"Content-Encoding": "gzip"})
    async with Server(nonsense, nonsense, nonsense, broken, nonsense) as server, client(server, clock, tries=2) as http:
        with pytest.raises(SourceError, match="do not unpack"):
            await http.get(server.url, source="feed")


async def test_a_redirect_within_the_configured_hosts_is_followed_and_the_first_address_kept() -> None:
    moved, there = Reply(b"", 301, {"Location": "/there"}), Reply(b"ok", headers={"ETag": '"e"'})
    async with Server(moved, there) as server, client(server, Clock()) as http:
        answer = await http.get(server.url + "/here", source="feed")
    assert (answer.body, answer.url) == (b"ok", server.url + "/here")
    assert server.paths == ["/here", "/there"]


async def test_no_host_is_asked_that_nobody_configured() -> None:
    async with Server(Reply(b"", 302, {"Location": "http://169.254.169.254/latest"})) as server, client(server, Clock()) as http:
        with pytest.raises(SourceError, match="not at a configured source"):
            await http.get(server.url, source="feed")
        for url in (
            "file:///etc/passwd",
            "http://127.0.0.1:1/x",
            "gopher://" + server.host,
            "http://[",
            f"http://{server.host}@evil.org/",
        ):
            with pytest.raises(SourceError) as caught:
                await http.get(url, source="feed")
            assert not caught.value.retryable
    assert len(server.heads) == 1


async def test_a_circle_of_redirects_ends() -> None:
    async with Server(say=lambda _: Reply(b"", 302, {"Location": "/"})) as server, client(server, Clock()) as http:
        with pytest.raises(SourceError, match="redirects more than"):
            await http.get(server.url, source="feed")


@pytest.mark.slow
async def test_a_server_that_never_answers_is_given_up() -> None:
    clock, gate = Clock(), asyncio.Event()
    async with Server(say=lambda _: Reply(b"x", hold=gate)) as server:
        async with client(server, clock, tries=2, timeout=0.05) as http:
            with pytest.raises(SourceError, match="did not answer in time"):
                await http.get(server.url, source="feed")
        gate.set()


def test_the_agent_string_holds_no_line_end() -> None:
    assert "\n" not in agent("a@b.org)\r\nX: y")
    assert agent("").startswith("paper-digest/")
