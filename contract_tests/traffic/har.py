"""Reads recordings in the HTTP Archive format (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict

from contract_tests.traffic.secrets import secrets_in

_MOST_BYTES = 256_000_000
"""The largest accepted file: JSON takes several times its size in memory."""
_WITHOUT_BODY = (204, 304)


class HarError(Exception):
    """A recording that can't be read. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """One request and its response.

    `began_s` and `ended_s` are in seconds since 1970. `url` has no fragment and no password. `status` is 0 without a
    response. `body` and `content` are None if the recording left them out. `authorized` is whether the request
    had an Authorization; the headers of requests are not kept. `secrets` are texts that must not be shown.
    """

    began_s: float
    ended_s: float
    method: str
    url: str
    authorized: bool
    content_type: str
    body: bytes | None
    status: int
    headers: Mapping[str, str]
    content: bytes | None
    secrets: frozenset[str]


def read_recordings(files: Sequence[Path], names: Collection[str] = ()) -> list[RecordedExchange]:
    """The HTTP exchanges of all files, in the order of their requests. Raises HarError.

    `names` are those of headers and parameters that hold secrets, in addition to the usual ones.
    """
    found = [exchange for file in files for exchange in _read(file, names)]
    return sorted(found, key=lambda one: one.began_s)


def _read(file: Path, names: Collection[str]) -> Iterator[RecordedExchange]:
    for number, entry in enumerate(_entries(file), 1):
        try:
            if urlsplit(entry["request"]["url"]).scheme in ("http", "https"):
                yield _exchange(entry, names)
        except KeyError as error:
            raise HarError(f"{file}: entry {number} is not valid HAR 1.2: it has no {error.args[0]}") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise HarError(f"{file}: entry {number} is not valid HAR 1.2: {error}") from None


def _entries(file: Path) -> list[Any]:
    advice = "save one with the network tools of a browser, or with a proxy"
    try:
        size = file.stat().st_size
        if size > _MOST_BYTES:
            limit = f"at most {_MOST_BYTES // 1_000_000} MB are read; record fewer requests, or several files"
            raise HarError(f"{file}: has {size // 1_000_000:,} MB; {limit}")
        entries = json.loads(file.read_bytes().decode("utf-8-sig"))["log"]["entries"]
    except OSError as error:
        raise HarError(f"{file}: can't be read ({error.strerror}); name a HAR file") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise HarError(f"{file}: is not a HAR file: it is not JSON with log.entries; {advice}") from None
    if not isinstance(entries, list):
        raise HarError(f"{file}: is not a HAR file: log.entries is not an array; {advice}")
    return entries


def _exchange(entry: Mapping[str, Any], names: Collection[str]) -> RecordedExchange:
    request, response = entry["request"], entry["response"]
    sent, received = _headers(request), _headers(response)
    began_s = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    url = urlsplit(request["url"])
    body = _body(request)
    content = _content(response, request["method"])
    host = url.netloc.rpartition("@")[2]
    return RecordedExchange(
        began_s=began_s,
        ended_s=began_s + max(0.0, float(entry.get("time") or 0)) / 1000,
        method=str(request["method"]).upper(),
        url=url._replace(netloc=host, fragment="").geturl(),
        authorized="Authorization" in sent,
        content_type=sent.get("Content-Type", ""),
        body=body,
        status=int(response["status"]),
        headers=received,
        content=content,
        secrets=secrets_in(request["url"], [*_fields(request), *_fields(response)], [body, content], names),
    )


def _fields(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    # Browsers show the pseudo-headers of HTTP/2, such as :authority (RFC 9113, section 8.3), as headers.
    pairs = [(str(one["name"]), str(one["value"])) for one in message["headers"]]
    return [(name, value) for name, value in pairs if not name.startswith(":")]


def _headers(message: Mapping[str, Any]) -> Mapping[str, str]:
    """The headers by name; repeated ones are joined (RFC 9110, section 5.3), except Set-Cookie."""
    joined: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for name, value in _fields(message):
        # Some browsers write the lines of a repeated header into one value.
        text = value.replace("\n", ", ")
        joined[name] = f"{joined[name]}, {text}" if name in joined else text
    return joined


def _body(request: Mapping[str, Any]) -> bytes | None:
    """The body of a request, b"" for none; None if the recording left it out."""
    posted = request.get("postData")
    if posted is None:
        return None if (request.get("bodySize") or 0) > 0 else b""
    text = posted.get("text")
    if text is None or (text == "" and posted.get("comment")):
        return None
    return str(text).encode("utf-8", "surrogatepass")


def _content(response: Mapping[str, Any], method: str) -> bytes | None:
    """The body of a response; None if the recording left it out."""
    if method == "HEAD" or int(response["status"]) in _WITHOUT_BODY:
        return b""
    content = response["content"]
    text = content.get("text")
    if text is None:
        return b"" if content.get("size") == 0 and not content.get("comment") else None
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError("the base64 of a body is broken") from None
    return str(text).encode("utf-8", "surrogatepass")
