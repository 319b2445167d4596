"""The examples of docs/x-keywords.md."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = (Path(__file__).parents[1] / "docs" / "x-keywords.md").read_text(encoding="utf-8")
_WHOLE = re.compile(r"^```yaml\n(openapi: [^\n]*\ninfo: {title: ([^,]+),.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = {title: text for text, title in _WHOLE.findall(_PAGE)}
"""The complete documents of docs/x-keywords.md, by title."""


def example(title: str, folder: Path, *changes: tuple[str, str]) -> Path:
    """A complete document as a file in `folder`, with the first string of each of `changes` replaced by the second."""
    text = EXAMPLES[title]
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = folder / f"{title}.yaml"
    file.write_text(text, encoding="utf-8")
    return file
