"""The folder for the character tables that Hypothesis computes once: without them, each run takes seconds longer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis.configuration import set_hypothesis_home_dir

_ITS_OWN = "HYPOTHESIS_STORAGE_DIRECTORY"


@contextmanager
def hypothesis_home() -> Iterator[None]:
    """Within this context, Hypothesis writes to the user's cache, or else to a temporary folder.

    By default, Hypothesis would leave `.hypothesis` in the working directory. The cache follows the XDG Base Directory
    Specification; a folder that the user sets with Hypothesis's own variable takes precedence.
    """
    if os.environ.get(_ITS_OWN):
        yield
        return
    with TemporaryDirectory(prefix="callcamp-check-") as temporary:
        set_hypothesis_home_dir(_cache() or temporary)
        yield


def _cache() -> Path | None:
    """The folder in the user's cache; None if it is not writable."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        # The specification says to ignore relative paths.
        folder = (given if given.is_absolute() else Path.home() / ".cache") / "callcamp-check"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None
