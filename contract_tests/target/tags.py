"""Tags: texts that mark the records of a run, and their replacement when requests are sent again.

The last `VARIES` letters of a tag are its own, the preceding ones the run's. Texts contain a tag whole or in part,
in any case, forwards and backwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from os import urandom

VARIES = 4
LETTERS = "ghjklmnpqrstvwxz"
"""The letters that vary. No vowels, so that tags are not part of words; no hexadecimal digits, so not part of UUIDs."""

LANES = 4
"""How many properties may use tags at the same time."""


def fresh(tag: str) -> str:
    """Another tag of the same run."""
    return tag[:-VARIES] + "".join(LETTERS[byte % len(LETTERS)] for byte in urandom(VARIES))


def parted(text: str, tag: str) -> list[str]:
    """The text split into parts; every second one belongs to the tag and changes with it."""
    return re.split(f"({'|'.join(_spellings(tag, tag))})", text, flags=re.IGNORECASE | re.ASCII) if tag else [text]


def retagged(text: str, old: str, new: str) -> str:
    """The text with the tag `new` in place of `old`, of the same length; each letter keeps its case."""
    parts = parted(text, old)
    for index in range(1, len(parts), 2):
        parts[index] = _cased(_spellings(old, new)[parts[index].lower()], parts[index])
    return "".join(parts)


def _cased(text: str, like: str) -> str:
    return "".join(one.upper() if other.isupper() else one for one, other in zip(text, like, strict=True))


@cache
def _spellings(old: str, new: str) -> Mapping[str, str]:
    """The parts of one tag that are long enough to be recognized, longest first, with the same part of the other."""
    found: dict[str, str] = {}
    for start in range(len(old) - VARIES + 1):
        for stop in range(max(start + VARIES, len(old) - VARIES + 1), len(old) + 1):
            found.setdefault(old[start:stop], new[start:stop])
            found.setdefault(old[start:stop][::-1], new[start:stop][::-1])
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))
