"""Reading wrk's report."""

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


def test_the_wrk_report_is_parsed() -> None:
    """The requests, the rate and the errors are read, and latencies are converted to milliseconds."""
    assert read(REPORT) == Report(requests=13340, per_second=6666.47, refused=12, p50=0.87, p99=1200.0)


def test_a_report_without_an_error_line_has_no_errors() -> None:
    """A report without a line for errors has none."""
    assert read(REPORT.replace("  Non-2xx or 3xx responses: 12\n", "")).refused == 0


@pytest.mark.parametrize(
    ("broken", "accepted"), [("connect 0, read 3, write 0", False), ("connect 0, read 0, write 0", True)]
)
def test_broken_connections_are_an_error(broken: str, accepted: bool) -> None:
    """Connections broken by the server are an error; late responses are not."""
    text = REPORT.replace("  Non-2xx", f"  Socket errors: {broken}, timeout 4\n  Non-2xx")
    if accepted:
        assert read(text).requests == 13340
    else:
        with pytest.raises(BenchmarkError, match=re.escape(f"broke connections: Socket errors: {broken}")):
            read(text)


def test_other_output_is_an_error_that_repeats_it() -> None:
    """The error for other output repeats it."""
    with pytest.raises(BenchmarkError, match="unable to connect"):
        read("unable to connect to 127.0.0.1:4011 Connection refused\n")
