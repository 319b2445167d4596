"""Sends requests to the service, and returns its responses, or the reason why there is none."""

from __future__ import annotations

import asyncio
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from mock_server.settings.settings import SettingsError
from mock_server.settings.upstream_settings import UpstreamSettings

if TYPE_CHECKING:
    import aiohttp

MOST_BYTES = 16 * 1024 * 1024
"""The longest body of a response, without its content coding."""

_MOST_REDIRECTS = 5
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""Names and values of header fields (RFC 9110, section 5)."""

_CHUNK_BYTES = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


class Outgoing(NamedTuple):
    """A request to the service. `target` is the path below its base URL, and the query, both encoded.

    `follows`: redirects are followed, except for the statuses `expected`.
    """

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes
    follows: bool
    expected: frozenset[int] = frozenset()


class ServiceResponse(NamedTuple):
    """The service's response: `body` is without its content coding; names of `fields` are as they were sent."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes
    took_ms: float


class UpstreamError(Exception):
    """The service sent no response: `status` is 502 or 504 (RFC 9110, section 15.6). The message omits the address."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class UpstreamClient:
    """A client of one service, which keeps its connections. Use `send` in one event loop only."""

    def __init__(self, settings: UpstreamSettings) -> None:
        try:
            self._http = import_module("aiohttp")
        except ImportError:
            needed = "pip install 'callcamp-contract-kit[upstream]'"
            raise SettingsError(f"--upstream needs another package: {needed}") from None
        self._settings = settings
        self._tls = _tls(settings)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, outgoing: Outgoing) -> ServiceResponse:
        """The response to a request. Raises UpstreamError."""
        if self._session is None:
            self._session = self._opened()
        return await self._sent(self._session, outgoing)

    def send_now(self, outgoing: Outgoing) -> ServiceResponse:
        """The same without an event loop, on a separate connection. Raises UpstreamError."""

        async def send() -> ServiceResponse:
            async with self._opened() as session:
                return await self._sent(session, outgoing)

        # The caller may have a running loop in its thread.
        with ThreadPoolExecutor(1) as executor:
            return executor.submit(asyncio.run, send()).result()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        http = self._http
        session: aiohttp.ClientSession = http.ClientSession(
            connector=http.TCPConnector(ssl=self._tls),
            timeout=http.ClientTimeout(total=self._settings.timeout),
            # One client's cookies are not for another.
            cookie_jar=http.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Content-Type"),
        )
        return session

    async def _sent(self, session: aiohttp.ClientSession, outgoing: Outgoing) -> ServiceResponse:
        began_s, timeout_s = perf_counter(), self._settings.timeout
        try:
            # The session's timeout applies to one request; this one to all redirects together.
            async with asyncio.timeout(timeout_s):
                status, fields, body = await self._followed(session, outgoing)
        except TimeoutError:
            raise UpstreamError(504, f"The upstream service did not answer within {timeout_s:g} s.") from None
        except self._http.ClientError as error:
            raise UpstreamError(502, self._reason(error)) from None
        except (OSError, ValueError, AssertionError, LookupError):
            # An unexpected error of a parser or a decoder.
            raise UpstreamError(502, "The upstream service sent a response that can't be read.") from None
        return ServiceResponse(status, fields, body, (perf_counter() - began_s) * 1000)

    async def _followed(
        self, session: aiohttp.ClientSession, outgoing: Outgoing
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        url_of: Any = import_module("yarl").URL
        url = first = url_of(self._settings.url + outgoing.target, encoded=True)
        for _ in range(_MOST_REDIRECTS + 1):
            async with session.request(
                outgoing.method,
                url,
                headers=self._fields(outgoing),
                data=outgoing.body or None,
                allow_redirects=False,
            ) as response:
                if response.status < 200:
                    raise UpstreamError(502, "The upstream service tried to switch to another protocol.")
                location = response.headers.get("Location")
                goes_on = response.status in _REDIRECTS and response.status not in outgoing.expected
                if not goes_on or location is None or not outgoing.follows:
                    fields = [(name, _as_latin_1(text)) for name, text in response.headers.items()]
                    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(text) for name, text in fields):
                        raise UpstreamError(502, "The upstream service sent a header that HTTP does not allow.")
                    return response.status, fields, await _body(response)
            url = url.join(url_of(location))
            if url.origin() != first.origin() and url.origin() != first.with_scheme("https").origin():
                raise UpstreamError(502, "The upstream service redirects to another host, which is not followed.")
        raise UpstreamError(502, f"The upstream service redirects more than {_MOST_REDIRECTS} times.")

    def _fields(self, outgoing: Outgoing) -> list[tuple[str, str]]:
        """The fields to send; those of the settings replace a client's."""
        own = self._settings.headers
        names = {name.lower() for name in own}
        kept = [(name, _as_utf_8(text)) for name, text in outgoing.fields if name.lower() not in names]
        return [*kept, *own.items()]

    def _reason(self, error: Exception) -> str:
        """What went wrong, without the address in the library's message."""
        http = self._http
        said = {
            http.ClientConnectorCertificateError: "has a certificate that is not trusted; see --upstream-ca",
            http.ClientSSLError: "can't be reached by TLS",
            http.ClientConnectorDNSError: "has a host name that can't be resolved",
            http.ClientConnectorError: "can't be reached",
            http.ServerDisconnectedError: "closed the connection without a response",
            http.ClientPayloadError: "sent an incomplete or wrongly encoded response",
            http.ClientResponseError: "sent something that is not an HTTP response",
        }
        why = next((text for kind, text in said.items() if isinstance(error, kind)), "broke the connection")
        return f"The upstream service {why}."


def _as_utf_8(text: str) -> str:
    """A value with one character per byte, as the library writes it."""
    try:
        return text.encode("latin-1").decode()
    except ValueError:
        return text


def _as_latin_1(text: str) -> str:
    """A value as the library reads it, with one character per byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > MOST_BYTES:
            raise UpstreamError(502, f"The upstream service sent more than {MOST_BYTES} bytes.")
    return bytes(body)


def _tls(settings: UpstreamSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca is not None:
        try:
            context.load_verify_locations(settings.ca)
        except (OSError, ssl.SSLError):
            raise SettingsError(f"--upstream-ca: {settings.ca} has no certificates in PEM format") from None
    return context
