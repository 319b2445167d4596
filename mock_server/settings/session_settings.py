"""The settings of a session, and their effect on one request: values, and pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random
from typing import NamedTuple

from mock_server.http.faults import Fault

LONGEST_DELAY_MS = 60_000
"""The longest delay."""

_DELAY = re.compile(r"(?:(?P<operation>[^=]+)=)?(?P<low>[0-9]{1,9})(?:-(?P<high>[0-9]{1,9}))?")


class Strictness(Enum):
    """What happens to a request that breaks the contract."""

    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


class UpstreamMode(Enum):
    """Who answers an operation's requests: the mock, the service behind it, or the service compared with the mock."""

    MOCK = "mock"
    FORWARD = "forward"
    COMPARE = "compare"


class Delay(NamedTuple):
    """A delay between `low_ms` and `high_ms` milliseconds."""

    low_ms: int
    high_ms: int

    def drawn(self, chance: Random) -> int:
        """A random delay in the range, in milliseconds."""
        return self.low_ms if self.low_ms == self.high_ms else chance.randint(self.low_ms, self.high_ms)

    def __str__(self) -> str:
        return str(self.low_ms) if self.low_ms == self.high_ms else f"{self.low_ms}-{self.high_ms}"


class Quota(NamedTuple):
    """A limit of requests per window of `window_s` seconds."""

    requests: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of network: its delay, the probability of each fault (0 to 1), and its limit of requests."""

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
    """The settings of a session. `delays` are by operationId; the one under '' is for all others.

    `profiles` are by operationId too, and override the `profile` of the session. So are the `modes` of the service
    behind the mock, with '' again for all others.
    """

    delays: Mapping[str, Delay]
    profile: str | None = None
    strictness: Strictness = Strictness.STRICT
    lifecycle: bool = False
    profiles: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, UpstreamMode] = field(default_factory=dict)

    def with_modes(self, modes: Mapping[str, UpstreamMode]) -> SessionSettings:
        """The same settings with other modes."""
        return replace(self, modes=modes)

    @property
    def is_plain(self) -> bool:
        """Whether requests need no simulation."""
        return not self.delays and self.profile is None and not self.profiles and self.strictness is Strictness.STRICT

    def profile_of(self, operation_id: str) -> Profile:
        """The network between the client and an operation."""
        name = self.profiles.get(operation_id) or self.profile
        return PROFILES[name] if name else _PERFECT


_PERFECT = Profile()


class NetworkConditions(NamedTuple):
    """What the network does to one request."""

    delay_ms: int
    fault: Fault | None


def network_conditions(
    settings: SessionSettings, operation_id: str, over_quota: bool, chance: Random
) -> NetworkConditions:
    """What the network does to a request to `operation_id`. The same draws from `chance` give the same conditions."""
    profile = settings.profile_of(operation_id)
    delay = settings.delays.get(operation_id) or settings.delays.get("") or profile.delay
    delay_ms = delay.drawn(chance) if delay else 0
    fault = _drawn_fault(profile.faults, chance) if profile.faults else None
    return NetworkConditions(delay_ms, Fault.TOO_MANY_REQUESTS if over_quota else fault)


def _drawn_fault(faults: tuple[tuple[Fault, float], ...], chance: Random) -> Fault | None:
    drawn = chance.random()
    for fault, likely in faults:
        if drawn < likely:
            return fault
        drawn -= likely
    return None


def read_delay(text: str) -> Delay:
    """The delay that `text` names: `200`, or a range such as `100-500`. Raises ValueError."""
    operation, delay = read_delay_of(text)
    if operation:
        raise ValueError(f"invalid delay {text!r}; use milliseconds such as 200, or a range such as 100-500")
    return delay


def read_delay_of(text: str) -> tuple[str, Delay]:
    """The operationId ('' for all) and the delay that `text` names: `200`, `100-500` or `listPhones=300`.

    Raises ValueError.
    """
    found = _DELAY.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"invalid delay {text!r}; use milliseconds such as 200, a range such as 100-500, or OPERATION=200"
        )
    low = int(found["low"])
    high = int(found["high"] or low)
    if high < low or high > LONGEST_DELAY_MS:
        raise ValueError(f"invalid delay {text!r}; use a rising range up to {LONGEST_DELAY_MS} ms")
    return found["operation"] or "", Delay(low, high)
