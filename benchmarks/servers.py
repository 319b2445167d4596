"""The servers to measure: this project's and its alternatives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from benchmarks.installing import Home, Packages
from benchmarks.machine import tool
from benchmarks.phones import Phones, older_document, plain_document, wiremock_stubs

REFERENCE = "openapi-backend"
"""The reference: the fastest known peer that keeps state and validates."""

_SCRIPTS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Api:
    """The paths of a server's API, with the placeholders {key}, {page}, {status}, {type} and {text}.

    `records` and `total` are fields of a page, `key` is a field of a record.
    """

    collection: str
    list: str
    item: str
    page: str
    status: str
    status_and_type: str
    search: str
    records: str
    total: str
    key: str


def _documented(base: str) -> Api:
    """The API of the document."""
    collection = f"{base}/phones"
    return Api(
        collection,
        list=collection,
        item=f"{collection}/{{key}}",
        page=f"{collection}?page={{page}}&limit=10",
        status=f"{collection}?status={{status}}",
        status_and_type=f"{collection}?status={{status}}&type={{type}}",
        search=f"{collection}?search={{text}}",
        records="phones",
        total="total",
        key="uuid",
    )


_DOCUMENTED = _documented("/api")
_CONTAINS = ",".join(f'{{"{member}":{{"contains":"TEXT"}}}}' for member in ("number", "name", "provider"))
_WHERE = quote(f'{{"or":[{_CONTAINS}]}}').replace("TEXT", "{text}")
_PAGED = "_page=1&_per_page=10"
_JSON_SERVER = Api(
    "/phones",
    list=f"/phones?{_PAGED}",
    item="/phones/{key}",
    page="/phones?_page={page}&_per_page=10",
    status=f"/phones?status={{status}}&{_PAGED}",
    status_and_type=f"/phones?status={{status}}&type={{type}}&{_PAGED}",
    search=f"/phones?_where={_WHERE}&{_PAGED}",
    records="data",
    total="items",
    key="id",
)

Command = Callable[[Home, Phones], Sequence[str]]
"""Writes the files that a server needs, and returns its command line; {port} is filled in later."""


@dataclass(frozen=True, slots=True)
class Server:
    """One row. `about` describes its setup; with `grows` it is also measured with many phones.

    `warm_up_s` is the duration of the warm-up for each kind of request.
    """

    name: str
    about: str
    command: Command
    packages: Packages | None = None
    api: Api = _DOCUMENTED
    keeps_state: bool = True
    validates: bool = True
    grows: bool = False
    warm_up_s: int = 1

    @property
    def nature(self) -> str:
        """Whether it keeps state and validates, for the table."""
        return {
            (True, True): "keeps state, validates",
            (True, False): "keeps state",
            (False, True): "validates",
            (False, False): "neither",
        }[self.keeps_state, self.validates]


def _ours(*options: str) -> Command:
    def command(_home: Home, phones: Phones) -> list[str]:
        return [sys.executable, "-m", "mock_server", "--data", str(phones.array()), "--port", "{port}", *options]

    return command


def _openapi_backend(home: Home, phones: Phones) -> list[str]:
    files = [str(plain_document(home.folder)), str(phones.array())]
    # The script is outside the folder of its packages.
    return ["env", f"NODE_PATH={home.modules}", tool("node"), str(_SCRIPTS / "openapi_backend.cjs"), *files, "{port}"]


def _prism(home: Home, _phones: Phones) -> list[str]:
    start = [tool("node"), str(home.modules / "@stoplight/prism-cli/dist/index.js"), "mock"]
    where = ["--host", "127.0.0.1", "--port", "{port}"]
    return [*start, *where, "--verboseLevel", "error", str(plain_document(home.folder))]


def _json_server(home: Home, phones: Phones) -> list[str]:
    file = phones.json_server_file(home.folder)
    script = home.modules / "json-server" / "lib" / "bin.js"
    return [tool("node"), str(script), str(file), "--host", "127.0.0.1", "--port", "{port}"]


def _mockoon(home: Home, _phones: Phones) -> list[str]:
    start = [tool("node"), str(home.modules / "@mockoon/cli/bin/run.js"), "start"]
    where = ["--hostname", "127.0.0.1", "--port", "{port}", "--disable-admin-api", "--disable-log-to-file"]
    return [*start, "--data", str(plain_document(home.folder)), *where]


def _wiremock(home: Home, phones: Phones) -> list[str]:
    jar = home.modules / "wiremock" / "build" / "wiremock-standalone-3.13.2.jar"
    where = ["--bind-address", "127.0.0.1", "--port", "{port}", "--root-dir", str(wiremock_stubs(home.folder, phones))]
    return [tool("java"), "-jar", str(jar), *where, "--no-request-journal", "--disable-banner"]


def _connexion(home: Home, phones: Phones) -> list[str]:
    files = [str(older_document(home.folder)), str(phones.array())]
    return [str(home.python), str(_SCRIPTS / "connexion_phones.py"), *files, "{port}"]


def _npm(*names: str) -> Packages:
    return Packages("npm", names)


PRISM_PACKAGES = _npm("@stoplight/prism-cli@5.16.0")

_OURS = Server("callcamp-mock", "with its defaults; the log goes to /dev/null", _ours(), grows=True)

SERVERS = (
    _OURS,
    replace(_OURS, name="callcamp-mock --no-log", about="without a log", command=_ours("--no-log"), grows=False),
    Server(
        REFERENCE,
        "5.21.2, with our handlers and a Map on node's http module; reports only the first violation",
        _openapi_backend,
        _npm("openapi-backend@5.21.2"),
        grows=True,
    ),
    Server(
        "connexion",
        "3.3.0, with our asynchronous handlers and a dictionary, on uvicorn; uses the document in OpenAPI 3.0",
        _connexion,
        Packages("pip", ("connexion[uvicorn]==3.3.0",)),
    ),
    Server(
        "json-server",
        "1.0.0-beta.15, which writes its file at every change and has its own query language",
        _json_server,
        _npm("json-server@1.0.0-beta.15"),
        _JSON_SERVER,
        validates=False,
        grows=True,
    ),
    Server(
        "Prism",
        "5.16.0, which returns the document's examples; logs only errors",
        _prism,
        PRISM_PACKAGES,
        _documented(""),
        keeps_state=False,
    ),
    Server(
        "WireMock",
        "3.13.2, three hand-written stubs, no journal; warmed up for five seconds instead of one",
        _wiremock,
        _npm("wiremock@3.13.2"),
        warm_up_s=5,
        keeps_state=False,
        validates=False,
    ),
    Server(
        "Mockoon",
        "9.9.0, its command; generates responses from the document",
        _mockoon,
        _npm("@mockoon/cli@9.9.0"),
        keeps_state=False,
        validates=False,
    ),
)
