"""Small answers of our own, in the shape of the real ones."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

NS = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def item(
    name: str = "2603.00001v1", title: str = "Neural operators", kind: str = "new", *, more: str = "", abstract: str = "So."
) -> str:
    body = f"arXiv:{name} Announce Type: {kind} \nAbstract: {abstract}"
    return (
        f"<item><title>{escape(title)}</title><link>https://arxiv.org/abs/{name.partition('v')[0]}</link>"
        f"<description>{escape(body)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{name}</guid><category>cs.LG</category><category>math.NA</category>'
        f"<pubDate>Tue, 24 Mar 2026 00:00:00 -0400</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>{more}"
        "<dc:creator>Ada Lovelace, G. David Forney, Jr., Emmy Noether</dc:creator></item>"
    )


def rss(*items: str, title: str = "cs.LG updates on arXiv.org", description: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><rss {NS} version="2.0"><channel><title>{title}</title><description>{description}</description>'
        f"{''.join(items)}</channel></rss>"
    ).encode()


def entry(name: str = "2603.00001v2", published: str = "2026-03-20T17:00:00Z", *, more: str = "") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{name}</id><title>Held paper</title><summary> Two\n  lines. </summary>"
        f'<published>{published}</published><arxiv:primary_category term="cs.CL"/><category term="cs.AI"/>'
        f'<category term="cs.CL"/>{more}<author><name>A B</name></author></entry>'
    )


def search(*entries: str, total: int | None = None) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" {NS}>'
        f"<opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>{''.join(entries)}</feed>"
    ).encode()


def record(name: str = "2603.00001", *versions: tuple[str, str, str]) -> str:
    """A record of arXivRaw; each version is its date, its size and its source type."""
    told = "".join(
        f'<version version="v{n}"><date>{date}</date><size>{size}</size><source_type>{kind}</source_type></version>'
        for n, (date, size, kind) in enumerate(versions, 1)
    )
    return (
        f"<record><header><identifier>oai:arXiv.org:{name}</identifier></header><metadata>"
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{name}</id>{told}<title>A title</title>'
        "<authors>A. B and C. D (Somewhere)</authors><categories>cs.LG stat.ML</categories><abstract>We learn.</abstract>"
        "</arXivRaw></metadata></record>"
    )


def oai(*records: str, token: str = "") -> bytes:
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
        f"{''.join(records)}<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>"
    ).encode()


def listed(name: str = "2603.00001", *, outer: dict[str, Any] | None = None, **inner: Any) -> dict[str, Any]:
    paper = {"id": name, "title": "A\n  title", "summary": "It\nworks.", "upvotes": 5, "publishedAt": "2026-03-20T10:00:00.000Z"}
    paper["authors"] = [{"name": "Ada Lovelace", "hidden": False}, {"name": "Wrong Person", "hidden": True}]
    return {"paper": paper | inner, "numComments": 2, "publishedAt": "2026-03-20T05:00:00.000Z"} | (outer or {})


def daily(*entries: Any) -> bytes:
    return json.dumps(list(entries)).encode()
