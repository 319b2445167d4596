"""YAML text as a tree that keeps comments, quotes and order (ruamel.yaml), and can be edited."""

from __future__ import annotations

import io
import re
from copy import deepcopy
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from openapi.document.yaml_reader import plain_scalar
from openapi.pointers import split

_SEQUENCE = re.compile(r"^( *)[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n(?: *(?:#[^\n]*)?\n)*\1( *)- ", re.MULTILINE)
"""A key with a sequence below it, and how far its items are indented."""


class _NoTypes(VersionedResolver):
    """Reads every plain scalar as text, so that numbers and dates are written unchanged."""

    @property
    def versioned_resolver(self) -> dict[str, list[Any]]:
        """No resolvers, so no scalar gets a type."""
        return {}


class YamlTree:
    """The tree of a YAML text."""

    def __init__(self, text: str) -> None:
        self._yaml = YAML(typ="rt")
        self._yaml.Resolver = _NoTypes
        self._yaml.preserve_quotes = True
        self._yaml.width = 100_000
        sequence = _SEQUENCE.search(text)
        offset = len(sequence[2]) if sequence else 2
        self._yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
        self._root = self._yaml.load(text)

    def text(self) -> str:
        """The text of the tree."""
        stream = io.StringIO()
        self._yaml.dump(self._root, stream)
        return stream.getvalue()

    def edit(self, pointer: str, source: YamlTree, source_pointer: str | None) -> None:
        """Replace or add the node at `pointer` by the one at `source_pointer` of `source`, or remove it (None)."""
        parent, key = self._at(pointer)
        if source_pointer is None:
            del parent[key]
            return
        holder, name = source._at(source_pointer)
        node = deepcopy(holder[name])
        if isinstance(parent, list):
            parent.append(node)
        elif key in parent:
            parent[key] = _quoted_as(parent[key], node)
        else:
            parent[next((one for one in holder if one == name), key)] = node

    def _at(self, pointer: str) -> tuple[Any, Any]:
        """The parent of the node at `pointer`, and its key there."""
        *above, last = split(pointer)
        node = self._root
        for token in above:
            node = node[int(token)] if isinstance(node, list) else node[token]
        return node, int(last) if isinstance(node, list) else last


def _quoted_as(old: Any, new: Any) -> Any:
    """`new` in the quotes of the scalar that it replaces, if both are strings."""
    quotes = (SingleQuotedScalarString, DoubleQuotedScalarString)
    if not isinstance(old, str) or not isinstance(new, str):
        return new
    if not all(isinstance(one, quotes) or isinstance(plain_scalar(one), str) for one in (old, new)):
        return new
    if isinstance(old, quotes):
        return type(old)(new)
    return str(new) if isinstance(plain_scalar(new), str) else new
