"""Writes the JSON Schemas of our keywords: `python -m tests.keyword_schemas` writes openapi/keyword_schemas/*.json.

The reader is their only source: it reads the documents below, and what it checks on the way (which keys a mapping may
and must have, which words and numbers a value may be) becomes the schemas. The descriptions are those of
docs/x-keywords.md. A new word is written in the reader, in a document below, and in a table of that page.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

from openapi import load
from openapi.document.node import NOTES, Node
from openapi.overlay import ACTION_KEYS, INFO_KEYS, OVERLAY_KEYS, Keys
from openapi.pointers import resolve, split

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "openapi" / "keyword_schemas"
KEYWORDS = ("x-resources", "x-http")
PAGE = ROOT / "docs" / "x-keywords.md"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFERS = ("x-resources/*", "x-http")
"""The paths where a `$ref` may stand for some of the keys (docs/x-keywords.md)."""

JsonSchema: TypeAlias = dict[str, Any]
Allowed: TypeAlias = frozenset[str]


def documents() -> list[Path]:
    """Documents that the reader accepts, with each of our words in one of them."""
    folders = (
        ROOT / "tests" / "openapi" / "documents" / "good",
        ROOT / "tests" / "openapi" / "documents" / "accepted",
        ROOT / "tests" / "openapi" / "documents" / "warned",
        ROOT / "tests" / "mock_server" / "documents",
        ROOT / "openapi",
    )
    files = sorted(file for folder in folders for file in folder.iterdir() if file.suffix in (".yaml", ".json"))
    return [file for file in files if any(word in file.read_text(encoding="utf-8") for word in KEYWORDS)]


@dataclass
class Checks:
    """What the reader has checked at one node."""

    mappings: list[tuple[Allowed | None, Allowed]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    integers: set[tuple[int, int | None]] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


class _Recorder:
    """Records the checks of the reader, by the pointers of one document."""

    def __init__(self) -> None:
        self.checks: dict[str, Checks] = defaultdict(Checks)

    def at(self, node: Node) -> Checks:
        """The checks of a node; those of a value that only stands in for one do not count."""
        try:
            is_real = resolve(node.root, node.pointer) is node.value
        except (LookupError, ValueError):
            is_real = False
        return self.checks[node.pointer] if is_real else Checks()

    def mapping(self, node: Node, allowed: Sequence[str] | None = None, required: Sequence[str] = ()) -> None:
        """A mapping, perhaps with known keys."""
        known = None if allowed is None else frozenset({*allowed, *required} - {*NOTES})
        self.at(node).mappings.append((known, frozenset(required)))

    def items(self, node: Node) -> None:
        """A list."""
        self.at(node).kinds.add("array")

    def text(self, node: Node) -> None:
        """A string."""
        self.at(node).kinds.add("string")

    def one_of(self, node: Node, choices: Sequence[str]) -> None:
        """One of some strings."""
        self.at(node).words.update(choices)

    def integer(self, node: Node, least: int, most: int | None = None) -> None:
        """An integer."""
        self.at(node).integers.add((least, most))

    def boolean_of(self, node: Node, name: str) -> None:
        """A boolean in a field."""
        if name in node.value:
            self.at(node[name]).kinds.add("boolean")

    def inner(self, node: Node, token: str | int) -> None:
        """A field or an item that is looked at."""
        if isinstance(token, int) or token in node.value:
            self.checks.setdefault(f"{node.pointer}/{str(token).replace('~', '~0').replace('/', '~1')}", Checks())


@contextmanager
def _recorded() -> Iterator[_Recorder]:
    recorder = _Recorder()
    with ExitStack() as stack:
        notes = {
            name: getattr(recorder, name) for name in ("mapping", "items", "text", "one_of", "integer", "boolean_of")
        }
        for name, note in (notes | {"__getitem__": recorder.inner}).items():
            stack.enter_context(patch.object(Node, name, _noting(getattr(Node, name), note)))
        yield recorder


def _noting(method: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    def noted(node: Node, *given: Any, **named: Any) -> Any:
        given = tuple(list(one) if isinstance(one, Iterator) else one for one in given)
        note(node, *given, **named)
        return method(node, *given, **named)

    return noted


@dataclass
class Shape:
    """What the reader checks at a path in our keywords, in all documents: one `Checks` for each node there."""

    nodes: list[Checks] = field(default_factory=list)
    fields: dict[str, Shape] = field(default_factory=dict)
    others: Shape | None = None


def shapes(files: Sequence[Path]) -> Shape:
    """What the reader checks in our keywords."""
    whole = Shape()
    for file in files:
        with _recorded() as recorder:
            load(file, infer=False)
        for pointer, checks in recorder.checks.items():
            tokens = split(pointer)
            if tokens and tokens[0] in KEYWORDS and not {*tokens} & {*NOTES}:
                _share_parts(whole, tokens, recorder.checks)
                _shape_at(whole, tokens, recorder.checks).nodes.append(checks)
    return whole


def _share_parts(whole: Shape, tokens: Sequence[str], checks: Mapping[str, Checks]) -> None:
    """Let a part of one of the `lists` of a resource have the shape of that part of its `list`."""
    if tokens[2:3] == ["lists"] and len(tokens) > 4:
        parts = _shape_at(whole, tokens[:2], checks).fields.setdefault("list", Shape()).fields
        _shape_at(whole, tokens[:4], checks).fields.setdefault(tokens[4], parts.setdefault(tokens[4], Shape()))


def _shape_at(shape: Shape, tokens: Sequence[str], checks: Mapping[str, Checks]) -> Shape:
    """The shape of the node at `tokens`; keys of mappings without known keys, and indexes, share one."""
    pointer = ""
    for token in tokens:
        known = any(allowed is not None for allowed, _ in checks[pointer].mappings) if pointer in checks else False
        if known or not pointer:
            shape = shape.fields.setdefault(token, Shape())
        else:
            shape.others = shape.others or Shape()
            shape = shape.others
        pointer += f"/{token.replace('~', '~0').replace('/', '~1')}"
    return shape


class Writer:
    """Writes schemas of shapes, with descriptions by path. `missing` are the keys that no document has."""

    def __init__(self, described: Mapping[str, str]) -> None:
        self._described = described
        self.missing: list[str] = []

    def schema(self, shape: Shape, path: str) -> JsonSchema:
        """The JSON Schema of a shape."""
        found: list[JsonSchema] = []
        by_keys: dict[Allowed | None, list[Allowed]] = defaultdict(list)
        for checks in shape.nodes:
            if checks.mappings:
                known = [allowed for allowed, _ in checks.mappings if allowed is not None]
                required: Allowed = frozenset().union(*(names for _, names in checks.mappings))
                by_keys[min(known, key=len) if known else None].append(required)
            elif not (checks.kinds or checks.words or checks.integers):
                return {}
            found += [one for one in self._scalars(checks, shape, path) if one not in found]
        found += [
            self._object(shape, path, allowed, frozenset.intersection(*requireds))
            for allowed, requireds in sorted(by_keys.items(), key=lambda pair: sorted(pair[0] or ()))
        ]
        return found[0] if len(found) == 1 else {"anyOf": found}

    def _scalars(self, checks: Checks, shape: Shape, path: str) -> Iterator[JsonSchema]:
        if "array" in checks.kinds:
            yield {"type": "array", "items": self.schema(shape.others, f"{path}/*") if shape.others else {}}
        if "boolean" in checks.kinds:
            yield {"type": "boolean"}
        if checks.words:
            yield {"enum": sorted(checks.words)}
        elif "string" in checks.kinds:
            yield {"type": "string"}
        for least, most in sorted(checks.integers, key=str):
            yield {"type": "integer", "minimum": least} | ({} if most is None else {"maximum": most})

    def _object(self, shape: Shape, path: str, allowed: Allowed | None, required: Allowed) -> JsonSchema:
        notes = {name: {"$ref": f"#/$defs/{name}"} for name in NOTES}
        if allowed is None:
            others = self.schema(shape.others, f"{path}/*") if shape.others else {}
            return {"type": "object", "properties": notes, "additionalProperties": others}
        self.missing += [f"{path}/{name}" for name in sorted(allowed) if name not in shape.fields]
        fields = {
            name: self._described_schema(shape.fields[name], f"{path}/{name}")
            for name in sorted(allowed)
            if name in shape.fields
        }
        result: JsonSchema = {"type": "object", "properties": {**fields, **notes}, "additionalProperties": False}
        if path in _REFERS:
            text = "the entry of another document; keys next to it replace those of the entry"
            result["properties"]["$ref"] = {"description": text, "type": "string"}
            return {**result, "if": {"required": ["$ref"]}, "else": {"required": sorted(required)}}
        return {**result, "required": sorted(required)} if required else result

    def _described_schema(self, shape: Shape, path: str) -> JsonSchema:
        text = self._described.get(path)
        return {"description": text, **self.schema(shape, path)} if text else self.schema(shape, path)


def document_schema() -> JsonSchema:
    """The schema of an OpenAPI document with our keywords; what OpenAPI itself says is not in it."""
    shape, described = shapes(documents()), descriptions(PAGE.read_text(encoding="utf-8"))
    writer = Writer(described)
    keywords = {name: writer.schema(shape.fields[name], name) for name in KEYWORDS}
    if writer.missing:
        paths = ", ".join(sorted(set(writer.missing)))
        raise LookupError(f"no document has {paths}; write one in tests/openapi/documents/good")
    return {
        "$schema": _DRAFT,
        "title": "Our keywords in an OpenAPI document",
        "$comment": "Written by python -m tests.keyword_schemas.",
        "type": "object",
        "properties": {
            **{name: {"description": described[name], **keywords[name]} for name in KEYWORDS},
            "x-other-tools": {
                "description": described["x-other-tools"],
                "type": "array",
                "items": {"type": "string"},
            },
        },
        "$defs": {
            "x-assumed": {"description": described["x-assumed"], "type": ["string", "object"]},
            "x-documented": {"description": described["x-documented"], "type": ["string", "object"]},
            "x-observed": {"description": described["x-observed"]},
        },
    }


def overlay_schema() -> JsonSchema:
    """The schema of an OpenAPI Overlay as all commands take it."""

    def keys(known: Keys, properties: JsonSchema) -> JsonSchema:
        missing = set(known.allowed) ^ set(properties)
        if missing:
            raise LookupError(f"say what {', '.join(sorted(missing))} is in tests/keyword_schemas.py")
        return {
            "type": "object",
            "required": list(known.required),
            "properties": properties,
            "patternProperties": {"^x-": {}},
            "additionalProperties": False,
        }

    info = keys(INFO_KEYS, {"title": {}, "version": {}, "description": {}})
    action = keys(
        ACTION_KEYS,
        {
            "target": {
                "type": "string",
                "pattern": "^\\$",
                "description": "a JSONPath that names one node of the document",
            },
            "description": {"description": "why, for people"},
            "update": {"description": "what is merged into the node"},
            "remove": {"type": "boolean", "description": "whether the node is removed"},
        },
    )
    one_change = {
        "oneOf": [{"required": ["update"]}, {"required": ["remove"], "properties": {"remove": {"const": True}}}]
    }
    root = keys(
        OVERLAY_KEYS,
        {
            "overlay": {
                "description": "the version of the Overlay Specification",
                "type": "string",
                "pattern": r"^1\.[01]\.[0-9]+$",
            },
            "info": info,
            "extends": {"description": "the document that the overlay is for"},
            "actions": {"type": "array", "minItems": 1, "items": {**action, **one_change}},
        },
    )
    return {
        "$schema": _DRAFT,
        "title": "An OpenAPI Overlay",
        "$comment": "Written by python -m tests.keyword_schemas.",
        **root,
    }


_HEADING = re.compile(r"^#+ `([a-z-]+)`$")


def descriptions(page: str) -> dict[str, str]:
    """The page's description of each key, by its path."""
    found: dict[str, str] = {}
    within, header = "", ""
    for line in page.splitlines():
        heading = _HEADING.match(line)
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if heading:
            name = heading[1]
            within = name if name.startswith("x-") else f"{'x-http' if name == 'refusals' else 'x-resources/*'}/{name}"
            header = ""
        elif line.startswith("#"):
            within, header = "", ""
        elif cells and not header and "---" not in line:
            header = line
        elif not cells:
            header = ""
        if cells and cells[0].startswith("`"):
            for path, text in _described(cells, within, header):
                found.setdefault(path, _plain(text))
    alike = {
        path.replace("/list/", f"/{name}/*/", 1): text
        for name in ("lists", "bulk")
        for path, text in found.items()
        if "/list/" in path
    }
    return alike | found


def _described(cells: Sequence[str], within: str, header: str) -> Iterator[tuple[str, str]]:
    names = [name.partition(":")[0] for name in re.findall(r"`([^`]+)`", cells[0])]
    if header.startswith("| keyword"):
        yield names[0], cells[2]
    elif header.startswith("| key | value"):
        yield f"x-http/{'/'.join(names)}", f"{cells[1]}: {cells[2]}"
    elif header.startswith("| key | in"):
        holder = cells[1].strip("`")
        path = f"{within}/{holder}" if within.endswith("/list") else f"{within}/*/{holder}/*"
        path += "/*" if holder == "filters" else ""
        yield f"{path}/{names[0]}", cells[2]
    elif header.startswith("| key | the pointer"):
        yield f"x-resources/*/list/answer/{names[0]}", cells[1]
    elif header.startswith("| key in `statuses`"):
        yield f"x-http/refusals/statuses/{names[0]}", cells[1]
    elif header.startswith("| key |"):
        star = (
            "/*"
            if within.rpartition("/")[2]
            in ("members", "references", "referrers", "actions", "transitions", "lists", "bulk")
            else ""
        )
        root = "/*" if within == "x-resources" else ""
        text = cells[2] if header.startswith("| key | method") else cells[1]
        yield f"{within}{star}{root}/{names[0]}", text


def _plain(text: str) -> str:
    return text.replace("`", "").strip()


SCHEMAS: Mapping[str, Callable[[], JsonSchema]] = {
    "document.schema.json": document_schema,
    "overlay.schema.json": overlay_schema,
}


def text_of(schema: JsonSchema) -> str:
    """The text of a schema in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in SCHEMAS.items():
        (FOLDER / name).write_text(text_of(make()), encoding="utf-8")


if __name__ == "__main__":
    main()
