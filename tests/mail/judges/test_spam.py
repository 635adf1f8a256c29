"""SpamAssassin's opinion, without network: what costs points is a fault of ours."""

from __future__ import annotations

import re
import subprocess

import pytest

from digest.mail.links import Links
from digest.mail.templates import Templates
from tests.mail.gallery import NAMES, data
from tests.mail.test_goldens import DIGESTS
from tests.needs import needs_program

BEST_OF_PEERS = -0.3


@pytest.mark.slow
@pytest.mark.judges
@pytest.mark.parametrize("name", NAMES)
def test_no_mail_has_a_rule_against_it(name: str, templates: Templates, web: Links) -> None:
    program = needs_program("spamassassin", package="spamassassin")
    found = subprocess.run([program, "-t", "-L"], input=data(name, templates, web), capture_output=True, timeout=120, check=True)
    analysis = found.stdout.decode("utf-8", "replace").partition("Content analysis details:")[2]
    points = re.search(r"\((-?\d+\.\d) points", analysis)
    assert points
    rules = re.findall(r"^ *(-?\d+\.\d) (\w+)", analysis, re.MULTILINE)
    against = {rule for score, rule in rules if not score.startswith("-")}
    assert against <= {"HTML_MESSAGE"}
    assert name not in DIGESTS or float(points[1]) <= BEST_OF_PEERS
