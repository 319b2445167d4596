"""JSON values."""

from __future__ import annotations

from typing import Any, TypeAlias

JsonValue: TypeAlias = Any
"""What JSON can say: None, bool, int, float, str, a list or a dict with string keys of the same."""
