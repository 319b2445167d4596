"""What a broken claim expected and what was observed, in words."""

from __future__ import annotations

from typing import Any

from contract_tests.claims.evaluation import Verdict, judge
from contract_tests.findings.finding import RawFailure
from openapi.messages import shown

_LONGEST = 300


def verdict_of(draft: RawFailure) -> Verdict:
    """The verdict on the answers as they came first."""
    return judge(draft.claim, {exchange.answer.step: exchange.answer.evidence for exchange in draft.trace})


def describe_verdict(relation: str, verdict: Verdict) -> tuple[str, str]:
    """What was observed, and what was expected instead."""
    _, observed, expected = verdict
    if relation == "is" and isinstance(observed, dict) and isinstance(expected, dict):
        return _members(observed, expected), _members(expected, observed)
    if relation == "keeps":
        return _short(observed), f"{expected[0]} {_short(expected[1])}"
    words = "" if relation == "is" else f"{relation.removeprefix('is ')} "
    return _short(observed), f"{words}{_short(expected)}"


def _members(one: dict[str, Any], other: dict[str, Any]) -> str:
    """The members in which `one` differs from `other`."""
    differing = [name for name in one if name not in other or shown(one[name]) != shown(other[name])]
    missing = [name for name in other if name not in one]
    parts = [f"{name} {_short(one[name])}" for name in differing] + [f"no {name}" for name in missing]
    return ", ".join(parts) or _short(one)


def _short(value: Any) -> str:
    text = shown(value) if not isinstance(value, (list, dict)) else _as_list(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _as_list(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} items: [{', '.join(shown(item) for item in value[:8])}{', …' if len(value) > 8 else ''}]"
    return shown(value)
