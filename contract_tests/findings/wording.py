"""Describes in words what a failed claim expected and what it got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract_tests.claims.evaluation import Verdict, judge
from contract_tests.findings.finding import RawFailure
from openapi.messages import shown

_LONGEST = 300


def verdict_of(failure: RawFailure) -> Verdict:
    """The verdict on the original responses."""
    return judge(failure.claim, {exchange.response.step: exchange.response.response_data for exchange in failure.trace})


def describe_verdict(claim: Sequence[Any], verdict: Verdict) -> tuple[str, str]:
    """What the claim got, and what it expected."""
    _, observed, expected = verdict
    relation, left = _essence(claim)
    if relation == "is" and isinstance(observed, dict) and isinstance(expected, dict):
        return _members(observed, expected), _members(expected, observed)
    got = "missing" if left[0] == "header" and observed is None else _short(observed)
    if relation == "keeps":
        return _lacking(observed, *expected) or got, _allowed(*expected)
    if left[0] == "header" and relation == "is not" and expected is None:
        return got, "present"
    if left[0] == "status" and relation in ("is at most", "is at least"):
        return got, f"a status below {expected + 1}" if relation == "is at most" else f"a status of {expected} or more"
    if relation == "is within" and left[0] == "literal":
        return _short(expected), f"all of {_short(observed)}"
    words = "" if relation == "is" else f"{relation.removeprefix('is ')} "
    return got, f"{words}{_short(expected)}"


def _essence(claim: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """The relation of a claim, and the expression on its left side."""
    return _essence(claim[2]) if claim[0] == "where" else (claim[0], claim[1])


def _lacking(value: Any, keyword: str, said: Any) -> str:
    """What `value` lacks, if the keyword is `required`; else ''."""
    missing = [name for name in said if name not in value] if keyword == "required" and isinstance(value, dict) else []
    return f"no {' and no '.join(missing)} in {_short(value)}" if missing else ""


def _allowed(keyword: str, said: Any) -> str:
    """What a keyword of JSON Schema allows."""
    several = said if isinstance(said, list) else [said]
    limits = {
        "minimum": f"at least {shown(said)}",
        "maximum": f"at most {shown(said)}",
        "minLength": f"at least {shown(said)} characters",
        "maxLength": f"at most {shown(said)} characters",
        "minItems": f"at least {shown(said)} items",
        "maxItems": f"at most {shown(said)} items",
        "type": " or ".join(map(str, several)),
        "enum": f"one of {', '.join(map(shown, several))}",
        "required": f"{' and '.join(map(str, several))} {'is' if len(several) == 1 else 'are'} required",
        "pattern": f"text that matches {said}",
        "format": f"text in the format {said}",
    }
    return limits.get(keyword, f"{keyword} {_short(said)}")


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
    if not isinstance(value, list):
        return shown(value)
    if not value:
        return "an empty list"
    items = ", ".join(shown(item) for item in value[:8])
    return f"{len(value)} item{'' if len(value) == 1 else 's'}: [{items}{', …' if len(value) > 8 else ''}]"
