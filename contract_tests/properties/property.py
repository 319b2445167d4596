"""What a property is: a function with a code, a title, and a docstring that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import TypeAlias, TypedDict, Unpack

from contract_tests.properties.helpers.conditional_requests import parts
from contract_tests.resource.resource_client import ResourceClient
from openapi import RecordAction, Role

Check: TypeAlias = Callable[[ResourceClient], None]
Need: TypeAlias = Role | str


@dataclass(frozen=True, slots=True)
class Property:
    """A testable statement of the document about a resource.

    `rests_on` names the part of the document. `needs` is what the resource must offer for the property to apply: roles
    (all but delete must return something), or the parts `search`, `filters`, `criteria`, `sort`, `paging`, `cursor`,
    `links`, `total`, `pages`, `count headers`, `envelope`, `fixed parts`, `unique`, `joint key` (of several fields),
    `parent`, `references`, `referrers`, `described referrers` (the record's schema has one), `actions`, `singleton`,
    `lists`, `bulk`, `creating replace`, `soft delete`, `etag`, `if-match`, `if-match required`, `if-none-match`,
    `idempotency-key`, `action idempotency-key`, `tag` (a searched text field that a create accepts), `own list` (the
    records of the run can be found in it), `token`, `head`, `options`, `x-http` (the document has it). `cost` is how
    many requests a round takes at most. `documented` and `assumed` say which of its claims the vendor's documentation
    makes and which it leaves open; "" for none. `check` is None if the property is tested on every response.
    """

    code: str
    title: str
    rests_on: str
    needs: tuple[Need, ...]
    cost: int
    explanation: str
    documented: str = ""
    assumed: str = ""
    alone: bool = False
    """Nothing else may create or remove records meanwhile: it looks at all records, or sends requests at once."""
    check: Check | None = None
    writes: bool = field(init=False)
    """Whether it writes records."""

    def __post_init__(self) -> None:
        """Derive what the needs say."""
        object.__setattr__(self, "writes", Role.CREATE in self.needs or "singleton" in self.needs)

    @property
    def provenance(self) -> str:
        """The documented and the assumed claims, in words."""
        parts = (("Documented", self.documented), ("Assumed", self.assumed))
        return " ".join(f"{name}: {text}." for name, text in parts if text)

    def applies_to(self, api: ResourceClient) -> bool:
        """Whether the resource offers what the property needs. Most properties need several records."""
        if api.spec.resource.is_singleton != ("singleton" in self.needs):
            return False
        return all(_offers(api, need) for need in self.needs)


class Claims(TypedDict, total=False):
    """Which claims of a property the vendor documents, which are assumed, and whether it has to run alone."""

    documented: str
    assumed: str
    alone: bool


def contract_property(
    code: str, title: str, *, rests_on: str, needs: tuple[Need, ...], cost: int, **claims: Unpack[Claims]
) -> Callable[[Check], Property]:
    """A decorator that makes a property of a function. The docstring is the explanation; it gives an example."""

    def made(check: Check) -> Property:
        return Property(code, title, rests_on, needs, cost, cleandoc(check.__doc__ or ""), **claims, check=check)

    return made


def _offers(api: ResourceClient, need: Need) -> bool:
    if isinstance(need, Role):
        has_no_key = need is Role.DELETE or api.spec.resource.is_singleton
        return api.spec.has(need) and (has_no_key or api.spec.shows_key(need))
    if need in ("etag", "if-match", "if-match required", "if-none-match"):
        return need in parts(api)
    listing = api.spec.resource.listing
    key = api.spec.resource.idempotency_key
    known: dict[str, object] = {
        "idempotency-key": key and api.spec.operation(Role.CREATE).header(key),
        "action idempotency-key": key and any(api.spec.operation(one).header(key) for one in _actions(api)),
        "singleton": api.spec.resource.is_singleton,
        "lists": api.spec.resource.lists,
        "bulk": api.spec.resource.bulk,
        "soft delete": api.spec.resource.soft_delete,
        "creating replace": api.spec.resource.creates_by_replace,
        "unique": api.spec.resource.unique,
        "references": api.spec.resource.references,
        "actions": api.spec.resource.actions,
        "referrers": api.spec.resource.referrers,
        "described referrers": any(one.is_described for one in api.spec.resource.referrers.values()),
        "envelope": any(one.record for one in api.spec.resource.responses.values()),
        "fixed parts": any(one.fixed for one in api.spec.resource.responses.values()),
        "joint key": api.spec.resource.has_joint_key,
        "parent": api.spec.resource.parent,
        "parent-delete": api.prefix and _parent_has_delete(api),
        "tag": api.spec.tag_member,
        "own list": api.spec.lists_own,
        "two texts": len(api.spec.searched_texts) > 1,
        "token": api.client.token,
        "total": listing and listing.response.total,
        "head": _custom(api, "head"),
        "options": _custom(api, "options"),
        "x-http": api.spec.http_words is not None,
        "pages": listing and listing.response.pages,
        "count headers": listing and {"total", "range"} & set(listing.response.headers.values()),
        "links": listing and "links" in listing.response.headers.values(),
    }
    return bool(known[need] if need in known else listing and getattr(listing, need))


def _actions(api: ResourceClient) -> Iterable[RecordAction]:
    return api.spec.resource.actions.values()


def _parent_has_delete(api: ResourceClient) -> bool:
    parent = api.spec.resource.parent
    return parent is not None and api.others[parent.resource].spec.has(Role.DELETE)


def _custom(api: ResourceClient, method: str) -> object:
    """What `x-http` says about a method; None if it says nothing."""
    return (api.spec.http_words or {}).get("methods", {}).get(method)
