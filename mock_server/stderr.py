"""Lines on stderr, each written at once so that they never mix."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

from openapi.wording import printable


def failure_line(method: str, path: str, error: BaseException | None) -> str:
    """An unexpected error in one line: the request, the error and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return printable(f"{method} {path!r}: {type(error).__name__}: {error}{where}".replace("\n", " "))


class _FailurePrinter(logging.Handler):
    """Prints unexpected errors, and no other log records."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Exception):
            print_line(failure_line(getattr(record, "method", ""), getattr(record, "path", ""), error))


FAILURES = logging.getLogger(__name__)
"""Log unexpected errors here, with `method` and `path` as `extra` if they belong to a request."""

FAILURES.propagate = False
FAILURES.addHandler(_FailurePrinter())


def print_line(line: str) -> None:
    """Write `line` to stderr; ignore a closed one."""
    try:
        sys.stderr.write(f"{line}\n")
    except (OSError, ValueError):
        return
