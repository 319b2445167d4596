"""Several files to one document: every `$ref` to another file becomes a local one.

Nodes of other files go below `components`, into the section that fits their use, under a name made from the file and
the fragment. Only local and relative files are read, never the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urlsplit

from openapi.document.node import kind_of, nearest
from openapi.document.source import Source, read_source
from openapi.document.walk import keyword_mappings
from openapi.errors import SpecError
from openapi.pointers import join, resolve, split

_SECTION_OF_MAP = {
    "responses": "responses",
    "headers": "headers",
    "examples": "examples",
    "links": "links",
    "paths": "pathItems",
    "parameters": "parameters",
}
# What the fragment of a URI may hold as it is (RFC 3986, section 3.5).
_PLAIN = "/?:@!$&'()*+,;=~"
# What the name of a component may not hold (OAS 3.1.0, section 4.8.7).
_NO_NAME = re.compile(r"[^a-zA-Z0-9._-]+")


@dataclass
class Bundle:
    """One document, and for each node that came from elsewhere its file and JSON Pointer there.

    `broken` are the errors of broken references, by the JSON Pointer of the mapping that has each.
    """

    main: Source
    document: dict[str, Any]
    sources: dict[Path, Source] = field(default_factory=dict)
    origins: dict[str, tuple[Path, str]] = field(default_factory=dict)
    broken: dict[str, SpecError] = field(default_factory=dict)

    def locate(self, pointer: str) -> tuple[Path, int, str]:
        """The file, line and JSON Pointer in that file of the bundled document's node at `pointer`."""
        for base in sorted(self.origins, key=len, reverse=True):
            if pointer == base or pointer.startswith(base + "/"):
                file, inner = self.origins[base]
                there = inner + pointer[len(base) :]
                return file, self.sources[file].line_of(there), there
        return self.main.file, self.main.line_of(pointer), pointer


def open_bundle(file: Path) -> Bundle:
    """The document `file` alone, with its references unchanged. Raises SpecError if it is not a mapping."""
    main = read_source(file)
    if not isinstance(main.value, dict):
        raise SpecError(file, 1, "", f"is {kind_of(main.value)}", "write an OpenAPI document")
    return Bundle(main, main.value)


def complete(opened: Bundle, allow_ref_outside: bool = False) -> None:
    """Add everything that the document refers to, and make every reference local; note broken ones.

    A reference to a file outside the document's folder is broken, unless `allow_ref_outside`: a document from someone
    else could otherwise make the mock serve any file of this machine.
    """
    folder = None if allow_ref_outside else opened.main.file.resolve().parent
    bundling = _Bundling(opened, folder)
    bundling.bring_in_ours()
    bundling.localise(opened.document, "", opened.main, "")


class _Bundling:
    def __init__(self, opened: Bundle, folder: Path | None) -> None:
        self.bundle = opened
        self._folder = folder
        self._names: dict[tuple[Path, str], str] = {}
        self._known: dict[Path, Source] = {}
        self._anchors: dict[Path, dict[str, str]] = {}
        self._add(opened.main)

    def bring_in_ours(self) -> None:
        """Replace the `$ref` of `x-http` and of entries of `x-resources` by their targets in other files.

        Keywords next to the `$ref` take precedence. A schema that they refer to is copied as well. Raises SpecError.
        """
        document = self.bundle.document
        resources = document.get("x-resources")
        names = resources if isinstance(resources, dict) else {}
        for pointer in ("/x-http", *(join("/x-resources", name) for name in names)):
            *above, last = split(pointer)
            holder = document[above[0]] if above else document
            node = holder.get(last)
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                holder[last] = self._brought_in(node, pointer)

    def _brought_in(self, node: dict[str, Any], pointer: str) -> dict[str, Any]:
        main, ref_pointer = self.bundle.main, join(pointer, "$ref")
        relative, fragment = _parts(node["$ref"])
        if relative is None:
            raise main.fail(
                ref_pointer, f"is {node['$ref']!r}, which is not in a local file", "write its relative name"
            )
        file = self._file(relative, main, ref_pointer)
        target = self._looked_up(fragment, file, node["$ref"], main, ref_pointer)
        if not isinstance(target, dict):
            raise main.fail(ref_pointer, f"is {node['$ref']!r}, {kind_of(target)}", "refer to a mapping")
        copied = deepcopy(target)
        for holder, name in ((copied, "record"), (copied.get("refusals"), "schema")):
            if isinstance(holder, dict) and isinstance(holder.get(name), str):
                holder[name] = self._localised(holder[name], join(pointer, name), file, join(fragment, name))
        for name in copied:
            self.bundle.origins[join(pointer, name)] = (file.file, join(fragment, name))
        siblings = {name: value for name, value in node.items() if name != "$ref"}
        for name in siblings:
            self.bundle.origins.pop(join(pointer, name), None)
        return {**copied, **siblings}

    def localise(self, value: Any, pointer: str, source: Source, inner: str) -> None:
        """Make every reference at or below `value` local; it is at `pointer` here and at `inner` of `source`."""
        for below, mapping in list(keyword_mappings(value)):
            if "$dynamicRef" in mapping and "$ref" not in mapping:
                # The document has only one dynamic scope, so it is a plain reference.
                mapping["$ref"] = mapping.pop("$dynamicRef")
            if isinstance(mapping.get("$ref"), str):
                try:
                    mapping["$ref"] = self._localised(mapping["$ref"], pointer + below, source, inner + below)
                except SpecError as error:
                    self.bundle.broken[pointer + below] = error
        if not pointer:
            for name in self._anchors_of(source).values():
                _drop_identifiers(resolve(value, name))

    def _localised(self, reference: str, pointer: str, source: Source, inner: str) -> str:
        ref_pointer = join(inner, "$ref")
        identified = self._anchors_of(source).get(reference)
        if identified is not None:
            reference = f"#{quote(identified, safe=_PLAIN)}"
        relative, fragment = _parts(reference)
        if relative is None:
            problem = f"is {reference!r}, which is not in a local file"
            raise source.fail(
                ref_pointer, problem, "save it in a file next to the document, and write its relative name"
            )
        file = self._file(relative, source, ref_pointer)
        if fragment and not fragment.startswith("/"):
            fragment = self._anchors_of(file).get(f"#{fragment}", fragment)
        target = self._looked_up(fragment, file, reference, source, ref_pointer)
        if not isinstance(target, (dict, bool)):
            raise source.fail(ref_pointer, f"is {reference!r}, {kind_of(target)}", "refer to a mapping")
        if file is self.bundle.main:
            return f"#{quote(fragment, safe=_PLAIN)}"
        return "#" + self._hoisted(target, file, fragment, pointer)

    def _anchors_of(self, source: Source) -> dict[str, str]:
        """The JSON Pointers of what `$anchor`, `$dynamicAnchor` and `$id` identify in a file, by reference."""
        if source.file not in self._anchors:
            found: dict[str, str] = {}
            for pointer, mapping in keyword_mappings(source.value):
                for keyword in ("$anchor", "$dynamicAnchor"):
                    if isinstance(mapping.get(keyword), str):
                        found[f"#{mapping[keyword]}"] = pointer
                if pointer and isinstance(mapping.get("$id"), str):
                    found[mapping["$id"]] = pointer
            self._anchors[source.file] = found
        return self._anchors[source.file]

    def _file(self, relative: str, source: Source, ref_pointer: str) -> Source:
        if not relative:
            return source
        path = source.file.parent / relative
        resolved = path.resolve()
        if self._folder is not None and not resolved.is_relative_to(self._folder):
            problem = f"names the file {relative}, which is outside the document's folder"
            raise source.fail(ref_pointer, problem, "move it there, or use --allow-ref-outside")
        if resolved not in self._known:
            if not path.is_file():
                problem = f"names the file {relative}, which does not exist"
                raise source.fail(ref_pointer, problem, "name a file that exists, relative to this one")
            self._add(read_source(path))
        return self._known[resolved]

    def _add(self, source: Source) -> None:
        self.bundle.sources[source.file] = self._known[source.file.resolve()] = source
        if source is not self.bundle.main:
            self.bundle.main.warnings.extend(source.warnings)

    def _looked_up(self, fragment: str, file: Source, reference: str, source: Source, ref_pointer: str) -> Any:
        try:
            return resolve(file.value, fragment)
        except (LookupError, ValueError):
            problem = f"is {reference!r}, which does not exist"
            raise source.fail(ref_pointer, problem, nearest(file.value, fragment)) from None

    def _hoisted(self, target: Any, file: Source, fragment: str, pointer: str) -> str:
        known = self._names.get((file.file, fragment))
        if known:
            return known
        section = _section(split(pointer))
        components = self._section(section)
        stem = _NO_NAME.sub("-", "-".join([file.file.stem, *split(fragment)[-1:]]))
        name, count = stem, 1
        while name in components:
            count += 1
            name = f"{stem}-{count}"
        where = join("", "components", section, name)
        self._names[(file.file, fragment)] = where
        self.bundle.origins[where] = (file.file, fragment)
        components[name] = copied = deepcopy(target)
        self.localise(copied, where, file, fragment)
        return where

    def _section(self, name: str) -> dict[str, Any]:
        main = self.bundle.main
        components = self.bundle.document.setdefault("components", {})
        if not isinstance(components, dict):
            raise main.fail("/components", f"is {kind_of(components)}", "write a mapping")
        section = components.setdefault(name, {})
        if not isinstance(section, dict):
            raise main.fail(join("/components", name), f"is {kind_of(section)}", "write a mapping")
        return section


def _drop_identifiers(mapping: Any) -> None:
    """Remove identifiers, which would change the meaning of the local references below them."""
    for keyword in ("$id", "$anchor", "$dynamicAnchor"):
        mapping.pop(keyword, None)


def _parts(reference: str) -> tuple[str | None, str]:
    """The file and the fragment that `reference` names; no file if the reference is not relative."""
    try:
        relative, fragment = urldefrag(reference)
        elsewhere = urlsplit(relative).scheme or relative.startswith("/")
    except ValueError:
        return None, ""
    return (None if elsewhere or "\0" in unquote(relative) else unquote(relative)), unquote(fragment)


def _section(tokens: Iterable[str]) -> str:
    """Which section of `components` fits a `$ref` in the mapping at these tokens."""
    *_, above, last = ["", "", *tokens]
    if last == "requestBody":
        return "requestBodies"
    return _SECTION_OF_MAP.get(above, "schemas")
