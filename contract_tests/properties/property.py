"""The catalogue of properties: each a function with a code, a title, and a docstring that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import TypeAlias

from contract_tests.resource.resource_client import ResourceClient
from openapi import Role

Check: TypeAlias = Callable[[ResourceClient], None]
Need: TypeAlias = Role | str


@dataclass(frozen=True, slots=True)
class Property:
    """One thing that the contract promises and the check can see.

    `rests_on` names the part of the document that it is about, `needs` what the resource must offer for it to apply:
    roles (all but delete must answer something), or the parts `search`, `filters`, `paging`, `total`, `pages`,
    `unique`, `tag` (a searched text member that a create takes), `token`, `head`, `options`. `writes` is whether it
    needs records of its own, `cost` how many requests it makes at the most in a round. `check` is None where the
    property is judged on every answer, whatever asked for it.
    """

    code: str
    title: str
    rests_on: str
    needs: tuple[Need, ...]
    writes: bool
    cost: int
    explanation: str
    check: Check | None = None

    def applies_to(self, subject: ResourceClient) -> bool:
        """Whether the resource offers what the property is about."""
        return all(_offers(subject, need) for need in self.needs)


def contract_property(
    code: str, title: str, *, rests_on: str, needs: tuple[Need, ...], writes: bool = False, cost: int
) -> Callable[[Check], Property]:
    """A decorator that makes a property of a check; its docstring is the explanation, with an example."""

    def made(check: Check) -> Property:
        return Property(code, title, rests_on, needs, writes, cost, cleandoc(check.__doc__ or ""), check)

    return made


def _offers(subject: ResourceClient, need: Need) -> bool:
    if isinstance(need, Role):
        return subject.has(need) and (need is Role.DELETE or bool(subject.operation(need).success.content))
    listing = subject.resource.listing
    known: dict[str, object] = {
        "unique": subject.resource.unique,
        "tag": subject.tag_member,
        "token": subject.client.token,
        "total": listing and listing.answer.total,
        "head": _custom(subject, "head"),
        "options": _custom(subject, "options"),
        "pages": listing and listing.answer.pages,
    }
    return bool(known[need] if need in known else listing and getattr(listing, need))


def _custom(subject: ResourceClient, method: str) -> object:
    """What `x-http` says of a method; None where it says nothing."""
    return subject.contract.document().get("x-http", {}).get("methods", {}).get(method)
