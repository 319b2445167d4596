"""Rules: responses that the user sets up for coming requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from threading import Lock
from typing import NamedTuple, TypeAlias

from mock_server.http.faults import SILENT, Fault
from mock_server.http.messages import Headers
from mock_server.settings.session_settings import Delay
from openapi.json_value import JsonValue

PARTS = ("path", "query", "header", "body")
"""The parts of a request that can be matched."""

Match: TypeAlias = Mapping[str, Mapping[str, JsonValue]]
"""What a request must contain: by part, then by the name of a parameter, a header field or a field of the body."""


class RequestValues(NamedTuple):
    """The parts of a request to match: parameters and body as values, header fields as strings."""

    path: Mapping[str, JsonValue]
    query: Mapping[str, JsonValue]
    header: Headers
    body: JsonValue


def fits(match: Match, facts: RequestValues) -> bool:
    """Whether a request contains everything in `match`."""
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
    """Whether two JSON values are equal: in JSON, unlike in Python, true is not 1."""
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _same_text(value: JsonValue, wanted: JsonValue) -> bool:
    """Whether two values of a parameter are equal, as values or as strings."""
    return _text(value) == _text(wanted)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """How to answer requests to one operation: with its own response, a fault, or just a delay.

    `body` holds the JSON value to respond with, if the rule has one; `headers` are added to the response. `times` is
    how often it still applies (None: always), `probability` how likely for each request (0 to 1).
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
    body: tuple[JsonValue] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True

    @property
    def forces(self) -> bool:
        """Whether it forces a response."""
        return self.status is not None or self.example is not None

    @property
    def breaks_the_connection(self) -> bool:
        """Whether the client gets no response at all."""
        return self.fault in SILENT


def chosen(rules: Iterable[Rule], operation_id: str, facts: RequestValues, chance: Random) -> Rule | None:
    """The first of `rules` that applies to a request."""
    for rule in rules:
        applies = rule.enabled and rule.operation_id == operation_id and rule.times != 0
        if applies and fits(rule.match, facts) and (rule.probability >= 1 or chance.random() < rule.probability):
            return rule
    return None


REPETITION_S = 1.0
"""How long a broken connection stays broken for the same request."""


class _Repetition(NamedTuple):
    """A request whose connection a rule has broken for the last time, and until when it breaks repetitions."""

    rule: Rule
    operation_id: str
    facts: RequestValues
    until_s: float

    def is_of(self, operation_id: str, facts: RequestValues, now_s: float) -> bool:
        """Whether a request is the same, header fields aside, and comes soon enough."""
        alike = (facts.path, facts.query, facts.body) == (self.facts.path, self.facts.query, self.facts.body)
        return alike and operation_id == self.operation_id and now_s < self.until_s


def _is_from_a_browser(facts: RequestValues) -> bool:
    """Whether a browser sent the request: the User-Agent of all browsers, and few other clients, starts like this."""
    return (facts.header.get("user-agent") or "").startswith("Mozilla/")


class RuleBook:
    """The rules of one session, the newest first. Safe between threads.

    A browser silently repeats a request, a POST too, if a connection that it kept open is reset. It must not see the
    usual response then: a rule that breaks a browser's connection does so for each repetition within a second, which
    counts as one request with the first.
    """

    def __init__(self, time_s: Callable[[], float] = time.monotonic) -> None:
        self._time_s = time_s
        self._repetition: _Repetition | None = None
        self._lock = Lock()
        self._rules: dict[int, Rule] = {}
        self._sizes: dict[int, int] = {}
        self._size = 0
        self._last_id = 0

    def __bool__(self) -> bool:
        return bool(self._rules)

    def all(self) -> list[Rule]:
        """The rules, including used up ones."""
        with self._lock:
            return list(reversed(self._rules.values()))

    @property
    def size(self) -> int:
        """The bytes of all rules as JSON."""
        return self._size

    def next_id(self) -> int:
        """An unused id."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def get(self, rule_id: int) -> Rule | None:
        """The rule with `rule_id`, if there is one."""
        return self._rules.get(rule_id)

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the one with its id."""
        with self._lock:
            self._rules[rule.id] = rule
            size = len(json.dumps([rule.match, rule.body, rule.headers]))
            self._size += size - self._sizes.get(rule.id, 0)
            self._sizes[rule.id] = size
            self._repetition = None

    def remove(self, rule_id: int) -> bool:
        """Remove a rule. Returns whether there was one."""
        with self._lock:
            self._repetition = None
            self._size -= self._sizes.pop(rule_id, 0)
            return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._repetition = None
            self._rules.clear()
            self._sizes.clear()
            self._size = 0

    def use(self, operation_id: str, facts: RequestValues, chance: Random) -> Rule | None:
        """The rule that applies to a request; counts down its `times`."""
        with self._lock:
            now_s, last = self._time_s(), self._repetition
            if last is not None and last.is_of(operation_id, facts, now_s):
                return last.rule
            rule = chosen(reversed(self._rules.values()), operation_id, facts, chance)
            if rule is not None and rule.times is not None:
                self._rules[rule.id] = replace(rule, times=rule.times - 1)
                if rule.breaks_the_connection and _is_from_a_browser(facts):
                    self._repetition = _Repetition(rule, operation_id, facts, now_s + REPETITION_S)
        return rule
