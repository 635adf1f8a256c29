"""axe-core in Chromium on every mail, light and dark: no violation of WCAG 2 A and AA, 2.1, 2.2, or of best practice."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from digest.mail.links import Links
from digest.mail.templates import Templates
from tests.mail.gallery import NAMES, page
from tests.needs import missing, needs_node_packages, needs_program

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
    "--virtual-time-budget=20000", "--window-size=700,900",
)  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """<script src="%s"></script><script>
axe.run({runOnly: %s}).then(found => {
  const told = found.violations.map(each => [each.id, each.nodes.length, each.nodes[0].html]);
  const box = document.createElement("pre");
  box.id = "verdict";
  box.textContent = JSON.stringify({told, passes: found.passes.length});
  document.body.replaceChildren(box);
});
</script>"""


@pytest.fixture(scope="session")
def axe() -> Path:
    """axe.min.js: AXE_CORE, or what npm brings."""
    given = os.environ.get("AXE_CORE")
    path = Path(given) if given else needs_node_packages() / "node_modules" / "axe-core" / "axe.min.js"
    return path.resolve() if path.is_file() else missing(f"no {path}: AXE_CORE has to name an axe.min.js")


@pytest.mark.slow
@pytest.mark.judges
@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_shut_out(name: str, scheme: str, templates: Templates, web: Links, tmp_path: Path, axe: Path) -> None:
    chromium = needs_program("chromium", package="chromium")
    file = tmp_path / "mail.html"
    file.write_text(page(name, templates, web).replace("</body>", RUN % (axe.as_uri(), json.dumps(RULES)) + "</body>"))
    preferred = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
    command = [chromium, *FLAGS, preferred, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri()]
    dom = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    verdict = re.search(r'<pre id="verdict">(.*?)</pre>', dom, re.DOTALL)
    assert verdict, "axe did not answer"
    found = json.loads(html.unescape(verdict[1]))
    assert found["passes"] > 15
    assert found["told"] == []
