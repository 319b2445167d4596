"""JSONPath queries that name exactly one node (RFC 9535, section 2.3.5.1), such as `$['paths']['/phones']['get']`."""

from __future__ import annotations

import json
import re

from openapi.pointers import split

_SEGMENT = re.compile(
    r"""\.(?P<name>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)
      | \[\s*(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]
      | \[\s*(?P<index>0|[1-9][0-9]{0,8})\s*\]""",
    re.VERBOSE | re.DOTALL,
)


class JsonPathError(ValueError):
    """A text that is not such a query: the `problem`, and in `advice` what to write instead."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem = problem
        self.advice = advice


def json_path(pointer: str) -> str:
    """The query for the node at a JSON Pointer, with each name in brackets and single quotes."""
    return "$" + "".join(f"['{_escaped(token)}']" for token in split(pointer))


def path_tokens(query: str) -> tuple[str | int, ...]:
    """The names and indexes in a query. Raises JsonPathError."""
    if not query.startswith("$"):
        raise JsonPathError(f"is {query!r}, not a JSONPath", "write one such as $['paths']['/phones']['get']")
    tokens: list[str | int] = []
    position = 1
    while position < len(query):
        segment = _SEGMENT.match(query, position)
        if segment is None:
            problem = f"has {query[position:]!r}, which may match several nodes or is not a JSONPath"
            raise JsonPathError(problem, "name one node, such as $['paths']['/phones']['get']")
        position = segment.end()
        if segment["index"]:
            tokens.append(int(segment["index"]))
        else:
            tokens.append(segment["name"] or _unquoted(segment["quoted"]))
    return tuple(tokens)


def _unquoted(text: str) -> str:
    """The name in quotes (RFC 9535, section 2.3.1.1)."""
    inner = text[1:-1]
    if text[0] == "'":
        inner = re.sub(r'\\(.)|(")', lambda found: "'" if found[1] == "'" else '\\"' if found[2] else found[0], inner)
    try:
        name: str = json.loads(f'"{inner}"')
    except ValueError:
        raise JsonPathError(f"has the name {text} with a wrong escape", r"write \\ for a backslash") from None
    return name


def _escaped(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
