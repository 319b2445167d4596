"""The picture in the README shows the README's examples."""

from __future__ import annotations

from tests.readme_picture import PICTURE, picture


def test_the_picture_is_current() -> None:
    """`python -m tests.readme_picture` would write the same picture again."""
    assert PICTURE.read_text(encoding="utf-8") == picture()
