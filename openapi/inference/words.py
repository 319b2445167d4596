"""Compares names, and has the usual names of list parameters and of the parts of a list's response.

A name alone decides nothing: its schema must fit, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from openapi.flattening import types_of

LIMIT = ("limit", "size", "perpage", "pagesize", "take", "maxresults", "top", "pagelimit")
PAGE = ("page", "pagenumber", "pageno", "pageindex", "currentpage")
OFFSET = ("offset", "skip", "start", "startindex", "from")
SEARCH = ("q", "query", "search", "searchterm", "searchtext", "searchquery", "term", "keyword", "keywords", "find")

COUNTS: Mapping[str, tuple[str, ...]] = {
    "total": ("total", "totalcount", "totalitems", "totalelements", "totalresults", "totalrecords", "count"),
    "page": ("page", "currentpage", "pagenumber", "pageno"),
    "pages": ("pages", "totalpages", "pagecount", "lastpage", "numpages"),
    "offset": ("offset", "skip", "start", "startindex"),
    "limit": ("limit", "perpage", "pagesize", "size", "take"),
}
"""The parts of a list's response that are numbers."""

CREATED = (
    *("created", "createdat", "createdon", "createddate", "createdtime", "creationdate", "creationtime"),
    *("datecreated", "timecreated", "insertedat", "registeredat", "addedat", "createtime", "writtenat"),
)
CHANGED = (
    *("updated", "updatedat", "updatedon", "updateddate", "updatedtime", "modified", "modifiedat", "modifiedon"),
    *("lastmodified", "lastupdated", "dateupdated", "datemodified", "changedat", "updatetime", "lastmodifiedat"),
)

_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss"), ("s", ""))


def plain(name: str) -> str:
    """A name without letter case and separators: `pet_id` and `petId` are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def singular(word: str) -> str:
    """An English noun in the singular, judged by its ending."""
    lowered = word.lower()
    for ending, instead in _ENDINGS:
        if lowered.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word


def named(known: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of the names `known` that are one of the plain `names`."""
    return [one for one in known if plain(one) in names]


def scalar_types(schema: Mapping[str, Any]) -> frozenset[str]:
    """The types except null that a flat schema allows: its own, or those of its branches and values."""
    found = set(types_of(dict(schema)))
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if isinstance(branch, dict):
            found |= scalar_types(branch)
    for value in schema.get("enum", ()) if not found else ():
        found.add({bool: "boolean", int: "integer", float: "number", str: "string"}.get(type(value), "object"))
    return frozenset(found - {"null"})


def is_integer(schema: Mapping[str, Any]) -> bool:
    """Whether a flat schema describes an integer."""
    return scalar_types(schema) == {"integer"}
