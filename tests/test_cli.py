"""The command line as somebody uses it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sayso.cli import main

ROOT = Path(__file__).parents[1]
DATA = '<http://x/a> <http://x/p> "one" .\n<http://x/b> <http://x/p> "two" <http://x/g> .\n'
ALL = "SELECT ?s ?o { ?s <http://x/p> ?o } ORDER BY ?s"


def run(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Give a store of some other RDF, of one version."""
    (tmp_path / "some.nq").write_text(DATA, encoding="utf-8")
    assert run("init", tmp_path / "other", "--shapes", "none", tmp_path / "some.nq", "--author", "x").exit_code == 0
    return tmp_path / "other"


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_and_every_option_has_help(name: str) -> None:
    command = main.commands[name]
    assert command.help
    assert run(name, "--help").exit_code == 0
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert all(option.help for option in options)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, sayso.cli; print(sorted({'rdflib', 'pyshacl', 'flask', 'rich', 'pyoxigraph'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_any_rdf_can_be_stored_and_asked(other: Path) -> None:
    result = run("query", "-", "--store", other, stdin=ALL)
    assert (result.exit_code, result.stdout) == (0, "s,o\nhttp://x/a,one\nhttp://x/b,two\n")


def test_a_query_takes_parameters_a_format_and_a_version(other: Path) -> None:
    bound = run("query", "-", "--store", other, "-p", "s=<http://x/b>", "--format", "json", stdin=ALL)
    assert [row["o"]["value"] for row in json.loads(bound.stdout)["results"]["bindings"]] == ["two"]
    assert run("query", "-", "--store", other, "--at", "1", stdin=ALL).exit_code == 0
    missing = run("query", "-", "--store", other, "--at", "7", stdin=ALL)
    assert missing.exit_code == 2
    assert "Version 7" in missing.stderr


def test_a_query_that_does_not_parse_says_where(other: Path) -> None:
    result = run("query", "-", "--store", other, stdin="SELECT ?x\nWHERE [ }")
    assert result.exit_code == 2
    assert "line 2, column 7" in result.stderr


def test_a_store_is_not_written_over(other: Path) -> None:
    result = run("init", other, "--shapes", "none", other.parent / "some.nq")
    assert result.exit_code == 2
    assert str(other) in result.stderr


def test_data_that_break_the_shapes_are_not_stored(tmp_path: Path) -> None:
    data = tmp_path / "bad.ttl"
    data.write_text("<https://w3id.org/sayso/id/x> a <https://w3id.org/sayso/ns#Allegation> .\n", encoding="utf-8")
    result = run("init", tmp_path / "bad", data, "--project", ROOT)
    assert result.exit_code == 1
    assert "bad.ttl:1:1: violation: " in result.stderr
    assert not (tmp_path / "bad").exists()


def test_a_store_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    result = run("log", "--store", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_the_log_tells_who_added_how_much_and_why(other: Path) -> None:
    row = next(csv.DictReader(io.StringIO(run("log", "--store", other).stdout)))
    assert (row["version"], row["author"], row["added"], row["message"]) == ("1", "x", "+2", "Stored from some.nq")


def test_build_writes_every_edition(tmp_path: Path) -> None:
    result = run("build", "--project", ROOT, "--out", tmp_path)
    names = sorted(Path(line).name for line in result.stdout.splitlines())
    assert names == ["sayso-rdf12.nq", "sayso.nq", "sayso.trig", "sayso.ttl", "void.ttl"]
    assert names == sorted(path.name for path in tmp_path.iterdir())


def test_an_option_can_be_an_environment_variable(other: Path) -> None:
    result = CliRunner().invoke(main, ["query", "-"], input=ALL, env={"SAYSO_QUERY_STORE": str(other)})
    assert result.exit_code == 0


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    result = run("check", "--project", tmp_path)
    assert result.exit_code == 2
    assert "ontology, data, queries" in result.stderr
