"""What a failed claim expected and what it got, in words."""

from __future__ import annotations

from typing import Any

from contract_tests.claims.evaluation import Verdict, judge
from contract_tests.findings.finding import RawFailure
from openapi.messages import shown

_LONGEST = 300


def verdict_of(failure: RawFailure) -> Verdict:
    """The verdict on the responses as they came first."""
    return judge(failure.claim, {exchange.answer.step: exchange.answer.response_data for exchange in failure.trace})


def describe_verdict(relation: str, verdict: Verdict) -> tuple[str, str]:
    """What the claim got, and what it expected."""
    _, observed, expected = verdict
    if relation == "is" and isinstance(observed, dict) and isinstance(expected, dict):
        return _members(observed, expected), _members(expected, observed)
    if relation == "keeps":
        return _short(observed), f"{expected[0]} {_short(expected[1])}"
    words = "" if relation == "is" else f"{relation.removeprefix('is ')} "
    return _short(observed), f"{words}{_short(expected)}"


def _members(one: dict[str, Any], other: dict[str, Any]) -> str:
    """The fields in which `one` differs from `other`."""
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
