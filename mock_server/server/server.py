"""Serves a mock: one process, one thread, one event loop, and uvicorn's protocol for each connection.

`serve` runs in an event loop until it is told to stop; `MockServer` runs it in a thread.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from uvicorn.server import ServerState

from mock_server.clock import Clock
from mock_server.server.dispatcher import Dispatcher
from mock_server.server.listener import MOST_NOT_ACCEPTED, AddressError, Listener
from mock_server.server.protocol import Connection, protocol_settings
from mock_server.server.reload import watch
from mock_server.server.state_file import StateFile
from mock_server.server.tls import TlsIdentity, identity
from mock_server.settings.settings import Settings, read_settings
from mock_server.web.app import MockApp, create_app
from openapi.contract import Contract

_LONGEST_STOP_S = 0.5
_GLANCE_S = 0.001


def check_exposure(place: Listener, settings: Settings) -> None:
    """Raise AddressError where another machine could use /__mock/."""
    if settings.admin and settings.admin_token is None and not place.is_loopback:
        place.close()
        raise AddressError(
            f"--host {settings.host} lets other machines in, to /__mock/ too: "
            "give --admin-token-file (or CALLCAMP_ADMIN_TOKEN), or --no-admin"
        )


async def serve(app: MockApp, place: Listener, ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Serve `app` at `place` until `stop` is set. `ready` is called once connections are accepted.

    In the end idle connections are closed at once; one that is being answered has half a second.
    """
    gateway = Dispatcher(app, (place.host, place.port), "https" if place.identity else "http")
    settings, state = protocol_settings(), ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(settings, state, gateway),
        sock=place.socket,
        backlog=MOST_NOT_ACCEPTED,
        ssl=_tls(place.identity) if place.identity else None,
    )
    ready()
    try:
        async with _upkeep(app, gateway):
            await stop.wait()
    finally:
        server.close()
        await _end(state)


async def _end(state: ServerState) -> None:
    """Close the connections: at once where nothing is to be answered, else after that, or in the end anyhow."""
    for connection in tuple(state.connections):
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_STOP_S):
            while state.connections:
                await asyncio.sleep(_GLANCE_S)
    for connection in tuple(state.connections):
        connection.transport.abort()
    # A connection hears of its end in the loop's next round, and a response that never ends in some more.
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_STOP_S):
            await asyncio.sleep(0)
            while state.tasks:
                await asyncio.sleep(_GLANCE_S)


def _tls(identity: TlsIdentity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity.certificate, identity.key)
    return context


@asynccontextmanager
async def _upkeep(app: MockApp, gateway: Dispatcher) -> AsyncIterator[None]:
    """Meanwhile, keep the records in their file, and take the document anew when it has changed."""
    settings, now, tasks = app.mock.settings, [app], []

    def take(changed: MockApp) -> None:
        now[0] = gateway.application = changed

    file = StateFile(settings.state) if settings.state else None
    if file is not None:
        tasks.append(asyncio.ensure_future(file.keep(lambda: now[0].mock)))
    if settings.watch:
        tasks.append(asyncio.ensure_future(watch(app, take)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if file is not None:
            file.write(now[0].mock)


class MockServer:
    """A mock in a thread of this process, for tests: `with MockServer() as mock: requests.get(mock.url + "/phones")`.

    `contract` is one that was read, or the path of a document; None is the packaged one. `options` are named as the
    command's flags; unless told otherwise it picks a free port, prints nothing and does not watch the document. What is
    registered on `app` before it starts is served too. With `self_check`, leaving it raises InvalidResponseError if an
    answer broke the contract.
    Raises what `create_app` and `Listener` raise, and SettingsError.
    """

    def __init__(self, contract: Contract | Path | None = None, clock: Clock | None = None, **options: Any) -> None:
        settings = read_settings({"port": 0, "log": False, "watch": False, **options}, {})
        self.app = create_app(contract, settings, clock)
        self.url = ""
        """The URL that the paths of the document follow; empty until it serves."""
        self.authority: Path | None = None
        """With `tls`: the certificate (PEM) that clients must trust, while it serves."""
        self._executor = ThreadPoolExecutor(1, "callcamp-mock")
        self._started: Future[Callable[[], object]] = Future()
        self._serving: Future[None] = Future()

    def __enter__(self) -> MockServer:
        settings = self.app.mock.settings
        with ExitStack() as stack:
            own = stack.enter_context(identity(settings))
            self._place = Listener(settings.host, settings.port, own)
            stack.callback(self._place.close)
            check_exposure(self._place, settings)
            self.url = self._place.origin + self.app.mock.contract.base_path
            self.authority = own.authority if own else None
            self._serving = self._executor.submit(asyncio.run, self._serve())
            both: set[Future[Any]] = {self._started, self._serving}
            wait(both, return_when=FIRST_COMPLETED)
            if self._serving.done():
                self._serving.result()
            self._held = stack.pop_all()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._started.result()()
        self._serving.result()
        self._executor.shutdown()
        self._held.close()
        if error is None:
            self._raise_for_invalid_answer()

    def _raise_for_invalid_answer(self) -> None:
        if self.app.self_check is not None and self.app.self_check.failures:
            raise self.app.self_check.failures[0]

    async def _serve(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(
            self.app,
            self._place,
            lambda: self._started.set_result(lambda: loop.call_soon_threadsafe(stop.set)),
            stop,
        )
