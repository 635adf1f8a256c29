"""The files of deploy/: they parse, they name settings and verbs that exist, and systemd takes the unit."""

from __future__ import annotations

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from digest.cli import VERBS
from digest.settings import Settings
from tests.needs import needs_program

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
UNIT = (DEPLOY / "paper-digest.service").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def read(name: str) -> Any:
    return YAML(typ="safe").load((DEPLOY / name).read_text(encoding="utf-8"))


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With a command that exists in place of ours, which is not installed here."""
    systemd = needs_program("systemd-analyze", package="systemd")
    unit = tmp_path / "paper-digest.service"
    unit.write_text(UNIT.replace("/opt/paper-digest/bin/digest", "/bin/true"), encoding="utf-8")

    said = subprocess.run([systemd, "verify", unit], capture_output=True, text=True)

    assert (said.returncode, said.stderr) == (0, "")


def test_the_unit_gives_the_daemon_the_time_it_asks_for_and_no_rights() -> None:
    from digest.mail.outbox import GRACE

    stop = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert stop
    assert int(stop[1]) > GRACE + 10
    for line in (
        "Type=notify",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "RestartPreventExitStatus=2",
    ):
        assert f"\n{line}\n" in UNIT


def test_the_image_runs_without_rights_and_keeps_its_data_outside() -> None:
    lines = DOCKERFILE.splitlines()

    assert lines.count("USER digest") == 1
    assert lines.index("USER digest") < lines.index('ENTRYPOINT ["digest"]')
    assert "VOLUME /data" in lines
    assert all(re.fullmatch(r"FROM [\w.:-]+-slim( AS \w+)?", line) for line in lines if line.startswith("FROM"))
    assert "http" not in DOCKERFILE.replace("https", "http").lower().split("from", 1)[1], "no address but the names of images"


def test_all_that_the_image_copies_is_there_and_the_build_finds_what_it_packs() -> None:
    root, ignored = DEPLOY.parent, (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"], *wheel["force-include"]]
    extras = re.search(r"\.whl\)\[([\w,]+)\]", DOCKERFILE)

    assert all((root / each).exists() for each in (*copied, *needed))
    assert not {each for each in needed if any(fnmatch(each, pattern) for pattern in ignored)}
    assert extras
    assert set(extras[1].split(",")) < set(project["project"]["optional-dependencies"])


def test_compose_runs_on_sqlite_and_has_postgresql_as_a_choice() -> None:
    services = read("compose.yaml")["services"]

    assert services["digest"]["build"]["dockerfile"] == "deploy/Dockerfile"
    assert "profiles" not in services["digest"]
    assert services["postgres"]["profiles"] == ["postgres"]


@pytest.mark.parametrize("name", ["compose.yaml", "github-actions.yaml", "crontab", "Dockerfile", "paper-digest.service"])
def test_what_is_named_exists(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    named = set(re.findall(r"\bDIGEST_[A-Z_]*[A-Z]\b", text))
    called = set(re.findall(r"(?:bin/|: |run digest |`)digest ([a-z]+)", text))

    assert named <= set(Settings.names())
    assert called - {"digest"} <= set(VERBS) | {"postgres"}


def test_the_workflow_saves_the_store_whatever_happened() -> None:
    steps = read("github-actions.yaml")["jobs"]["send"]["steps"]
    save = next(step for step in steps if "cache/save" in step.get("uses", ""))

    assert save["if"] == "always()"
    assert steps.index(save) > next(n for n, step in enumerate(steps) if step.get("run") == "digest send")


def test_the_crontab_calls_what_there_is() -> None:
    lines = [line for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines() if line and line[0].isdigit()]

    assert len(lines) == 2
    assert all(len(line.split(None, 5)) == 6 for line in lines)
    assert all("\\%" in line for line in lines if "%" in line), "cron takes a bare % for the end of the line"
