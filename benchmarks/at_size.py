"""Measures the mock's figures at scale: delays, resets, sessions, memory, starts, reloads.

    python -m benchmarks.at_size [NAME ...]

Prints one line for each. The mock runs in its own process, as the command does. Memory comes from /proc, so it needs
Linux.
"""

from __future__ import annotations

import json
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, NamedTuple

from mock_server import MockServer
from openapi import PHONES

LIST = "/api/phones"
TYPED = {"Content-Type": "application/json"}


class Client:
    """A keep-alive connection to a mock, in one session."""

    def __init__(self, port: int, session: str = "default") -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._session = {"X-Mock-Session": session}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Send a request; returns the status and the body of the response."""
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, {**self._session, **(TYPED if data else {}), **headers})
        response = self._connection.getresponse()
        return response.status, response.read()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the response. Raises RuntimeError for a status of 400 or more."""
        status, text = self(method, path, body)
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {text!r}")
        return json.loads(text)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Running(NamedTuple):
    """A mock in its own process: its port, and the seconds to its first response."""

    process: subprocess.Popen[str]
    port: int
    started_s: float

    def memory_mb(self) -> float:
        """Its resident memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """A mock with these arguments; it ends with the context."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--log", "off", "--seed", "1", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = next(line for line in process.stdout or () if line.startswith("listening on "))
            port = int(line.rpartition(":")[2].partition("/")[0])
            with closing(Client(port)) as client:
                client.json("GET", "/__mock/health")
            yield Running(process, port, time.perf_counter() - began)
        finally:
            process.kill()


def number(index: int) -> str:
    """A number under the unassigned calling code +999."""
    return f"+999{index:08}"


def delays() -> str:
    """How much longer than the delay a response takes."""
    late: list[float] = []
    with (
        running("--delay", "listPhones=200", "--delay", "registerPhone=100-500") as mock,
        closing(Client(mock.port)) as ask,
    ):
        one = f"{LIST}/{ask.json('GET', LIST)['phones'][0]['uuid']}"
        for headers, path, delay_ms in (({}, LIST, 200.0), ({"Prefer": "delay=300"}, one, 300.0)):
            for _ in range(50):
                began = time.perf_counter()
                ask("GET", path, **headers)
                late.append((time.perf_counter() - began) * 1000 - delay_ms)
        ranged = []
        for index in range(20):
            began = time.perf_counter()
            ask("POST", LIST, {"number": number(index)})
            ranged.append((time.perf_counter() - began) * 1000)
    late.sort()
    said = f"median {late[50]:.1f}, 95th {late[95]:.1f}, most {late[-1]:.1f}"
    return f"200 and 300 ms, a hundred times: late by {said} ms; 100-500 ms: {min(ranged):.0f} to {max(ranged):.0f}"


def faults() -> str:
    """Whether a seed repeats its sequence of faults."""

    def outcome(ask: Client) -> str:
        try:
            status, text = ask("GET", LIST)
        except (OSError, HTTPException) as error:
            ask.close()
            return type(error).__name__
        return f"{status} {len(text)}"

    found = []
    for seed in ("7", "7", "8"):
        with running("--profile", "flaky", "--delay", "0", "--seed", seed) as mock, closing(Client(mock.port)) as ask:
            found.append([outcome(ask) for _ in range(100)])
    kinds = sorted(set(found[0]))
    return (
        f"100 requests, seed 7 twice: the same is {found[0] == found[1]}; seed 8: {found[0] == found[2]}; seen: {kinds}"
    )


def reset() -> str:
    """How long a reset of 1,000 records takes, alone and with 50 concurrent writers, and the state after it."""
    with running("--empty") as mock, closing(Client(mock.port)) as ask:
        records = [{"number": number(index)} for index in range(1000)]
        for record in records:
            ask.json("POST", LIST, record)
        state = json.loads(ask("GET", "/__mock/state")[1])
    with TemporaryDirectory() as folder:
        data = Path(folder) / "thousand.json"
        data.write_text(json.dumps(state))
        with running("--data", str(data)) as mock, closing(Client(mock.port)) as ask:
            before = ask("GET", "/__mock/state")[1]
            alone = [timed_ms(lambda: ask.json("POST", "/__mock/reset")) for _ in range(30)]
            stop, totals = Event(), []

            def write(worker: int) -> int:
                with closing(Client(mock.port)) as own:
                    count = 0
                    while not stop.is_set():
                        own("POST", LIST, {"number": number(10_000_000 + worker * 100_000 + count)})
                        count += 1
                    return count

            with ThreadPoolExecutor(50) as pool:
                writers = [pool.submit(write, worker) for worker in range(50)]
                for _ in range(30):
                    ask.json("POST", "/__mock/reset")
                    totals.append(ask.json("GET", LIST)["total"])
                stop.set()
                written = sum(writer.result() for writer in writers)
            ask.json("POST", "/__mock/reset")
            same = ask("GET", "/__mock/state")[1] == before
    return (
        f"alone {statistics.median(alone):.1f} ms (most {max(alone):.1f}); 30 under 50 writers, who wrote {written}: "
        f"totals right after from {min(totals)} to {max(totals)}; the bytes of the state as at first: {same}"
    )


def timed_ms(act: Callable[[], object]) -> float:
    """The milliseconds that `act` takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def isolation() -> str:
    """Whether 50 workers with 200 operations each see only their own records."""

    def work(port: int, worker: int) -> int:
        with closing(Client(port, f"worker-{worker}")) as own:
            for index in range(40):
                phone = own.json("POST", LIST, {"number": number(index), "name": f"of {worker}"})
                own.json("PATCH", f"{LIST}/{phone['uuid']}", {"status": "active"})
                seen = own.json("GET", f"{LIST}/{phone['uuid']}")
                if (seen["name"], seen["status"]) != (f"of {worker}", "active"):
                    return 1
                own.json("DELETE", f"{LIST}/{phone['uuid']}")
                if own.json("GET", LIST)["total"] != 12:
                    return 1
            found = own.json("GET", "/__mock/requests?limit=1000")["requests"]
            return int(len(found) != 200)

    with running() as mock, ThreadPoolExecutor(50) as pool:
        began = time.perf_counter()
        wrong = sum(pool.map(lambda worker: work(mock.port, worker), range(50)))
        return f"50 workers, 200 operations each: {wrong} saw other records; {time.perf_counter() - began:.1f} s"


def sessions() -> str:
    """The memory of 10,000 sessions after reads and after writes, and of 10,000 when only 1,000 are kept."""
    said = []
    for kept in ("10000", "1000"):
        with running("--sessions", kept) as mock, closing(Client(mock.port)) as ask:
            figures = [mock.memory_mb()]
            for body in (None, {"number": number(1)}):
                for index in range(10_000):
                    ask("POST" if body else "GET", LIST, body, **{"X-Mock-Session": f"s{index}"})
                figures.append(mock.memory_mb())
            there = len(ask.json("GET", "/__mock/sessions")["sessions"])
        said.append(f"--sessions {kept}: {there} there; " + " > ".join(f"{figure:.0f}" for figure in figures) + " MB")
    return "; ".join(said)


def memory() -> str:
    """The memory before and after 200,000 requests, with the journal on."""
    with running() as mock, closing(Client(mock.port)) as ask:
        key = ask.json("GET", LIST)["phones"][0]["uuid"]
        began, figures = time.perf_counter(), [mock.memory_mb()]
        for index in range(1, 200_001):
            if index % 4 == 0:
                ask("POST", LIST, {"number": "0171"})
            else:
                ask("GET", f"{LIST}/{key}" if index % 2 else LIST)
            if index in (10_000, 100_000, 200_000):
                figures.append(mock.memory_mb())
        took = time.perf_counter() - began
    return (
        "after 0, 10,000, 100,000, 200,000 requests: "
        + " > ".join(f"{one:.1f}" for one in figures)
        + f" MB; {took:.0f} s"
    )


def starts() -> str:
    """The time to the first 200, to the exit, and to start a server in this process."""
    first, end, code = [], [], None
    for _ in range(5):
        with running() as mock:
            first.append(mock.started_s * 1000)
            began = time.perf_counter()
            mock.process.send_signal(signal.SIGTERM)
            code = mock.process.wait()
            end.append((time.perf_counter() - began) * 1000)
    own = []
    for _ in range(6):
        began = time.perf_counter()
        with MockServer():
            own.append((time.perf_counter() - began) * 1000)
    return (
        f"first 200 after {statistics.median(first):.0f} ms, SIGTERM to exit {code} {statistics.median(end):.0f} ms; "
        f"MockServer() {own[0]:.0f} ms, then {statistics.median(own[1:]):.0f} ms"
    )


def reload() -> str:
    """The time until an edit of the document takes effect."""
    with TemporaryDirectory() as folder:
        document = Path(folder) / "phones.yaml"
        shutil.copy(PHONES, document)
        text, took = document.read_text(), []
        with running("--spec", str(document)) as mock, closing(Client(mock.port)) as ask:
            ask.json("POST", LIST, {"number": number(1)})
            for limit in (11, 12, 13, 14, 15):
                document.write_text(text.replace("default: 10\n", f"default: {limit}\n"))
                began = time.perf_counter()
                while ask.json("GET", LIST)["limit"] != limit:
                    time.sleep(0.005)
                took.append((time.perf_counter() - began) * 1000)
            total = ask.json("GET", LIST)["total"]
    return f"live after {min(took):.0f} to {max(took):.0f} ms; records kept: {total} of 13"


MEASURES = {one.__name__: one for one in (delays, faults, reset, isolation, sessions, memory, starts, reload)}


def main(names: list[str]) -> None:
    """Measure the named figures, by default all."""
    for name in names or MEASURES:
        sys.stdout.write(f"{name}: {MEASURES[name]()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
