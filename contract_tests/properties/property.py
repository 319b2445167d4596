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

    def applies_to(self, api: ResourceClient) -> bool:
        """Whether the resource offers what the property is about."""
        return all(_offers(api, need) for need in self.needs)


def contract_property(
    code: str, title: str, *, rests_on: str, needs: tuple[Need, ...], writes: bool = False, cost: int
) -> Callable[[Check], Property]:
    """A decorator that makes a property of a check; its docstring is the explanation, with an example."""

    def made(check: Check) -> Property:
        return Property(code, title, rests_on, needs, writes, cost, cleandoc(check.__doc__ or ""), check)

    return made


def _offers(api: ResourceClient, need: Need) -> bool:
    if isinstance(need, Role):
        return api.spec.has(need) and (need is Role.DELETE or bool(api.spec.operation(need).success.content))
    listing = api.spec.resource.listing
    known: dict[str, object] = {
        "unique": api.spec.resource.unique,
        "tag": api.spec.tag_member,
        "token": api.client.token,
        "total": listing and listing.answer.total,
        "head": _custom(api, "head"),
        "options": _custom(api, "options"),
        "pages": listing and listing.answer.pages,
    }
    return bool(known[need] if need in known else listing and getattr(listing, need))


def _custom(api: ResourceClient, method: str) -> object:
    """What `x-http` says of a method; None where it says nothing."""
    return api.spec.contract.document().get("x-http", {}).get("methods", {}).get(method)
