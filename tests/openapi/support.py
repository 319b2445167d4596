"""What the reader's tests share."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from openapi import SpecError, load

DOCUMENTS = Path(__file__).with_name("documents")
GOOD = DOCUMENTS / "good"

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
PATHS = "paths: {/a: {get: {operationId: a, responses: {'200': {description: A.}}}}}\n"


def written(folder: Path, text: str, name: str = "document.yaml") -> Path:
    """`text`, written to a file of `folder`."""
    file = folder / name
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return file


def error_of(file: Path) -> SpecError:
    """The error that `load` raises for `file`."""
    with pytest.raises(SpecError) as caught:
        load(file)
    return caught.value
