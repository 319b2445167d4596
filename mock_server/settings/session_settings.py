"""How a session treats its requests, and what it decides for one of them: values, and pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import NamedTuple

from mock_server.http.faults import Fault

LONGEST_DELAY_MS = 60_000
"""The longest delay that can be asked for."""

_DELAY = re.compile(r"(?:(?P<operation>[^=]+)=)?(?P<low>[0-9]{1,9})(?:-(?P<high>[0-9]{1,9}))?")


class Strictness(Enum):
    """What becomes of a request that breaks the document."""

    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


class Delay(NamedTuple):
    """How late an answer is: between `low_ms` and `high_ms` milliseconds."""

    low_ms: int
    high_ms: int

    def drawn(self, chance: Random) -> int:
        """One delay, in milliseconds."""
        return self.low_ms if self.low_ms == self.high_ms else chance.randint(self.low_ms, self.high_ms)

    def __str__(self) -> str:
        return str(self.low_ms) if self.low_ms == self.high_ms else f"{self.low_ms}-{self.high_ms}"


class Quota(NamedTuple):
    """How many requests may come in a window of so many seconds."""

    requests: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of network: how late it is, how often which fault happens (of 1), how many requests it lets through."""

    delay: Delay | None = None
    faults: tuple[tuple[Fault, float], ...] = ()
    quota: Quota | None = None


PROFILES: Mapping[str, Profile] = {
    "flaky": Profile(
        delay=Delay(0, 300), faults=((Fault.UNAVAILABLE, 0.04), (Fault.RESET, 0.03), (Fault.TRUNCATED, 0.03))
    ),
    "slow": Profile(delay=Delay(1000, 3000)),
    "offline": Profile(faults=((Fault.RESET, 1.0),)),
    "rate-limited": Profile(quota=Quota(requests=10, window_s=10)),
}


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How a session treats its requests. `delays` are by operationId; the one under '' is for all others."""

    delays: Mapping[str, Delay]
    profile: str | None = None
    strictness: Strictness = Strictness.STRICT
    lifecycle: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether every request is simply answered."""
        return not self.delays and self.profile is None and self.strictness is Strictness.STRICT


class Weather(NamedTuple):
    """What the network does to one handlers."""

    delay_ms: int
    fault: Fault | None


def network_conditions(behaviour: SessionSettings, operation_id: str, over_quota: bool, chance: Random) -> Weather:
    """What the network does to a request to `operation_id`. The same draws from `chance` give the same weather."""
    profile = PROFILES[behaviour.profile] if behaviour.profile else Profile()
    delay = behaviour.delays.get(operation_id) or behaviour.delays.get("") or profile.delay
    delay_ms = delay.drawn(chance) if delay else 0
    fault = _drawn_fault(profile.faults, chance) if profile.faults else None
    return Weather(delay_ms, Fault.TOO_MANY_REQUESTS if over_quota else fault)


def _drawn_fault(faults: tuple[tuple[Fault, float], ...], chance: Random) -> Fault | None:
    drawn = chance.random()
    for fault, likely in faults:
        if drawn < likely:
            return fault
        drawn -= likely
    return None


def read_delay(text: str) -> Delay:
    """The delay that `text` says: `200`, or a range such as `100-500`. Raises ValueError."""
    operation, delay = read_delay_of(text)
    if operation:
        raise ValueError(f"{text!r} is no delay: write milliseconds such as 200, or a range such as 100-500")
    return delay


def read_delay_of(text: str) -> tuple[str, Delay]:
    """The operationId ('' for all) and the delay that `text` says: `200`, `100-500` or `listPhones=300`.

    Raises ValueError.
    """
    found = _DELAY.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"{text!r} is no delay: write milliseconds such as 200, a range such as 100-500, or OPERATION=200"
        )
    low = int(found["low"])
    high = int(found["high"] or low)
    if high < low or high > LONGEST_DELAY_MS:
        raise ValueError(f"{text!r} is no delay: go from less to more, and to {LONGEST_DELAY_MS} ms at most")
    return found["operation"] or "", Delay(low, high)
