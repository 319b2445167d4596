"""The base path of the API: that of the document's first server, or the user's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from openapi.contract import Contract

_SEGMENTS = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*")
_OURS = ("__mock", "__s")


def read_base_path(value: str) -> str:
    """A base path such as `/api`, without a trailing slash; '' is the root. Raises ValueError."""
    path = value.rstrip("/")
    if not _SEGMENTS.fullmatch(path):
        raise ValueError(f"invalid path {value!r}; write it like /api, or / for the root")
    first = path[1:].partition("/")[0]
    if first in _OURS:
        raise ValueError(f"/{first} is reserved for the mock; choose another path")
    return path


def moved(contract: Contract, base_path: str) -> Contract:
    """The contract with this base path, in its document's first server too."""
    document = contract.document()
    servers = document.get("servers") or [{"url": "/"}]
    url = urlsplit(servers[0]["url"])._replace(path=base_path or "/").geturl()
    document["servers"] = [{**servers[0], "url": url}, *servers[1:]]
    encoded = json.dumps(document, ensure_ascii=False).encode()
    return replace(contract, base_path=base_path, encoded=encoded)
