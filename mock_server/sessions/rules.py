"""Rules: what requests to come are answered with, in the place of the usual."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from threading import Lock
from typing import NamedTuple, TypeAlias

from mock_server.http.faults import Fault
from mock_server.http.messages import Headers
from mock_server.settings.session_settings import Delay
from openapi.contract import JsonValue

PARTS = ("path", "query", "header", "body")
"""The parts of a request that can be matched."""

Match: TypeAlias = Mapping[str, Mapping[str, JsonValue]]
"""What a request must say: by part, and by the name of a parameter, a header field or a member of the body."""


class RequestValues(NamedTuple):
    """What a request says, for a match to look at: parameters and body as values, header fields as texts."""

    path: Mapping[str, JsonValue]
    query: Mapping[str, JsonValue]
    header: Headers
    body: JsonValue


def fits(match: Match, facts: RequestValues) -> bool:
    """Whether a request says all that `match` wants."""
    for part, wanted in match.items():
        if part == "header":
            if any(facts.header.get(name.lower()) != text for name, text in wanted.items()):
                return False
            continue
        said = getattr(facts, part)
        if not isinstance(said, Mapping):
            return False
        alike = _same if part == "body" else _same_text
        if any(name not in said or not alike(said[name], value) for name, value in wanted.items()):
            return False
    return True


def _same(value: JsonValue, wanted: JsonValue) -> bool:
    """Whether they are one JSON value: in JSON, unlike in Python, true is not 1."""
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _same_text(value: JsonValue, wanted: JsonValue) -> bool:
    """Whether two values of a parameter are one, whether or not they were read as what their schema says."""
    return _text(value) == _text(wanted)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """What to answer requests to one operation with: a declared answer, a fault, or the usual one with a delay.

    `times` is how often it still applies (None: always), `probability` how likely for each request (0 to 1).
    """

    id: int
    operation_id: str
    match: Match
    status: int | None
    example: str | None
    fault: Fault | None
    delay: Delay | None
    times: int | None
    probability: float

    @property
    def forces(self) -> bool:
        """Whether it gives an answer of its own."""
        return self.status is not None or self.example is not None


def chosen(rules: Iterable[Rule], operation_id: str, facts: RequestValues, chance: Random) -> Rule | None:
    """The first of `rules` that applies to a request."""
    for rule in rules:
        applies = rule.operation_id == operation_id and rule.times != 0 and fits(rule.match, facts)
        if applies and (rule.probability >= 1 or chance.random() < rule.probability):
            return rule
    return None


class RuleBook:
    """The rules of one session, the newest first. Safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: dict[int, Rule] = {}
        self._last_id = 0

    def __bool__(self) -> bool:
        return bool(self._rules)

    def all(self) -> list[Rule]:
        """The rules, spent ones too."""
        with self._lock:
            return list(reversed(self._rules.values()))

    def next_id(self) -> int:
        """An id that no rule has had."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def add(self, rule: Rule) -> None:
        """Add a rule."""
        with self._lock:
            self._rules[rule.id] = rule

    def remove(self, rule_id: int) -> bool:
        """Remove a rule. Returns whether there was one."""
        with self._lock:
            return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._rules.clear()

    def use(self, operation_id: str, facts: RequestValues, chance: Random) -> Rule | None:
        """The rule that applies to a request, which it then applies to once less."""
        with self._lock:
            rule = chosen(reversed(self._rules.values()), operation_id, facts, chance)
            if rule is not None and rule.times is not None:
                self._rules[rule.id] = replace(rule, times=rule.times - 1)
        return rule
