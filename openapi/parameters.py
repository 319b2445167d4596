"""Parameters: reads a value from the texts of a request, in every style of OpenAPI (OAS 3.1.1, section 4.8.12.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

from openapi.coercion import READERS, Raw, coerced, field_names, kinds_of
from openapi.document.keywords import PARAMETER
from openapi.document.node import Node
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.media import compiled, schema_of
from openapi.media_types import is_json
from openapi.model.http import Decode, Location, Pairs, Parameter, ParseParameter
from openapi.schemas import Schema
from openapi.strict_json import NotJsonError, parse_json

_STYLES = {
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "path": ("simple", "label", "matrix"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
    "querystring": ("form",),
}
_COMMA = re.compile(",")
_DELIMITERS = {"spaceDelimited": re.compile(r"%20|\+| "), "pipeDelimited": re.compile(r"\||%7[Cc]")}
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")

# Parameters of these names are ignored (OAS 3.1.1, section 4.8.12.2, in).
_NOT_PARAMETERS = ("accept", "content-type", "authorization")


class _Style(NamedTuple):
    """The style of a parameter."""

    name: str
    location: str
    style: str
    explode: bool
    is_array: bool
    is_object: bool


def read_parameter(node: Node) -> Parameter | None:
    """The parameter at `node`, a reference or not; None for a header that can't be a parameter in OpenAPI."""
    node = node.follow().object_of(PARAMETER, required=("name", "in"))
    name, location = node["name"].text(), node["in"].one_of(_STYLES)
    if location == "header" and name.lower() in _NOT_PARAMETERS:
        return None
    required = node.boolean_of("required")
    if location == "path" and not required:
        node.warn("is in the path and not required; it is read as required", "add required: true")
        required = True
    schema = compiled(schema_of(node), "request")
    style = _style_of(node, name, location, schema)
    kind, many = _plain(style, schema)
    has_default = _has_default(node, schema, location)
    return Parameter(
        name=name,
        location=cast("Location", "query" if location == "querystring" else location),
        required=required,
        schema=schema,
        read=READERS[kind or "string"],
        many=many,
        has_default=has_default,
        default=flat(schema.document, schema.node)["default"] if has_default else None,
        pointer=node.pointer,
        parse=None if kind and "content" not in node.value else _parser(node, style, schema),
        takes=None if "content" in node.value and location != "querystring" else _takes(style, schema),
    )


def _style_of(node: Node, name: str, location: str, schema: Schema) -> _Style:
    usual = _STYLES[location][0]
    style = node.text_of("style", usual)
    if style not in _STYLES[location]:
        advice = f"write one of {', '.join(_STYLES[location])}"
        node["style"].warn(f"is {style}, which is not allowed in the {location}; {usual} is used", advice)
        style = usual
    explode = node.boolean_of("explode") if "explode" in node.value else style in ("form", "cookie")
    kinds = kinds_of(schema.document, schema.node)
    is_object = "object" in kinds and "array" not in kinds
    return _Style(name, location, style, explode, "array" in kinds, is_object)


def _plain(style: _Style, schema: Schema) -> tuple[str | None, bool]:
    """The one type that a text is read as, and whether the parameter may be repeated; None for other parameters."""
    usual = style.style == _STYLES[style.location][0] and style.location != "querystring"
    kinds = kinds_of(schema.document, schema.node)
    many = style.is_array and style.explode and style.location == "query"
    if many and kinds == {"array"}:
        kinds = kinds_of(schema.document, flat(schema.document, schema.node).get("items", {}))
    elif many:
        usual = False
    kinds = kinds or frozenset({"string"})
    known = next(iter(kinds)) if len(kinds) == 1 else ""
    return (known if usual and known in READERS and known != "null" else None), many


def _has_default(node: Node, schema: Schema, location: str) -> bool:
    flat_schema = flat(schema.document, schema.node)
    if "default" not in flat_schema or location == "path":
        return False
    if not schema.is_valid(flat_schema["default"]):
        node.warn(
            f"has the default {flat_schema['default']!r}, which breaks its schema and is ignored", "correct the default"
        )
        return False
    return True


def _takes(style: _Style, schema: Schema) -> Callable[[str], bool] | None:
    """Whether a name of the query belongs to the parameter; None if only its own does."""
    if style.location == "querystring":
        return lambda _name: True
    if style.location != "query" or not style.is_object:
        return None
    if style.style == "deepObject":
        return lambda name: name.startswith(f"{style.name}[")
    if style.style == "form" and style.explode:
        names = field_names(schema.document, schema.node)
        return names.__contains__
    return None


def _parser(node: Node, style: _Style, schema: Schema) -> ParseParameter:
    media_type = next(iter(node.value["content"]), "") if "content" in node.value else ""

    def parse(pairs: Pairs, decode: Decode) -> JsonValue:
        if is_json(media_type):
            try:
                return parse_json(decode(pairs[0][1]))
            except NotJsonError as error:
                found = error.problems[0]
                raise ValueError(f"write JSON: column {found.column}: {found.problem}") from None
        return coerced(schema.document, schema.node, _raw(style, pairs, decode))

    return parse


def _raw(style: _Style, pairs: Pairs, decode: Decode) -> Raw:
    """The texts of a parameter, by item or by name. Raises ValueError, saying what to write."""
    if style.location in ("query", "querystring", "cookie"):
        return _raw_of_query(style, pairs, decode)
    text = pairs[0][1]
    separator = _COMMA
    if style.style == "label":
        separator = re.compile(r"\.") if style.explode else _COMMA
        text = _without(text, ".")
    elif style.style == "matrix":
        separator = re.compile(";") if style.explode else _COMMA
        text = _without(text, ";")
        if not (style.explode and style.is_object):
            text = re.sub(rf"(^|;){re.escape(style.name)}=", r"\1", text)
    if not (style.is_array or style.is_object):
        return decode(text)
    found = [part.strip() if style.location == "header" else part for part in separator.split(text)]
    if style.is_object and not style.is_array and style.explode:
        return _named(found, decode)
    parts = [decode(part) for part in found]
    return parts if style.is_array else _fields(parts)


def _raw_of_query(style: _Style, pairs: Pairs, decode: Decode) -> Raw:
    if style.location == "querystring" or (style.is_object and style.explode and style.style != "deepObject"):
        return _grouped((name, decode(text)) for name, text in pairs)
    if style.style == "deepObject" and style.is_object:
        return _nested((name[len(style.name) :], decode(text)) for name, text in pairs)
    texts = [text for _, text in pairs]
    if style.is_array and style.explode and style.style in ("form", "deepObject"):
        return [decode(text) for text in texts]
    if len(texts) > 1 and not style.is_array:
        raise ValueError("send it once")
    if not (style.is_array or style.is_object):
        return decode(texts[0])
    separator = _DELIMITERS.get(style.style, _COMMA)
    parts = [decode(part) for text in texts for part in separator.split(text)] if any(texts) else []
    return parts if style.is_array else _fields(parts)


def _without(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        raise ValueError(f"start it with {prefix}")
    return text[1:]


def _named(parts: Sequence[str], decode: Decode) -> Raw:
    if any("=" not in part for part in parts):
        raise ValueError("write name=value pairs")
    return {decode(name): decode(text) for name, _, text in (part.partition("=") for part in parts)}


def _fields(parts: Sequence[str]) -> Raw:
    if len(parts) % 2:
        raise ValueError("write names and values in turn, such as a,1,b,2")
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _grouped(pairs: Iterator[tuple[str, str]]) -> Raw:
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}


def _nested(pairs: Iterator[tuple[str, str]]) -> Raw:
    """Texts by the names between brackets: `[a][b]`; OpenAPI gives a meaning to one level, others to more."""
    found: dict[str, Raw] = {}
    for brackets, text in pairs:
        names = _BRACKETS.findall(brackets)
        if "".join(f"[{name}]" for name in names) != brackets:
            raise ValueError("write its fields as name[field]=value")
        holder: dict[str, Raw] = found
        *above, last = [name for name in names if name] or [""]
        for name in above:
            inner = holder.setdefault(name, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{name} has a value and fields; send one of them")
            holder = inner
        before = holder.get(last)
        if before is None:
            holder[last] = [text] if names and not names[-1] else text
        elif isinstance(before, list):
            before.append(text)
        elif isinstance(before, str):
            holder[last] = [before, text]
        else:
            raise ValueError(f"{last} has a value and fields; send one of them")
    return found
