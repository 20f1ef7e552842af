"""What people use who keep articles in a repository of their own: the pre-commit hook and the reusable workflow."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_check import ARTICLE, line_of, village, write  # noqa: F401  # village is a fixture

from sayso import check

if TYPE_CHECKING:
    from sayso.library import Project

ROOT = Path(__file__).parents[1]
HOOK = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "check-articles.yml").read_text(encoding="utf-8")
BROKEN = ARTICLE.replace("v:held", "v:helt")


@pytest.fixture
def repository(village: Path) -> Path:  # noqa: F811  # the fixture's value
    """Give the village as a repository of one commit, with `sayso` on its path."""
    (village / "bin").mkdir()
    (village / "bin" / "sayso").write_text(f'#!/bin/sh\nexec {sys.executable} -m sayso "$@"\n', encoding="utf-8")
    (village / "bin" / "sayso").chmod(0o755)
    git(village, "init", "--quiet")
    commit(village)
    return village


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        [shutil.which("git") or "git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "more")


def run(folder: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **settings}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def setting(name: str, text: str) -> str:
    found = re.search(rf"^ *(?:- )?{name}: (.+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_hook_takes_the_files_that_the_check_reads_and_no_others(project: Project) -> None:
    wanted = re.compile(setting("files", HOOK))
    files = [
        path.relative_to(ROOT).as_posix() for folder in ("ontology", "data") for path in (ROOT / folder).rglob("*.*")
    ]
    read = {path.relative_to(ROOT).as_posix() for path in check.read_by(project)}
    assert {name for name in files if wanted.search(name)} == read


def test_the_hook_refuses_a_commit_that_breaks_a_shape_and_passes_one_that_does_not(repository: Path) -> None:
    command = (*shlex.split(setting("entry", HOOK)), "data/articles/gazette.ttl", "ontology/shapes.ttl")
    assert run(repository, *command).returncode == 0
    write(repository, BROKEN)
    refused = run(repository, *command)
    assert refused.returncode == 1
    assert f"data/articles/gazette.ttl:{line_of('v:helt', BROKEN)}:" in refused.stdout
    assert "did you mean v:held?" in refused.stdout


@pytest.mark.parametrize("before", ["HEAD~1", "0000000000000000000000000000000000000000"])
def test_the_workflow_annotates_the_lines_of_a_change(repository: Path, before: str) -> None:
    script = textwrap.dedent(WORKFLOW.partition("        run: |\n")[2])
    write(repository, BROKEN)
    (repository / "data" / "notes.md").write_text("not read", encoding="utf-8")
    commit(repository)
    done = run(repository, "bash", "-eo", "pipefail", "-c", script, BEFORE=before, FAIL_ON="violation")
    assert done.returncode != 0
    line = line_of("v:helt", BROKEN)
    assert f"::error file=data/articles/gazette.ttl,line={line}," in done.stdout
    assert "did you mean v:held?" in done.stdout


def test_the_workflow_passes_where_nothing_is_wrong_and_nothing_is_left_to_advise_on(repository: Path) -> None:
    script = textwrap.dedent(WORKFLOW.partition("        run: |\n")[2])
    done = run(repository, "bash", "-eo", "pipefail", "-c", script, BEFORE="HEAD", FAIL_ON="warning")
    assert (done.returncode, done.stdout) == (0, "")
