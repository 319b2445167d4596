"""Judges by the first response whether the target is the service of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urljoin

from contract_tests.target.client import Call, Client, NoResponseError, ReceivedResponse, TargetLostError
from contract_tests.target.printing import printable
from openapi import Contract, Response

_NO_SUCH_PATH = "/callcamp-check-sends-this-to-a-path-that-does-not-exist"
_GATEWAY_ERRORS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_LONGEST_NAME = 80


class WrongTargetError(Exception):
    """The target is not a service that can be checked. `str()` of it is the whole message."""


def check_target(client: Client, contract: Contract) -> ReceivedResponse:
    """Send a first request, of a list if there is one, and return its response.

    Another one is sent if the response is 404 or a gateway's. A response that can't be read is one of the service, too:
    properties judge it. Raises WrongTargetError.
    """
    path = next(_readable(contract), None)
    try:
        response = client.send(Call("GET", path or "/"))
        problems = _problems(client, contract, path, response) if path else _gateway_problems(client, "/", response)
        problem = next(problems, "")
    except (NoResponseError, TargetLostError) as error:
        if not (isinstance(error, NoResponseError) and error.is_unreadable):
            raise WrongTargetError(str(error)) from None
        response, problem = client.trace[-1].response, ""
    if problem:
        raise WrongTargetError(f"{client.base_url} {problem}")
    client.forget()
    return response


def _readable(contract: Contract) -> Iterator[str]:
    """The paths of GET operations without path parameters, those of lists first."""
    yield from (resource.collection for resource in contract.resources.values() if "{" not in resource.collection)
    yield from (
        operation.path
        for operation in contract.operations.values()
        if operation.method == "GET" and "{" not in operation.path
    )


def _problems(client: Client, contract: Contract, path: str, response: ReceivedResponse) -> Iterator[str]:
    """What is wrong with the target."""
    status = response.status
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        sent = "the token" if client.token else "requests without a token"
        advice = "set CALLCAMP_TOKEN to a valid one, or write --token-file; for an API key, write --header-file"
        yield f"rejects {sent} ({status}); {advice}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        yield f"limits requests: GET {path} got {status} each time; wait, then write a lower --rate"
    declared = _declared(contract, path, status)
    if 300 <= status < 400 and declared is None:
        yield _redirected(client, path, response)
    if 200 <= status < 300 and _is_page(response) and not (declared and "text/html" in declared.content):
        yield f"answers GET {path} with an HTML page{_titled(response)} instead of JSON; {_advice(client, contract)}"
    yield from _gateway_problems(client, path, response)
    if status == HTTPStatus.NOT_FOUND:
        yield from _path_problems(client, contract, path, response)


def _path_problems(client: Client, contract: Contract, path: str, response: ReceivedResponse) -> Iterator[str]:
    """A 404 that is not about a list: that of any path, or one without the base path."""
    if _alike(response, client.send(Call("GET", _NO_SUCH_PATH)), path):
        yield f"answers GET {path} with 404, as it does for a path that does not exist; {_advice(client, contract)}"
    elif _lacks_base_path(client, contract):
        there = f"{contract.base_path}{path}"
        # A 404 may suggest the nearest path, and so be unlike that of another path.
        if client.send(Call("GET", there)).status != HTTPStatus.NOT_FOUND:
            yield f"answers GET {path} with 404, but knows {there}; {_advice(client, contract)}"


def _gateway_problems(client: Client, path: str, response: ReceivedResponse) -> Iterator[str]:
    """A gateway's error. In JSON it may be the service's own, which then knows that another path does not exist."""
    if response.status not in _GATEWAY_ERRORS:
        return
    if not _is_json(response) or _alike(response, client.send(Call("GET", _NO_SUCH_PATH)), path):
        sees = f"answers GET {path} with {response.status}{_titled(response)}"
        yield f"{sees}, as a proxy does; is the service behind it running?"


def _declared(contract: Contract, path: str, status: int) -> Response | None:
    """The response that the GET of a path declares for a status, by that status or its class, or None."""
    operations = (one for one in contract.operations.values() if (one.method, one.path) == ("GET", path))
    found = [one.response_for(status) for one in operations]
    return next((one for one in found if one is not None and one.status != "default"), None)


def _redirected(client: Client, path: str, response: ReceivedResponse) -> str:
    location = response.headers.get("Location", "")
    where = urljoin(client.base_url + path, location)
    address = where.partition("?")[0]
    shown = printable(address)[:_LONGEST_NAME] if location else "no location"
    base = address.removesuffix(path)
    if base not in (address, client.base_url):
        return f"redirects GET {path} to {shown} ({response.status}); write --target {printable(base)}"
    return f"redirects GET {path} to {shown} ({response.status}); write the address of the API itself, or a valid token"


def _advice(client: Client, contract: Contract) -> str:
    if _lacks_base_path(client, contract):
        return f"is the base path missing? Try --target {client.base_url}{contract.base_path}"
    return "write --target with the base path of the API"


def _lacks_base_path(client: Client, contract: Contract) -> bool:
    return bool(contract.base_path) and not client.base_url.endswith(contract.base_path)


def _alike(first: ReceivedResponse, second: ReceivedResponse, path: str) -> bool:
    """Whether two responses differ only in the path that they may repeat, and in numbers such as a request's."""
    return first.status == second.status and _shape(first, path) == _shape(second, _NO_SUCH_PATH)


def _shape(response: ReceivedResponse, path: str) -> tuple[str, bytes]:
    text = response.content.replace(path.strip("/").encode(), b"")
    # Identifiers and times of a request differ each time.
    text = re.sub(rb"[0-9a-fA-F]*[0-9][0-9a-fA-F:.TZ-]*", b"", text)
    return response.headers.get("Content-Type", ""), text


def _is_page(response: ReceivedResponse) -> bool:
    media_type = response.headers.get("Content-Type", "").lower()
    return media_type.startswith(("text/html", "application/xhtml")) and response.content.lstrip().startswith(b"<")


def _is_json(response: ReceivedResponse) -> bool:
    return "json" in response.headers.get("Content-Type", "").lower()


def _titled(response: ReceivedResponse) -> str:
    """The title of a page, ready for a sentence; '' if it has none."""
    title = re.search(rb"<(title|h1)[^>]*>([^<]+)<", response.content[:10_000], re.IGNORECASE)
    text = printable(" ".join(title[2].decode(errors="replace").split())) if title else ""
    return f' titled "{text[:_LONGEST_NAME]}"' if text else ""
