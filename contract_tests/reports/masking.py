"""Keeps the token out of reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "***"
"""Replaces the token."""
_CUT = "…"
_SHORTEST_PREFIX = 4
_LONG = 8


class Mask:
    """Replaces tokens, plain or as encoded in URLs, JSON and bodies, with `HIDDEN`.

    Their case does not matter. A token of fewer than 8 characters is only replaced as a whole word: parts of words are
    likely coincidences. A prefix of it before an ellipsis is replaced too, since the value may have been truncated.
    """

    def __init__(self, *tokens: str) -> None:
        patterns = {text: _as_pattern(token) for token in tokens for text in _spellings(token)}
        self._spelt = sorted(patterns, key=len, reverse=True)
        whole = "|".join(patterns[text](text) for text in self._spelt)
        self._pattern = re.compile(whole or "(?!)", re.IGNORECASE)

    def over(self, value: Any) -> Any:
        """The same plain data or dataclasses without the token."""
        # A step has the word "token" here if it sends the token of the run; that is not a secret.
        return changed(value, self._text, lambda name, member: (name, member) == ("authorization", "token"))

    def _text(self, text: str) -> str:
        text = self._pattern.sub(HIDDEN, text)
        return self._without_beginnings(text) if _CUT in text else text

    def _without_beginnings(self, text: str) -> str:
        *parts, last = text.split(_CUT)
        return "".join(self._without_beginning(part) + _CUT for part in parts) + last

    def _without_beginning(self, text: str) -> str:
        for spelling in self._spelt:
            for length in range(min(len(spelling), len(text)), _SHORTEST_PREFIX - 1, -1):
                if text.endswith(spelling[:length]):
                    return text[:-length] + HIDDEN
        return text


def _spellings(token: str) -> set[str]:
    spelt = {token, quote(token, safe=""), quote_plus(token), json.dumps(token)[1:-1]}
    return {*spelt, token.encode().decode("latin-1")}


def _as_pattern(token: str) -> Callable[[str], str]:
    if len(token) >= _LONG:
        return re.escape
    return lambda text: rf"(?<!\w){re.escape(text)}(?!\w)"


def changed(value: Any, change: Callable[[str], str], stays: Callable[[str, Any], bool]) -> Any:
    """The same plain data or dataclasses with each string changed, except in fields (name and value) that stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {changed(name, change, stays): changed(member, change, stays) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(changed(member, change, stays) for member in value)
    if is_dataclass(value) and not isinstance(value, type):
        members = {one.name: getattr(value, one.name) for one in fields(value)}
        moved = {name: changed(member, change, stays) for name, member in members.items() if not stays(name, member)}
        return replace(value, **moved)
    return value
