"""The service under test: a URL, or a private mock. Only this module of the check starts the mock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.settings import Settings

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
def opened(settings: Settings) -> Iterator[Target]:
    """The target: a URL, or a mock, which runs as long as the context. Raises TargetError."""
    if settings.target != "mock":
        yield Target(checked(settings.target), own=False)
        return
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--no-log", "--spec", str(settings.spec.absolute())]
    command += [part for one in settings.overlays for part in ("--overlay", str(one.absolute()))]
    command += ["--allow-ref-outside"] if settings.allow_ref_outside else []
    command += ["--no-infer"] if settings.no_infer else []
    # A separate process session keeps Ctrl-C away from the mock, which the run needs to clean up. The project's
    # configuration file is for the user's mocks, so the mock starts outside of the project.
    options: dict[str, Any] = {"text": True, "start_new_session": True, "cwd": Path.cwd().anchor}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
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
