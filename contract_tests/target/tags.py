"""Tags given anew: whoever sends the same again names its records otherwise, or meets what a service remembers.

A tag is a text by which a run tells its records from others'; the last `VARIES` letters are its own, what is before
them is the run's. Texts hold it whole or in part, in any letter case, forwards and backwards. This module needs the
standard library alone, because scripts hold a copy of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from os import urandom

VARIES = 4
LETTERS = "ghjklmnpqrstvwxz"
"""What a tag varies in. No vowels: it is part of no word; and none of a hexadecimal number: it is part of no UUID."""


def fresh(tag: str) -> str:
    """Another tag of the same run."""
    return tag[:-VARIES] + "".join(LETTERS[byte % len(LETTERS)] for byte in urandom(VARIES))


def parted(text: str, tag: str) -> list[str]:
    """The text in parts, of which every second one is of the tag, and changes with it."""
    return re.split(f"({'|'.join(_spellings(tag, tag))})", text, flags=re.IGNORECASE | re.ASCII) if tag else [text]


def retagged(text: str, old: str, new: str) -> str:
    """The text with `new` in the place of the tag `old`, which is as long; each letter keeps its case."""
    parts = parted(text, old)
    for place in range(1, len(parts), 2):
        parts[place] = _cased(_spellings(old, new)[parts[place].lower()], parts[place])
    return "".join(parts)


def _cased(text: str, like: str) -> str:
    return "".join(one.upper() if other.isupper() else one for one, other in zip(text, like, strict=True))


@cache
def _spellings(old: str, new: str) -> Mapping[str, str]:
    """Each part of the one tag that is long enough to be told, the longest first, and the same part of the other."""
    found: dict[str, str] = {}
    for start in range(len(old) - VARIES + 1):
        for stop in range(max(start + VARIES, len(old) - VARIES + 1), len(old) + 1):
            found.setdefault(old[start:stop], new[start:stop])
            found.setdefault(old[start:stop][::-1], new[start:stop][::-1])
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))
