"""A real OpenRefine, driven by its own HTTP API, uses the service as a person would with the mouse.

Run by `make test-openrefine`, where OpenRefine is installed; Debian's package is `openrefine`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = Path(__file__).with_name("names.csv")
ENGINE = json.dumps({"facets": [], "mode": "row-based"})
EXTENDED = ("qid", "post", "articles", "allegations")


class OpenRefine:
    """Send commands to a running OpenRefine."""

    def __init__(self, address: str) -> None:
        self._commands = f"{address}/command/core/"

    def ask(self, command: str, **parameters: str) -> Any:
        return json.loads(self._send(command, parameters))

    def do(self, command: str, **parameters: str) -> Any:
        form = urllib.parse.urlencode(parameters).encode()
        return json.loads(self._send(command, self._token(), form, "application/x-www-form-urlencoded"))

    def export(self, project: str) -> list[dict[str, str]]:
        form = urllib.parse.urlencode({"project": project, "format": "csv", "engine": ENGINE}).encode()
        text = self._send("export-rows", self._token(), form, "application/x-www-form-urlencoded").decode()
        return list(csv.DictReader(io.StringIO(text)))

    def upload(self, file: Path) -> str:
        boundary = uuid.uuid4().hex
        options = {"separator": ",", "headerLines": 1, "encoding": "UTF-8", "guessCellValueTypes": False}
        parts = {"project-name": "names", "format": "text/line-based/*sv", "options": json.dumps(options)}
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        )
        head += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="project-file"; filename="{file.name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        address = f"{self._commands}create-project-from-upload?{urllib.parse.urlencode(self._token())}"
        request = urllib.request.Request(address, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        with urllib.request.urlopen(request, timeout=60) as response:
            (project,) = urllib.parse.parse_qs(urllib.parse.urlsplit(str(response.url)).query)["project"]
            return project

    def wait(self, project: str) -> None:
        for _ in range(240):
            if not self.ask("get-processes", project=project)["processes"]:
                return
            time.sleep(0.25)
        pytest.fail("OpenRefine did not come to an end")

    def _token(self) -> dict[str, str]:
        return {"csrf_token": self.ask("get-csrf-token")["token"]}

    def _send(self, command: str, parameters: dict[str, str], body: bytes | None = None, kind: str = "") -> bytes:
        address = f"{self._commands}{command}?{urllib.parse.urlencode(parameters)}"
        request = urllib.request.Request(address, body, {"Content-Type": kind} if kind else {})
        with urllib.request.urlopen(request, timeout=60) as response:
            content: bytes = response.read()
            return content


@pytest.fixture(scope="module")
def openrefine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRefine]:
    program = shutil.which("openrefine")
    if program is None:
        pytest.skip("OpenRefine is not installed here: apt-get install openrefine")
    port = free_port()
    data = tmp_path_factory.mktemp("openrefine")
    command = [program, "-i", "127.0.0.1", "-p", str(port), "-d", str(data), "-m", "600M", "-x", "refine.headless=true"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield _up(OpenRefine(f"http://127.0.0.1:{port}"), process)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def _up(running: OpenRefine, process: subprocess.Popen[bytes]) -> OpenRefine:
    for _ in range(240):
        try:
            running.ask("get-version")
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.5)
        else:
            return running
    pytest.fail("OpenRefine did not come up")


def test_openrefine_registers_matches_and_extends(openrefine: OpenRefine, server: Server) -> None:
    project = openrefine.upload(NAMES)
    service = f"{server.address}/reconcile"
    manifest = json.loads(server.get("/reconcile"))
    register(openrefine, manifest, service)
    kind = guessed(openrefine, project, service)
    assert kind == {"id": "Person", "name": "person"}
    reconcile(openrefine, project, service, manifest, kind)
    judged = judgements(openrefine, project)
    names = csv.DictReader(io.StringIO(NAMES.read_text(encoding="utf-8")))
    expected = {row["name"]: row["expected"] for row in names}
    assert len(judged) == len(expected) == 40
    matched = {name: found["m"]["id"] for name, found in judged.items() if found["j"] == "matched"}
    assert matched == {name: expected[name] for name in matched}
    assert len(matched) >= 14
    left = {name: [each["id"] for each in found["c"][:1]] for name, found in judged.items() if name not in matched}
    assert {name for name in left if expected[name] and left[name] != [expected[name]]} == set()
    extended(openrefine, project, service, manifest)
    rows = {row["name"]: row for row in openrefine.export(project) if row["name"]}  # who is matched has our name now
    assert rows["Mustafa al-Kadhimi"]["Wikidata item"] == "Q85317569"
    assert rows["Mustafa al-Kadhimi"]["number of articles"] == "5"
    assert int(rows["Mustafa al-Kadhimi"]["number of allegations against"]) > 0
    assert rows["Ali Khamenei"]["post that articles give"] == "Supreme Leader of Iran"
    assert rows["Esmail Qaani"]["Wikidata item"] == ""
    assert rows["Riyad al-Maliki"]["number of articles"] == ""


def register(openrefine: OpenRefine, manifest: Any, service: str) -> None:
    services = json.dumps(
        [{**manifest, "url": service, "ui": {"handler": "ReconStandardServicePanel", "access": "json"}}]
    )
    openrefine.do("set-preference", name="reconciliation.standardServices", value=services)
    kept = openrefine.ask("get-preference", name="reconciliation.standardServices")["value"]
    assert (json.loads(kept) if isinstance(kept, str) else kept)[0]["url"] == service


def guessed(openrefine: OpenRefine, project: str, service: str) -> Any:
    found = openrefine.do("guess-types-of-column", project=project, columnName="name", service=service)
    return {key: found["types"][0][key] for key in ("id", "name")}


def reconcile(openrefine: OpenRefine, project: str, service: str, manifest: Any, kind: Any) -> None:
    config = {
        "mode": "standard-service",
        "service": service,
        "identifierSpace": manifest["identifierSpace"],
        "schemaSpace": manifest["schemaSpace"],
        "type": kind,
        "autoMatch": True,
        "columnDetails": [{"column": "post", "propertyName": "post", "propertyID": "post"}],
        "limit": 0,
    }
    openrefine.do("reconcile", project=project, columnName="name", config=json.dumps(config), engine=ENGINE)
    openrefine.wait(project)


def judgements(openrefine: OpenRefine, project: str) -> dict[str, Any]:
    answer = openrefine.do("get-rows", project=project, start="0", limit="50", engine=ENGINE)
    pool = answer.get("pool", {}).get("recons", {})
    cells = [row["cells"][0] for row in answer["rows"]]
    return {cell["v"]: pool[str(cell["r"])] if "r" in cell and pool else cell["r"] for cell in cells}


def extended(openrefine: OpenRefine, project: str, service: str, manifest: Any) -> None:
    proposed = {each["id"]: each for each in offered(f"{service}/extend/propose?type=Person")}
    openrefine.do(
        "extend-data",
        project=project,
        baseColumnName="name",
        endpoint=service,
        identifierSpace=manifest["identifierSpace"],
        schemaSpace=manifest["schemaSpace"],
        extension=json.dumps({"properties": [proposed[each] for each in EXTENDED]}),
        columnInsertIndex="1",
        engine=ENGINE,
    )
    openrefine.wait(project)


def offered(address: str) -> list[Any]:
    with urllib.request.urlopen(address, timeout=10) as response:
        properties: list[Any] = json.load(response)["properties"]
        return properties
