"""The recipe of docs/scale.md for several processes of the mock behind HAProxy."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from fixtures import number_pool
from mock_server.server.server import MockServer

PAGE = Path(__file__).parent.parent.parent / "docs" / "scale.md"
HAPROXY = shutil.which("haproxy")
SESSIONS = [f"worker-{number}" for number in range(12)]
LONGEST_S = 20

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed")


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def router(folder: Path, servers: list[MockServer]) -> Iterator[str]:
    """The URL of HAProxy with the configuration of the page, in front of these servers."""
    found = re.search(r"^```haproxy\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    port = free_port()
    ports = {"4010": str(port), "4011": _port(servers[0]), "4012": _port(servers[1])}
    text = re.sub(r"127\.0\.0\.1:(\d+)", lambda address: f"127.0.0.1:{ports[address[1]]}", found[1])
    configuration = folder / "haproxy.cfg"
    configuration.write_text(text, encoding="utf-8")
    process = subprocess.Popen([str(HAPROXY), "-db", "-f", str(configuration)], stderr=subprocess.PIPE)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=LONGEST_S)


def _port(server: MockServer) -> str:
    return server.url.partition("//")[2].partition("/")[0].rpartition(":")[2]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        with socket.socket() as client:
            client.settimeout(1)
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("haproxy does not listen")


def sessions_of(server: MockServer) -> set[str]:
    """The sessions that a process of the mock has, without the default one."""
    root = server.url.removesuffix("/api")
    listed = requests.get(f"{root}/__mock/sessions", timeout=LONGEST_S).json()
    return {name for name in SESSIONS if f'"{name}"' in str(listed).replace("'", '"')}


def test_a_session_stays_on_its_process(tmp_path: Path) -> None:
    """Requests of a session reach its records by path and by header, and sessions are spread over processes."""
    numbers = number_pool(5)
    with MockServer(seed=7) as one, MockServer(seed=7) as two, router(tmp_path, [one, two]) as url:
        for index, name in enumerate(SESSIONS):
            body = {"number": numbers[index], "name": name}
            created = requests.post(f"{url}/__s/{name}/api/phones", json=body, timeout=LONGEST_S)
            assert created.status_code == 201, created.text
        for name in SESSIONS:
            query = {"search": name}
            by_path = requests.get(f"{url}/__s/{name}/api/phones", query, timeout=LONGEST_S).json()
            by_header = requests.get(
                f"{url}/api/phones", query, headers={"X-Mock-Session": name}, timeout=LONGEST_S
            ).json()
            assert [phone["name"] for phone in by_path["phones"]] == [name]
            assert by_header["phones"] == by_path["phones"]
        first, second = sessions_of(one), sessions_of(two)
    assert first | second == set(SESSIONS)
    assert not first & second
    assert first
    assert second
