"""Serves a mock: one process, one thread, one event loop, and uvicorn's protocol for each connection.

`serve` runs in an event loop until it is stopped; `MockServer` runs it in a thread.
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
from mock_server.server.recording_file import RecordingFile
from mock_server.server.reload import watch
from mock_server.server.state_file import StateFile
from mock_server.server.tls import TlsIdentity, identity
from mock_server.settings.settings import Settings, read_settings
from mock_server.web.app import MockApp, create_app
from openapi.contract import Contract

_LONGEST_STOP_S = 0.5
_GLANCE_S = 0.001


def check_exposure(listener: Listener, settings: Settings) -> None:
    """Raise AddressError if another machine could use /__mock/, or the service behind the mock."""
    if settings.upstream is not None and settings.token is None and not listener.is_loopback:
        listener.close()
        raise AddressError(
            f"--host {settings.host} lets other machines use the upstream service with your credentials: "
            "add --token-file (or CALLCAMP_TOKEN)"
        )
    if settings.admin and settings.admin_token is None and not listener.is_loopback:
        listener.close()
        raise AddressError(
            f"--host {settings.host} exposes /__mock/ to other machines: "
            "add --admin-token-file (or CALLCAMP_ADMIN_TOKEN), or --no-admin"
        )


async def serve(app: MockApp, listener: Listener, ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Serve `app` on `listener` until `stop` is set. Calls `ready` once connections are accepted.

    At the end it closes idle connections at once, and gives the others half a second.
    """
    dispatcher = Dispatcher(app, (listener.host, listener.port), "https" if listener.identity else "http")
    settings, state = protocol_settings(), ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(settings, state, dispatcher),
        sock=listener.socket,
        backlog=MOST_NOT_ACCEPTED,
        ssl=_tls(listener.identity) if listener.identity else None,
    )
    ready()
    try:
        async with _upkeep(app, dispatcher):
            await stop.wait()
    finally:
        server.close()
        await _end(state)


async def _end(state: ServerState) -> None:
    """Close the connections: idle ones at once, the others after their response or after half a second."""
    for connection in tuple(state.connections):
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_STOP_S):
            while state.connections:
                await asyncio.sleep(_GLANCE_S)
    for connection in tuple(state.connections):
        connection.transport.abort()
    # A connection learns of its end in the loop's next iteration, an endless response some iterations later.
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
async def _upkeep(app: MockApp, dispatcher: Dispatcher) -> AsyncIterator[None]:
    """While serving, write the state file and the recording, and watch the document."""
    settings, now, tasks = app.mock.settings, [app], []

    def use(changed: MockApp) -> None:
        now[0] = dispatcher.application = changed

    at_end: list[Callable[[], None]] = []
    if settings.record:
        recording = dispatcher.recording = RecordingFile(settings.record)
        tasks.append(asyncio.ensure_future(recording.keep()))
        at_end.append(recording.write)
    if settings.state:
        file = StateFile(settings.state)
        tasks.append(asyncio.ensure_future(file.keep(lambda: now[0].mock)))
        at_end.append(lambda: file.write(now[0].mock))
    if settings.watch:
        tasks.append(asyncio.ensure_future(watch(app, use)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for write in at_end:
            write()
        if now[0].mock.upstream is not None:
            await now[0].mock.upstream.client.close()


class MockServer:
    """A mock in a thread of this process, for tests: `with MockServer() as mock: requests.get(mock.url + "/phones")`.

    `contract` is a contract, or the path of a document; None is the phone API. `options` have the names of the
    command's flags; by default it picks a free port, prints nothing and does not watch the document. What you register
    on `app` takes part in each request. With `self_check`, leaving the context raises InvalidResponseError if a
    response broke the contract. Raises what `create_app` and `Listener` raise, and SettingsError.
    """

    def __init__(self, contract: Contract | Path | None = None, clock: Clock | None = None, **options: Any) -> None:
        settings = read_settings({"port": 0, "log": False, "watch": False, **options}, {})
        self.app = create_app(contract, settings, clock)
        self.url = ""
        """The base URL of the API; empty until it serves."""
        self.authority: Path | None = None
        """With `tls`: the certificate (PEM) that clients must trust, while it serves."""
        self._executor = ThreadPoolExecutor(1, "callcamp-mock")
        self._started: Future[Callable[[], object]] = Future()
        self._serving: Future[None] = Future()

    def __enter__(self) -> MockServer:
        settings = self.app.mock.settings
        with ExitStack() as stack:
            own = stack.enter_context(identity(settings))
            self._listener = Listener(settings.host, settings.port, own)
            stack.callback(self._listener.close)
            check_exposure(self._listener, settings)
            self.url = self._listener.origin + self.app.mock.contract.base_path
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
            self._raise_for_invalid_response()

    def _raise_for_invalid_response(self) -> None:
        if self.app.self_check is not None and self.app.self_check.failures:
            raise self.app.self_check.failures[0]

    async def _serve(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(
            self.app,
            self._listener,
            lambda: self._started.set_result(lambda: loop.call_soon_threadsafe(stop.set)),
            stop,
        )
