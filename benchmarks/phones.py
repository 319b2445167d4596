"""What the servers are given: the document, and phones that are made up by the fixtures of this project."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from benchmarks.processes import finished
from openapi import PHONES, load

_TEXT = {"encoding": "utf-8"}


@dataclass(frozen=True, slots=True)
class Phones:
    """Made-up phones in files of the folder: always the same `count`, of numbers that nobody has."""

    folder: Path
    count: int

    def array(self) -> Path:
        """They as a JSON array, newest first."""
        return self._made("json")

    def lines(self) -> Path:
        """They as JSON lines, newest first."""
        return self._made("jsonl")

    def first(self, count: int) -> list[dict[str, Any]]:
        """The newest of them."""
        with self.lines().open(encoding="utf-8") as lines:
            return [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]

    def json_server_file(self, folder: Path) -> Path:
        """A database for json-server, which writes into it: a new one each time. Its records have their key in `id`."""
        file = folder / f"db-{self.count}.json"
        with self.lines().open(encoding="utf-8") as lines, file.open("w", encoding="utf-8") as out:
            out.write('{"phones": [\n')
            out.writelines(_parted(json.dumps({"id": phone["uuid"], **phone}) for phone in map(json.loads, lines)))
            out.write("]}\n")
        return file

    def _made(self, format_name: str) -> Path:
        # A file of that name is whole: the fixtures write one at once or not at all.
        file = self.folder / f"phones-{self.count}.{format_name}"
        if not file.exists():
            options = ["-n", str(self.count), "--seed", "1", "--numbers", "unassigned", "--format", format_name]
            finished([sys.executable, "-m", "fixtures", *options, "--out", str(file)], folder=ROOT)
        return file


def _parted(texts: Iterator[str]) -> Iterator[str]:
    """Each on a line, with a comma between two."""
    between = ""
    for text in texts:
        yield f"{between}{text}\n"
        between = ","


def plain_document(folder: Path) -> Path:
    """The document without `jsonSchemaDialect`, which only names the default: with it Prism takes any body."""
    file = folder / "phones.yaml"
    file.write_text(re.sub(r"^jsonSchemaDialect:.*\n", "", PHONES.read_text(**_TEXT), flags=re.MULTILINE), **_TEXT)
    return file


def older_document(folder: Path) -> Path:
    """The document in OpenAPI 3.0, for what reads no 3.1."""
    document = _older(load(PHONES).document())
    document["openapi"] = "3.0.3"
    for holder, name in ((document, "jsonSchemaDialect"), (document["info"], "summary")):
        holder.pop(name, None)
    document["info"]["license"].pop("identifier", None)
    file = folder / "phones-3.0.json"
    file.write_text(json.dumps(document), **_TEXT)
    return file


def _older(node: Any) -> Any:
    """A node of the document as OpenAPI 3.0 writes it, without our own keywords and the examples of schemas."""
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        name: _older(value)
        for name, value in node.items()
        if not name.startswith("x-") and not (name == "examples" and isinstance(value, list))
    }
    if isinstance(kept.get("type"), list):
        kept["nullable"] = "null" in kept["type"]
        kept["type"] = next(name for name in kept["type"] if name != "null")
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
    return kept


def wiremock_stubs(folder: Path, phones: Phones) -> Path:
    """Stubs for WireMock that answer as if there were the newest ten phones, whatever is asked."""
    found = phones.first(10)
    page = {"phones": found, "total": phones.count, "page": 1, "limit": 10, "totalPages": -(-phones.count // 10)}
    stubs = (
        ("GET", {"urlPath": "/api/phones"}, 200, page),
        ("GET", {"urlPathPattern": "/api/phones/[^/]+"}, 200, found[0]),
        ("POST", {"urlPath": "/api/phones"}, 201, found[0]),
    )
    (folder / "mappings").mkdir(exist_ok=True)
    for number, (method, where, status, body) in enumerate(stubs):
        response = {"status": status, "jsonBody": body, "headers": {"Content-Type": "application/json"}}
        stub = {"request": {"method": method, **where}, "response": response}
        (folder / "mappings" / f"{number}.json").write_text(json.dumps(stub), **_TEXT)
    return folder
