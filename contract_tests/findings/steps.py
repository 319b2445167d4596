"""A finding as numbered requests to send again."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from contract_tests.claims import evaluation
from contract_tests.target.client import Call, Exchange, needed_headers
from contract_tests.target.guard import SAFE
from openapi import Contract, Resource, Role
from openapi.json_value import JsonValue, json_or_none
from openapi.keys import fields_of, key_in, renamed
from openapi.pointers import join, resolve

LONGEST_BODY = 1_000
"""The longest body, in characters, that a line shows."""
MEMBERS = re.compile(r"\{.*\}")
"""The fields of a key in the path of a removal."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a reproduction, and the status of its response.

    `{key}` or `{+key}` in `path` is `key`, or the key of the record that step `bound_to` created. `content` is the
    body, one character per byte (latin-1), None for no body; a `key_mark` in it is the key that another step created.
    A step with `creates` creates a record; its key is that field of the response, or several fields (`openapi.keys`).
    A `*` in it means each item of an array: the step creates several records, and its key is that of the first.
    Steps of one `group` other than 0 are sent at the same time. `authorization` 'token' is the run's token. `removal`,
    such as `DELETE /phones/{uuid}`, removes what the step may create, by a field of the response; None if the step
    creates nothing or nothing can remove it; `removal_headers` are sent with that. `headers` are sent as they are; a
    `key_mark` in one is the ETag of the response to another step.
    """

    number: int
    method: str
    path: str
    key: str | None
    bound_to: int | None
    query: str
    content: str | None
    content_type: str
    authorization: str | None
    creates: str | None
    group: int
    status: int
    removal: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    removal_headers: Mapping[str, str] = field(default_factory=dict)

    def call(self, keys: Mapping[int, str], etags: Mapping[int, str]) -> Call:
        """The request to send. `keys` are the keys of the records that earlier steps created, `etags` their ETags."""
        key = self.key if self.bound_to is None else keys[self.bound_to]
        data = None if self.content is None else with_keys(self.content, keys).encode("latin-1")
        return Call(
            self.method,
            self.path,
            key,
            self.query,
            data=data,
            content_type=self.content_type,
            authorization=self.authorization,
            headers={name: with_keys(value, etags) for name, value in self.headers.items()},
        )

    @property
    def data(self) -> bytes:
        """The body."""
        return (self.content or "").encode("latin-1")

    @property
    def text(self) -> str | None:
        """The body as text for a line; None if it is too long or not printable."""
        try:
            text = self.data.decode()
        except UnicodeDecodeError:
            return None
        return text if _MARK.sub("", text).isprintable() and len(text) <= LONGEST_BODY else None

    @property
    def refers_to(self) -> set[int]:
        """The steps that created the records that the body refers to."""
        return {int(number) for number in _MARK.findall(self.content or "")}

    @property
    def conditions(self) -> set[int]:
        """The steps whose responses have the ETags in the headers."""
        return {int(number) for value in self.headers.values() for number in _MARK.findall(value)}

    @property
    def removed_by(self) -> str:
        """The field by which the record that the step created is removed; '' if nothing removes it."""
        found = MEMBERS.search(self.removal or "")
        return "" if found is None else found[0] if found[0].count("{") > 1 else found[0][1:-1]

    def uses(self, number: int) -> bool:
        """Whether the path or the body has the key that step `number` created."""
        return self.bound_to == number or number in self.refers_to


_MARK = re.compile("\x01([0-9]+)\x02")
"""The mark of a key in a body. JSON can't have these characters as they are (RFC 8259, section 7)."""


def key_mark(number: int) -> str:
    """The placeholder in a body for the key that step `number` created."""
    return f"\x01{number}\x02"


def with_keys(content: str, keys: Mapping[int, str]) -> str:
    """A body with the keys that the steps created."""
    return _MARK.sub(lambda mark: keys[int(mark[1])], content)


def parts_of(text: str) -> Iterator[str | int]:
    """A body in parts: texts, and the numbers of the steps that created the records of the keys between them."""
    for index, part in enumerate(_MARK.split(text)):
        if part:
            yield int(part) if index % 2 else part


def _marked(content: str, fields: Collection[str], made: Mapping[str, int]) -> str:
    """The body with marks for the keys in `made` that its `fields` have."""
    body = json_or_none(content.encode("latin-1"))
    for name in fields if isinstance(body, dict) else ():
        value = body.get(name)
        for key in value if isinstance(value, list) else [value]:
            number = made.get(str(key)) if isinstance(key, (str, int)) and _PLAIN_KEY.fullmatch(str(key)) else None
            if number is not None:
                literal = re.escape(json.dumps(key))
                mark = f'"{key_mark(number)}"' if isinstance(key, str) else key_mark(number)
                before = rf'("{re.escape(name)}"\s*:\s*(?:\[[^\]]*?)?)'
                content = re.sub(before + literal + r"(?=\s*[,\]}])", rf"\g<1>{mark}", content)
    return content


_PLAIN_KEY = re.compile(r"[\w.~-]+", re.ASCII)


def _with_marks(value: str, tags: Mapping[str, int]) -> str:
    """The value of a header with marks for the entity tags in it."""
    for tag, number in tags.items():
        value = value.replace(tag, key_mark(number))
    return value


class RecordKeys(NamedTuple):
    """Where the keys of records are.

    By the method and path of each create operation, `creating` has the field of the key, or its JSON Pointer if the
    response is not the record itself, and `removing` has the `removal` of its records, with its headers. `referring`
    are the fields of bodies that have keys of other records.
    """

    creating: Mapping[tuple[str, str], str]
    removing: Mapping[tuple[str, str], tuple[str, Mapping[str, str]]]
    referring: Collection[str]


def steps_of(trace: Sequence[Exchange], keys: RecordKeys) -> tuple[Step, ...]:
    """The exchanges as steps."""
    made: dict[str, int] = {}
    tags: dict[str, int] = {}
    steps = []
    for number, exchange in enumerate(trace, 1):
        call, response = exchange.call, exchange.response
        made_by = keys.creating.get((call.method, call.path)) if 200 <= response.status < 300 else None
        made_key = key_at(response.json, made_by) if made_by is not None else None
        member = made_by if made_key is not None else None
        removal, removal_headers = keys.removing.get((call.method, call.path), (None, {}))
        content = call.content
        steps.append(
            Step(
                number=number,
                method=call.method,
                path=call.path,
                key=call.key,
                bound_to=made.get(call.key) if call.key is not None else None,
                query=call.query_text,
                content=None if content is None else _marked(content.decode("latin-1"), keys.referring, made),
                content_type=call.content_type,
                authorization=call.authorization,
                creates=member,
                group=exchange.group,
                status=response.status,
                removal=removal,
                headers={name: _with_marks(one, tags) for name, one in call.headers.items()},
                removal_headers=removal_headers,
            )
        )
        if call.method in SAFE and "ETag" in response.headers:
            tags.setdefault(response.headers["ETag"], number)
        if member is not None:
            made.setdefault(made_key or "", number)
    return tuple(steps)


def key_at(value: JsonValue, field: str) -> str | None:
    """The key in a response with a new record, by its field or by a JSON Pointer; None if there is none."""
    if "{" in field:
        joint = key_in({name: _at(value, name) for name in fields_of(field)}, field)
        return None if joint is None else str(joint)
    key = _at(value, field)
    return None if key is None else str(key)


def _at(value: JsonValue, field: str) -> JsonValue:
    pointer = field if field.startswith("/") else join("", field)
    try:
        found: JsonValue = resolve(value, pointer.replace("/*/", "/0/"))
    except (LookupError, ValueError):
        return None
    return found


def record_keys(contract: Contract) -> RecordKeys:
    """Where the records of the document have their keys."""
    creating: dict[tuple[str, str], str] = {}
    removing: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = {}
    for one in contract.resources.values():
        if Role.CREATE in one.operations:
            create = contract.operations[one.operations[Role.CREATE]]
            envelope = one.response(create.id)
            fields = {(create.method, one.collection): _below(one, envelope.record) if envelope.record else one.key}
            for name, bulk in one.bulk.items():
                operation = contract.operations[name]
                fields[operation.method, operation.path] = _below(one, join(bulk.response.items, "*"))
            creating |= fields
            if Role.DELETE in one.operations:
                delete = contract.operations[one.operations[Role.DELETE]]
                for route, field in fields.items():
                    path = one.slotted().replace(one.key_slot, field if one.has_joint_key else f"{{{field}}}")
                    removing[route] = f"{delete.method} {path}", needed_headers(one, delete)
    referring = {name for one in contract.resources.values() for name in one.references}
    referring |= {one.key for one in contract.resources.values() if one.keyed_by_body}
    return RecordKeys(creating, removing, referring)


def _below(resource: Resource, pointer: str) -> str:
    """The key of a record at a JSON Pointer in a response."""
    return renamed(resource.key, lambda name: join(pointer, name))


def renumbered(steps: Sequence[Step], claim: Any) -> tuple[tuple[Step, ...], Any]:
    """The steps numbered from 1 without gaps, and the claim with these numbers."""
    numbers = {step.number: number for number, step in enumerate(steps, 1)}
    counted = tuple(
        replace(
            step,
            number=numbers[step.number],
            bound_to=numbers.get(step.bound_to) if step.bound_to else None,
            content=step.content and _MARK.sub(lambda mark: key_mark(numbers[int(mark[1])]), step.content),
            headers={
                name: _MARK.sub(lambda mark: key_mark(numbers[int(mark[1])]), one) for name, one in step.headers.items()
            },
        )
        for step in steps
    )
    return counted, evaluation.with_numbers(claim, numbers)
