"""JSON values."""

from __future__ import annotations

from typing import Any, TypeAlias

JsonValue: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, or a list or a dict with string keys of JSON values."""
