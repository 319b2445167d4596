"""The catalogue of properties: each a function with a code, a title, and a docstring that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import TypeAlias

from contract_tests.subject import Subject
from openapi import Role

Check: TypeAlias = Callable[[Subject], None]


@dataclass(frozen=True, slots=True)
class Property:
    """One thing that the contract promises and the check can see.

    `rests_on` names the part of `x-resources` or `x-http`, `needs` what the resource must offer for the property to
    apply (roles, or the parts search, filters, paging, unique, tag), `writes` whether it needs records of its own.
    """

    code: str
    title: str
    rests_on: str
    needs: tuple[Role | str, ...]
    writes: bool
    check: Check

    @property
    def explanation(self) -> str:
        """What it says, in a paragraph."""
        return cleandoc(self.check.__doc__ or "")

    def applies_to(self, subject: Subject) -> bool:
        """Whether the resource offers what the property is about."""
        return all(_offers(subject, need) for need in self.needs)


def _offers(subject: Subject, need: Role | str) -> bool:
    if isinstance(need, Role):
        return subject.has(need)
    listing = subject.resource.listing
    if need == "unique":
        return bool(subject.resource.unique)
    if need == "tag":
        return subject.tag_member is not None
    return bool(listing and getattr(listing, need))
