"""Makes text from a service harmless: for a terminal, for a shell, and for the log of a CI job."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from openapi import wording

# GitHub runs a line of a job's log as a command if it starts with :: (after spaces), or has ##[ anywhere.
_COMMAND = re.compile(r"^(?=\s*::)|(?<=#)(?=#\[)")


def printable(text: str) -> str:
    r"""`text` on one line: control characters, line breaks and invisible characters as escapes such as \x1b."""
    return _COMMAND.sub(r"\\", wording.printable(text))


def printable_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(printable, text.split("\n")))


def quoted(text: str) -> str:
    """`text` as one shell word."""
    return shlex.quote(wording.printable(text))


def command(words: Iterable[str]) -> str:
    """The shell line that runs a command with its arguments."""
    return " ".join(map(quoted, words))
