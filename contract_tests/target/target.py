"""The service under test: a URL, or a private mock. Nothing else in the check starts the mock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_LISTENING = "listening on "


class TargetError(Exception):
    """An invalid target. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class Target:
    """A service to check. `own` is a private mock that this run started."""

    base_url: str
    own: bool

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine."""
        return urlsplit(self.base_url).hostname in ("127.0.0.1", "::1", "localhost")


@contextmanager
def opened(name: str, spec: Path, overlays: Sequence[Path] = ()) -> Iterator[Target]:
    """The target `name`: a URL, or `mock`, which runs as long as the context. Raises TargetError."""
    if name != "mock":
        yield Target(checked(name), own=False)
        return
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--no-log", "--spec", str(spec)]
    command += [part for one in overlays for part in ("--overlay", str(one))]
    # A session of its own keeps Ctrl-C away from the mock: the run needs it to clean up.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield Target(_started(process), own=True)
        finally:
            process.terminate()
            process.communicate()


def _started(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if line.startswith(_LISTENING):
            return line.removeprefix(_LISTENING).strip()
    problem = process.stderr.read().strip() if process.stderr else ""
    raise TargetError(f"the mock did not start: {problem or 'no output'}")


def checked(url: str) -> str:
    """The URL without a final slash. Raises TargetError if it is invalid."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetError(f"--target {url}: invalid URL; write mock, or a URL such as https://staging.example/api")
    if parts.username or parts.password:
        raise TargetError("--target: passwords in URLs are not supported; set CALLCAMP_TOKEN to a token")
    return url.rstrip("/")
