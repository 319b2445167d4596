"""What is checked: a service at a URL, or a mock that the check starts for itself, which nothing else here does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_LISTENING = "listening on "


class TargetError(Exception):
    """A target that can't be used. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class Target:
    """A service to check. `own` is a mock that this run started: all that is in it is ours."""

    base_url: str
    own: bool

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine."""
        return urlsplit(self.base_url).hostname in ("127.0.0.1", "::1", "localhost")


@contextmanager
def opened(name: str, spec: Path) -> Iterator[Target]:
    """The target called `name`: `mock`, which runs as long as the context, or a URL. Raises TargetError."""
    if name != "mock":
        yield Target(checked(name), own=False)
        return
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--no-log", "--spec", str(spec)]
    # In a session of its own, so that a Ctrl-C reaches the check alone: the mock is needed until the run has tidied up.
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
    raise TargetError(f"the mock did not start: {problem or 'it said nothing'}")


def checked(url: str) -> str:
    """The address, sure to be one. Raises TargetError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetError(f"--target {url}: is no address; write mock, or a URL such as https://staging.example/api")
    if parts.username or parts.password:
        raise TargetError("--target: holds a password; send a token instead, in CALLCAMP_TOKEN")
    return url.rstrip("/")
