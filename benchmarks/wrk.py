"""Load from wrk (https://github.com/wg/wrk), and its report."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.machine import client_core, on_core, tool
from benchmarks.processes import Running

WHATS = ("list", "get", "register", "invalid")
"""The kinds of requests in `peers/requests.lua`."""

_SCRIPT = Path(__file__).parent / "peers" / "requests.lua"
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Report:
    """Wrk's report: requests in total and per second, error responses (4xx, 5xx), latencies in ms."""

    requests: int
    per_second: float
    refused: int
    p50: float
    p99: float


def loaded(port: int, what: str, path: str, *, connections: int, seconds: int, first: int) -> Report:
    """Send requests of one kind to `path`; registered numbers count up from `first`.

    Raises BenchmarkError.
    """
    command = [*on_core(client_core()), tool("wrk"), "--latency", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{port}", "--", what, path, str(first)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 30)
    except subprocess.CalledProcessError as error:
        raise BenchmarkError(f"wrk ends with {error.returncode}: {error.stderr.strip()}") from None
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"wrk does not end in {seconds + 30} s: is the server still there?") from None
    return read(done.stdout)


@dataclass(frozen=True, slots=True)
class Loads:
    """By kind of request: wrk's report, and the server's CPU time for a request in microseconds."""

    reports: Mapping[str, Report]
    busy_us: Mapping[str, float]


def measured_loads(server: Running, paths: Mapping[str, str], *, connections: int, seconds: int) -> Loads:
    """The loads of each kind in turn, at its path, each after a second to warm up.

    Raises BenchmarkError, also if a request is refused.
    """
    reports: dict[str, Report] = {}
    busy_us: dict[str, float] = {}
    for index, (what, path) in enumerate(paths.items()):
        first = 10_000_000 * index
        loaded(server.port, what, path, connections=connections, seconds=1, first=5_000_000_000 + first)
        before_s = server.busy_s()
        report = loaded(server.port, what, path, connections=connections, seconds=seconds, first=first)
        if report.refused:
            raise BenchmarkError(f"{what}: {report.refused} of {report.requests} requests were refused")
        busy_us[what] = (server.busy_s() - before_s) / max(report.requests, 1) * 1e6
        reports[what] = report
    return Loads(reports, busy_us)


def read(text: str) -> Report:
    """The report in wrk's output. Raises BenchmarkError for other output and for broken connections."""
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+)", text)
    if broken and any(int(count) for count in broken.groups()):
        raise BenchmarkError(f"the server broke connections: {broken[0]}")
    return Report(
        int(_found(r"(\d+) requests in", text)),
        float(_found(r"Requests/sec:\s*([\d.]+)", text)),
        int(_found(r"Non-2xx or 3xx responses: (\d+)", text, "0")),
        _latency_ms("50%", text),
        _latency_ms("99%", text),
    )


def _found(pattern: str, text: str, otherwise: str | None = None) -> str:
    match = re.search(pattern, text)
    if match:
        return match[1]
    if otherwise is None:
        raise BenchmarkError(f"wrk reports no {pattern}, but: {text.strip() or 'nothing'}")
    return otherwise


def _latency_ms(share: str, text: str) -> float:
    """One line of wrk's latency distribution."""
    value = _found(rf"\s{share}\s+([\d.]+[a-z]+)", text)
    unit = value.lstrip("0123456789.")
    return float(value.removesuffix(unit)) * _MS[unit]
