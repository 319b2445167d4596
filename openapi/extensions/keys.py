"""`key`: the field that identifies a record, or the fields that identify it together, such as `[market, symbol]`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from openapi.document.node import Node
from openapi.extensions.field_rules import field_of
from openapi.flattening import flat, value_types
from openapi.keys import PLACEHOLDER
from openapi.model.fields import Unique
from openapi.path_templates import placeholders
from openapi.schemas import Schema

_SEGMENTS = re.compile(r"\{[^{}]+\}(/([^{}/]+|\{[^{}]+\}))*")
"""The end of a path, from a placeholder on, in which each placeholder is a whole segment."""
_KINDS = ({"string"}, {"integer"})


def read_key(node: Node, record: Schema) -> tuple[str, tuple[str, ...]]:
    """The key's name (`openapi.keys`), and the parameters that have it in the path of the item. Raises SpecError."""
    item = node["item"].text()
    names = placeholders(item)
    if not names or not item.removesuffix("/").endswith("}"):
        raise node["item"].fail("does not end in the key's placeholder", "write it in the form /things/{id}")
    own = names[len(placeholders(node["collection"].text())) :] or names[-1:]
    if not isinstance(node["key"].value, list):
        if len(own) > 1:
            problem = f"has the placeholders {_in_braces(own)}, and the key is one field"
            raise node["item"].fail(problem, f"name the field of each: key: [{', '.join(own)}]")
        return field_of(record, node["key"]), (own[-1],)
    fields = [_read_part(entry, record) for entry in node["key"].items()]
    _check_parts(node, fields, own)
    ending = item[item.index(f"{{{own[0]}}}") :].removesuffix("/")
    if not _SEGMENTS.fullmatch(ending):
        problem = f"ends in {ending}, in which a placeholder is part of a segment"
        raise node["item"].fail(problem, "use a key of one field, or write it in the form /things/{one}/{other}")
    in_turn = iter(fields)
    return PLACEHOLDER.sub(lambda _: f"{{{next(in_turn)}}}", ending), tuple(own)


def with_key_unique(node: Node, fields: tuple[str, ...], unique: tuple[Unique, ...]) -> tuple[Unique, ...]:
    """What is unique, with the fields of a key of several."""
    if len(fields) == 1 or any(set(one.fields) == set(fields) for one in unique):
        return unique
    return (Unique(fields, node["key"].pointer), *unique)


def check_generated(node: Node, fields: tuple[str, ...], made: Mapping[str, object], body: Schema) -> None:
    """Raise SpecError for a field of the key without a value from a rule or the body of a create."""
    for key in fields:
        if key not in made and key not in body.node["properties"]:
            advice = f"add members: {{{key}: {{make: uuid}}}}, or accept it in the create body"
            raise node["key"].fail(f"is {key}, which no rule generates", advice)


def _read_part(node: Node, record: Schema) -> str:
    name = field_of(record, node)
    types = set(value_types(flat(record.document, record.node["properties"][name])))
    if types not in _KINDS:
        raise node.fail(f"is {name}, which a path can't hold", f"give {name} the type string or integer")
    if PLACEHOLDER.search(name) or "{" in name or "}" in name:
        raise node.fail(f"is {name!r}, which has braces", "rename the field")
    return name


def _check_parts(node: Node, fields: list[str], names: list[str]) -> None:
    if len(fields) < 2 or len(set(fields)) < len(fields):
        problem = "names a field twice" if len(fields) > 1 else "has fewer than two fields"
        raise node["key"].fail(problem, "write key: id for one field, or key: [market, symbol] for several")
    if len(names) != len(fields):
        problem = f"has the placeholders {_in_braces(names)}, and the key has the fields {', '.join(fields)}"
        raise node["item"].fail(problem, "let it have a placeholder for each field of the key, after the collection's")
    for name, field in zip(names, fields, strict=True):
        if name != field and name in fields:
            problem = f"has the fields in another order than the placeholders {_in_braces(names)} of item"
            raise node["key"].fail(problem, "list the fields in the order of the placeholders")


def _in_braces(names: list[str]) -> str:
    return " and ".join(f"{{{name}}}" for name in names)
