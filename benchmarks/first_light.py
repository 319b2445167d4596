"""Measures the mock beside Prism and openapi-backend: start, memory, and requests per second at 16 connections.

    python -m benchmarks.first_light --scratch FOLDER [--rounds 3] [--seconds 2]

Needs Linux with two cores, taskset, wrk, node and npm; the peers are installed into FOLDER. Every server runs once in
each round, in shuffled order, pinned to one core with wrk on another, and must give the right answers before it is
measured. The table holds the medians of the rounds.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import click

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
DOCUMENT = ROOT / "openapi" / "phones.yaml"
PACKAGES = ("@stoplight/prism-cli@5.16.0", "openapi-backend@5.21.2")
SERVER_CORE, CLIENT_CORE = "1", "0"
CONNECTIONS = 16
PHONES = 12
REQUESTS = ("list", "get", "register", "invalid")
LONGEST_START_S = 30.0
WARM_UP_S = 1
WARM_UP_NUMBER = 60_000
"""The numbers from here on are for warming up; there are 80,000."""


@dataclass(frozen=True, slots=True)
class Server:
    """One row: how to start it at a port, below which path it serves, and whether what is registered can be read."""

    name: str
    command: Sequence[str]
    base: str
    keeps_state: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one server in one round; memory in MB, latencies in ms, by request."""

    first_answer_s: float
    memory_at_start: float
    memory_under_load: float
    per_second: Mapping[str, float]
    p50: Mapping[str, float]
    p99: Mapping[str, float]


class WrongAnswerError(Exception):
    """A server answers otherwise than the document says, so its figures would say nothing."""


@click.command()
@click.option("--scratch", type=click.Path(file_okay=False, path_type=Path), required=True, help="For the peers.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=2, show_default=True, help="How long each request is measured.")
@click.option("--seed", default=1, show_default=True, help="Decides the order within the rounds.")
def main(scratch: Path, rounds: int, seconds: int, seed: int) -> None:
    """Measure, and print the machine and the table in Markdown."""
    servers = list(installed(scratch))
    chance = random.Random(seed)
    figures: dict[str, list[Figures]] = {server.name: [] for server in servers}
    for turn in range(rounds):
        for server in chance.sample(servers, len(servers)):
            click.echo(f"round {turn + 1}: {server.name}", err=True)
            figures[server.name].append(measured(server, seconds))
    click.echo(machine() + "\n")
    click.echo("\n".join(table(figures)))


def installed(scratch: Path) -> Iterator[Server]:
    """Every server, with the peers installed into `scratch` and all given the same document and twelve phones."""
    scratch.mkdir(parents=True, exist_ok=True)
    scratch = scratch.resolve()
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", scratch, *PACKAGES], check=True)
    modules, phones, document = scratch / "node_modules", scratch / "phones.json", scratch / "phones.yaml"
    made = subprocess.run(
        [sys.executable, "-m", "fixtures", "-n", str(PHONES), "--seed", "1", "--format", "json"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    phones.write_bytes(made.stdout)
    # With this line, which only names the default, Prism takes any body.
    document.write_text(re.sub(r"^jsonSchemaDialect:.*\n", "", DOCUMENT.read_text(), flags=re.MULTILINE))
    ours = [sys.executable, "-m", "mock_server", "--data", str(phones), "--port", "{port}"]
    prism = ["node", str(modules / "@stoplight/prism-cli/dist/index.js"), "mock", "--host", "127.0.0.1"]
    bare = ["env", f"NODE_PATH={modules}", "node", str(PEERS / "openapi_backend.cjs"), str(document), str(phones)]
    yield Server("callcamp-mock", ours, "/api", keeps_state=True)
    yield Server("callcamp-mock --no-log", [*ours, "--no-log"], "/api", keeps_state=True)
    yield Server("openapi-backend, bare http, Map", [*bare, "{port}"], "/api", keeps_state=True)
    quiet = [*prism, "--verboseLevel", "error", "--port", "{port}", str(document)]
    yield Server("Prism, errors logged", quiet, "", keeps_state=False)


def measured(server: Server, seconds: int) -> Figures:
    """Start `server`, check its answers, and measure it. Raises WrongAnswerError."""
    with started(server) as (process, port, first_answer_s):
        at_start = memory_mb(process.pid)
        uuid = check(server, port)
        paths = {"list": "/phones", "get": f"/phones/{uuid}", "register": "/phones", "invalid": "/phones"}
        results = {}
        for what in REQUESTS:
            path = server.base + paths[what]
            wrk(port, what, path, WARM_UP_S, first=WARM_UP_NUMBER)
            results[what] = wrk(port, what, path, seconds, first=0)
        under_load = memory_mb(process.pid)
    per_second, p50, p99 = ({what: results[what][index] for what in REQUESTS} for index in range(3))
    return Figures(first_answer_s, at_start, under_load, per_second, p50, p99)


@contextmanager
def started(server: Server) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """A running server, its port, and the seconds from the command to the first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [part.replace("{port}", str(port)) for part in server.command]
    began = perf_counter()
    with subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while not answers(port, f"{server.base}/phones"):
                if process.poll() is not None or perf_counter() - began > LONGEST_START_S:
                    raise WrongAnswerError(f"{server.name} does not start: {' '.join(command)}")
                sleep(0.002)
            yield process, port, perf_counter() - began
        finally:
            process.kill()


def answers(port: int, path: str) -> bool:
    """Whether somebody answers with 200."""
    try:
        return call(port, "GET", path)[0] == 200
    except (OSError, HTTPException):
        return False


def call(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """The status and the JSON value of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {} if text is None else {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def check(server: Server, port: int) -> str:
    """Compare the answers with what the document says. Returns a phone's uuid. Raises WrongAnswerError."""
    collection = f"{server.base}/phones"

    def expect(status: int, method: str, path: str, body: object = None) -> Any:
        got, value = call(port, method, path, body)
        if got != status:
            raise WrongAnswerError(f"{server.name}: {method} {path} {body} is answered with {got}, not {status}")
        return value

    page = expect(200, "GET", collection)
    uuid: str = page["phones"][0]["uuid"]
    expect(200, "GET", f"{collection}/{uuid}")
    expect(400, "GET", f"{collection}?limit=1000")
    for body in ({"number": "0171"}, {"number": "+12025550143", "nmae": "x"}, {}):
        expect(400, "POST", collection, body)
    phone = expect(201, "POST", collection, {"number": "+19995550199"})
    if server.keeps_state:
        if (len(page["phones"]), page["total"]) != (10, PHONES) or phone["number"] != "+19995550199":
            raise WrongAnswerError(f"{server.name}: the list or the new phone is not what was given")
        expect(200, "GET", f"{collection}/{phone['uuid']}")
        expect(409, "POST", collection, {"number": "+19995550199"})
        expect(200, "DELETE", f"{collection}/{phone['uuid']}")
        expect(404, "GET", f"{collection}/{phone['uuid']}")
    return uuid


def wrk(port: int, what: str, path: str, seconds: int, first: int) -> tuple[float, float, float]:
    """Requests per second, and the latencies p50 and p99 in ms. Raises WrongAnswerError where a status was wrong."""
    done = subprocess.run(
        [
            *("taskset", "-c", CLIENT_CORE, "wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"),
            *("-s", str(PEERS / "requests.lua"), f"http://127.0.0.1:{port}", "--", what, path, str(first)),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=seconds + 30,
    ).stdout
    count = int(found(r"(\d+) requests in", done))
    refused = int(found(r"Non-2xx or 3xx responses: (\d+)", done, "0"))
    # The phones that were there first have numbers of the same ranges.
    most = {"register": PHONES, "invalid": count}.get(what, 0)
    if refused > most or (what == "invalid" and refused < count):
        raise WrongAnswerError(f"{what}: {refused} of {count} requests were refused")
    return float(found(r"Requests/sec:\s*([\d.]+)", done)), latency_ms("50%", done), latency_ms("99%", done)


def found(pattern: str, text: str, otherwise: str | None = None) -> str:
    """What the first group of `pattern` matches in wrk's report."""
    match = re.search(pattern, text)
    if match is None and otherwise is None:
        raise WrongAnswerError(f"wrk reports no {pattern}: {text}")
    return match[1] if match else otherwise or ""


def latency_ms(share: str, text: str) -> float:
    """One line of wrk's distribution."""
    value = found(rf"{share}\s+([\d.]+(?:us|ms|s))", text)
    factor = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    unit = value.lstrip("0123456789.")
    return float(value.removesuffix(unit)) * factor[unit]


def memory_mb(pid: int) -> float:
    """The resident memory of a process (proc(5), VmRSS)."""
    return int(found(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())) / 1024


def machine() -> str:
    """The machine and the versions, in a line."""
    model = found(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), platform.machine())
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    system = f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}"
    return f"{model}, {system}, Python {platform.python_version()}, node {node}"


def table(figures: Mapping[str, Sequence[Figures]]) -> Iterator[str]:
    """The medians, in Markdown."""
    yield "| | first answer, s | memory, MB: start > load | " + " | ".join(f"{what}/s" for what in REQUESTS) + " |"
    yield "| --- " * (3 + len(REQUESTS)) + "|"
    for name, rounds in figures.items():
        start = median(one.first_answer_s for one in rounds)
        memory = [median(one.memory_at_start for one in rounds), median(one.memory_under_load for one in rounds)]
        cells = [f"{start:.2f}", f"{memory[0]:.0f} > {memory[1]:.0f}"]
        for what in REQUESTS:
            p50, p99 = median(one.p50[what] for one in rounds), median(one.p99[what] for one in rounds)
            cells.append(f"{median(one.per_second[what] for one in rounds):,.0f} ({p50:.1f}, {p99:.1f})")
        yield f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
