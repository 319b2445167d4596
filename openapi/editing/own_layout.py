"""Changes the text of a file, in the file's own layout."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openapi.document.source import read_source
from openapi.editing.line_edits import edited_lines
from openapi.errors import SpecError


def in_own_layout(original: str, before: str, after: str, value: Any, name: str) -> str | None:
    """`original`, with the changes from `before` (as a library writes it) to `after`.

    None if the result, as the text of a file called `name`, would not have exactly this `value`.
    """
    # If a file mixes layouts, only the library's own text may be right.
    newline = "\r\n" if "\r\n" in original else "\n"
    missing = "" if original.endswith("\n") else "\n"  # a library ends the last line
    for text in (edited_lines(original.replace("\r\n", "\n") + missing, before, after), after):
        if _is_text_of(text, value, name):
            return text.removesuffix(missing).replace("\n", newline)
    return None


def json_text(value: Any, like: str) -> str:
    """The JSON text of a value, with the indentation of another text."""
    indent = re.search(r"\n([ \t]+)", like)
    return json.dumps(value, ensure_ascii=like.isascii(), indent=indent[1] if indent else None) + "\n"


def _is_text_of(text: str, value: Any, name: str) -> bool:
    """Whether the text of a file called `name` has this value, read as strictly as a document is."""
    with TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(text.encode())
        try:
            return bool(read_source(file).value == value)
        except SpecError:
            return False
