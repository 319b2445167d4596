"""Writes phones as JSON lines with a generic Python generator: python phones_in_python.py NAME COUNT.

It runs in the peer's own environment and imports nothing from this project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any, Literal, TypedDict
from uuid import UUID

TYPES = ("private", "shared", "ordered")
STATUSES = ("registered", "pending", "active", "inactive")
PROVIDERS = ("vapi", "twilio", "telnyx", None)

Make = Callable[[], dict[str, Any]]


class Phone(TypedDict):
    """A phone for a generator that uses types only: numbers and countries are any strings."""

    uuid: UUID
    name: str | None
    number: str
    type: Literal["private", "shared", "ordered"]
    countryCode: str
    provider: str | None
    status: Literal["registered", "pending", "active", "inactive"]
    smsEnabled: bool
    createdAt: datetime
    updatedAt: datetime


def faker() -> Make:
    """Faker, with its own methods."""
    module: Any = import_module("faker")
    made = module.Faker()
    made.seed_instance(1)
    return lambda: {
        "uuid": made.uuid4(),
        "name": made.company(),
        "number": "+" + made.msisdn(),
        "type": made.random_element(TYPES),
        "countryCode": made.country_code(),
        "provider": made.random_element(PROVIDERS),
        "status": made.random_element(STATUSES),
        "smsEnabled": made.pybool(),
        "createdAt": made.iso8601() + "Z",
        "updatedAt": made.iso8601() + "Z",
    }


def mimesis() -> Make:
    """Mimesis, with its own methods."""
    module: Any = import_module("mimesis")
    made = module.Generic(locale=module.Locale.EN, seed=1)
    return lambda: {
        "uuid": made.cryptographic.uuid(),
        "name": made.finance.company(),
        "number": made.person.telephone(mask="+1##########"),
        "type": made.choice(TYPES),
        "countryCode": made.address.country_code(),
        "provider": made.choice(PROVIDERS),
        "status": made.choice(STATUSES),
        "smsEnabled": made.development.boolean(),
        "createdAt": made.datetime.formatted_datetime(fmt="%Y-%m-%dT%H:%M:%SZ"),
        "updatedAt": made.datetime.formatted_datetime(fmt="%Y-%m-%dT%H:%M:%SZ"),
    }


def polyfactory() -> Make:
    """Polyfactory, from the types."""
    module: Any = import_module("polyfactory.factories")
    factory = module.TypedDictFactory.create_factory(Phone)
    factory.seed_random(1)
    make: Make = factory.build
    return make


def as_text(value: UUID | datetime) -> str:
    """A value that JSON has no type for, as a string."""
    return value.isoformat() + "Z" if isinstance(value, datetime) else str(value)


def main(name: str, count: int) -> None:
    """Write `count` phones."""
    make = {"faker": faker, "mimesis": mimesis, "polyfactory": polyfactory}[name]()
    for _ in range(count):
        sys.stdout.write(json.dumps(make(), default=as_text) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
