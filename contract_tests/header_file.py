"""The file of headers that a run sends with every request, such as an API key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CURL_ARGUMENT = '${CALLCAMP_CHECK_HEADER_FILE:+-H "@$CALLCAMP_CHECK_HEADER_FILE"}'
"""The argument of curl that sends the headers of the file; nothing if the variable is not set."""
SECRET_NAMES = re.compile(
    r"authorization|cookie|api[-_]?key|secret|token|passw(or)?d|session|signature|credential|jwt", re.IGNORECASE
)
"""Matches the names of headers, parameters and fields whose values are likely to give access."""
_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*[\x21-\x7e])[ \t]*")
"""A field line of RFC 9112, section 5, with visible ASCII characters in its value."""
_OF_THE_CHECK = frozenset(("connection", "content-length", "content-type", "host", "if-match", "transfer-encoding"))
_LONG = 8
"""A value of this many characters is hidden in any header."""


@dataclass(frozen=True, slots=True)
class HeaderFile:
    """The headers in a file, by name. `str()` of it is the path; its `repr` does not show the values."""

    path: Path
    headers: Mapping[str, str] = field(repr=False)

    def __str__(self) -> str:
        return str(self.path)

    def has(self, name: str) -> bool:
        """Whether the file has the header."""
        return name.lower() in {one.lower() for one in self.headers}

    @property
    def secrets(self) -> Iterator[str]:
        """The values that no report may show, with and without the scheme before a credential."""
        for name, value in self.headers.items():
            if SECRET_NAMES.search(name) or len(value) >= _LONG:
                yield from {value, value.rpartition(" ")[2]}


def read_header_file(file: Any) -> HeaderFile:
    """The headers of a file with one `Name: value` on each line, as `curl -H @FILE` reads it. Raises ValueError."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read {file} ({error}); name a file with one `Name: value` on each line") from None
    headers: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found and found[1].lower() not in _OF_THE_CHECK | {name.lower() for name in headers}:
            headers[found[1]] = found[2]
        elif line.strip():
            problems.append(f"{file}:{number}: {_problem(found[1] if found else None)}")
    if not headers and not problems:
        problems = [f"{file} has no header; write one `Name: value` on each line"]
    if problems:
        raise ValueError("; ".join(problems))
    return HeaderFile(Path(file), headers)


def _problem(name: str | None) -> str:
    """What is wrong with a line. It does not show the line, which may hold a secret."""
    if name is None:
        return "not a header; write `Name: value`, such as `X-Api-Key: ...`, in ASCII characters"
    return f"the check sets {name} itself; remove the line" if name.lower() in _OF_THE_CHECK else f"{name} is repeated"
