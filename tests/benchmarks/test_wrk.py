"""What wrk reports."""

from __future__ import annotations

import re

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.wrk import Report, read

REPORT = """\
Running 2s test @ http://127.0.0.1:4011
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.41ms    1.03ms  14.22ms   86.14%
    Req/Sec     6.70k   512.09     7.52k    70.00%
  Latency Distribution
     50%  870.00us
     75%    2.80ms
     90%    3.49ms
     99%    1.20s
  13340 requests in 2.00s, 21.95MB read
  Non-2xx or 3xx responses: 12
Requests/sec:   6666.47
Transfer/sec:     10.97MB
"""


def test_report_is_read() -> None:
    """Requests, rate and refusals are those of the report, and latencies are in milliseconds, whatever their unit."""
    assert read(REPORT) == Report(requests=13340, per_second=6666.47, refused=12, p50=0.87, p99=1200.0)


def test_nothing_refused() -> None:
    """A report that does not speak of refusals has none."""
    assert read(REPORT.replace("  Non-2xx or 3xx responses: 12\n", "")).refused == 0


@pytest.mark.parametrize(
    ("broken", "accepted"), [("connect 0, read 3, write 0", False), ("connect 0, read 0, write 0", True)]
)
def test_broken_connections(broken: str, accepted: bool) -> None:
    """Connections that the server breaks make a report worthless; answers that were only late do not."""
    text = REPORT.replace("  Non-2xx", f"  Socket errors: {broken}, timeout 4\n  Non-2xx")
    if accepted:
        assert read(text).requests == 13340
    else:
        with pytest.raises(BenchmarkError, match=re.escape(f"breaks connections: Socket errors: {broken}")):
            read(text)


def test_no_report() -> None:
    """Where wrk says something else, the error repeats it."""
    with pytest.raises(BenchmarkError, match="unable to connect"):
        read("unable to connect to 127.0.0.1:4011 Connection refused\n")
