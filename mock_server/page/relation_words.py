"""Describes in words what operations do to references, and what actions do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openapi.contract import Contract
from openapi.json_value import JsonValue, as_text
from openapi.model.links import NOW, Condition, OnDelete, RecordAction, Reference, Referrers
from openapi.model.resource import Resource, Role


def relation_sentences(contract: Contract, resource: Resource, role: Role) -> Iterator[str]:
    """What the operation with this role does with references, parents and referrers."""
    if role is Role.LIST and resource.parent:
        yield f"Only those of the {resource.parent.resource} in the path."
    if role is Role.CREATE and resource.parent:
        yield f"It belongs to the {resource.parent.resource} in the path."
    if role in (Role.CREATE, Role.UPDATE, Role.REPLACE):
        yield from map(_reference, resource.references.values())
    if role is not Role.DELETE:
        computed = resource.referrers.values()
        yield from map(_referrers, [one for one in computed if one.is_described or role is Role.READ])
    if role is Role.DELETE:
        yield from _delete(contract, resource)


def action_sentences(resource: Resource, action: RecordAction) -> Iterator[str]:
    """What an action does."""
    sets = [f"{name} to {_value(value)}" for name, value in action.sets.items()]
    changes = f"Sets {enumeration(sets)}" if sets else "Sets the fields in the body"
    yield f"{changes} in the {resource.name} record with this {enumeration(resource.key_fields)}."
    if action.where:
        yield f"Refused unless {_conditions(action.where)}."


def enumeration(words: Iterable[str], conjunction: str = "and") -> str:
    """The words as a list, such as a, b and c."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def _reference(one: Reference) -> str:
    if one.many:
        return f"{one.field} must have only keys of existing {one.to} records."
    return f"{one.field} must be {'null or ' if one.nullable else ''}the key of an existing {one.to}."


def _delete(contract: Contract, resource: Resource) -> Iterator[str]:
    for other in contract.resources.values():
        if other.parent and other.parent.resource == resource.name:
            yield _of_parent(other, other.parent.on_delete)
        yield from (_on_delete(other, one) for one in other.references.values() if one.to == resource.name)


def _referrers(one: Referrers) -> str:
    those = f"the {one.resource} records that refer to it{_where(one.where)}"
    if one.show == "count":
        return f"{one.field} is the number of {those}."
    shown = "the keys" if isinstance(one.show, str) else enumeration(one.show)
    return f"{one.field} lists {shown} of {those}."


def _of_parent(other: Resource, on_delete: OnDelete) -> str:
    if on_delete is OnDelete.REFUSE:
        return f"Refused while it has {other.name} records."
    return f"Deletes its {other.name} records, too."


def _on_delete(other: Resource, one: Reference) -> str:
    those = f"{other.name} records that refer to it in {one.field}{_where(one.where)}"
    return {
        OnDelete.REFUSE: f"Refused while {those} exist.",
        OnDelete.CASCADE: f"Deletes the {those}, too.",
        OnDelete.UNSET: f"Unsets {one.field} of the {other.name} records that refer to it there{_where(one.where)}.",
        OnDelete.KEEP: f"The {those} keep the key.",
    }[one.on_delete]


def _where(condition: Condition | None) -> str:
    return f", if {_conditions(condition)}" if condition else ""


def _conditions(condition: Condition) -> str:
    each = [f"{name} is {enumeration(map(_value, values), 'or')}" for name, values in condition.fields.items()]
    return enumeration(each)


def _value(value: JsonValue) -> str:
    if value == NOW:
        return "the time of the action"
    return as_text(value)
