"""The Link header (RFC 8288), and the query parameters in its URLs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s\";,]*))?)*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)


def link_to(text: Any, relation: str) -> str | None:
    """The URL in a Link header with this relation; None if there is none."""
    for url, parameters in _LINK.findall(text) if isinstance(text, str) else ():
        found = _RELATION.search(parameters)
        if found and relation in (found[1] or found[2] or "").lower().split():
            return str(url)
    return None


def parameter_of(url: Any, name: str) -> str | None:
    """The value of a query parameter in a URL; None if it has none."""
    query = parse_qs(urlsplit(url).query, keep_blank_values=True) if isinstance(url, str) else {}
    return query.get(name, [None])[0]
