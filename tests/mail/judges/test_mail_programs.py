"""caniemail's data on what mail programs know: our mails use nothing that the compiler's own skeleton does not use already."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from mjml import mjml2html

from digest.mail.links import Links
from digest.mail.templates import Templates
from tests.mail.gallery import NAMES, page
from tests.needs import needs_node_packages, needs_program

HARNESS = Path(__file__).with_name("caniemail.mjs")
#: One of each that our templates are built of, and nothing of ours in it.
SKELETON = """<mjml lang="en" dir="ltr"><mj-head><mj-title>T</mj-title><mj-preview>P</mj-preview>
<mj-style>a { color: red; } @media (max-width: 479px) { .x { color: red !important; } }</mj-style></mj-head>
<mj-body><mj-section><mj-column><mj-text>T</mj-text><mj-button href="https://example.org/">B</mj-button>
<mj-image src="https://example.org/a.png" alt="A" /><mj-divider /></mj-column></mj-section></mj-body></mjml>"""
#: Every mail can be answered and left by mail; the programs that do not open such links still show them.
MEANT = {"mailto: links"}


@pytest.fixture(scope="module")
def findings(templates: Templates, web: Links) -> dict[str, list[str]]:
    node, folder = needs_program("node", package="nodejs"), needs_node_packages()
    pages = {"skeleton": mjml2html(SKELETON, disable_comments=True, fonts={})} | {
        name: page(name, templates, web) for name in NAMES
    }
    command = [node, HARNESS, folder]
    done = subprocess.run(command, input=json.dumps(pages), stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.slow
@pytest.mark.judges
@pytest.mark.parametrize("name", NAMES)
def test_no_kind_of_finding_that_the_skeleton_does_not_have(name: str, findings: dict[str, list[str]]) -> None:
    assert set(findings[name]) - set(findings["skeleton"]) - MEANT == set()
    assert len(findings["skeleton"]) > 20, "the judge is awake"
