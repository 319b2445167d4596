"""A finding as numbered requests to send again, and as shell lines."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import quote

from requests.utils import requote_uri

from contract_tests.claims import evaluation
from contract_tests.header_file import CURL_ARGUMENT
from contract_tests.target.client import CUT_TOKEN, OTHER_START_TOKEN, RESPELT_TOKEN, Call, Exchange, needed_headers
from contract_tests.target.guard import SAFE
from openapi import Contract, Resource, Role
from openapi.json_value import JsonValue, json_or_none
from openapi.keys import SLOT, SLOTS, expand, fields_of, key_in, renamed
from openapi.pointers import join, resolve, split

LONGEST_BODY = 1_000
"""The longest body, in characters, that a line shows."""
_MEMBERS = re.compile(r"\{.*\}")
TOKEN = '${CALLCAMP_TOKEN:+-H "Authorization: Bearer $CALLCAMP_TOKEN"}'
"""The argument of curl that sends the token; nothing if the variable is not set."""


def curl_credentials(token: bool, header_file: bool) -> tuple[str, ...]:
    """The arguments of curl for requests that carry the token, the headers of the header file, or both."""
    return tuple(text for text, is_carried in ((TOKEN, token), (CURL_ARGUMENT, header_file)) if is_carried)


class Expansion(str):
    """A part of a shell word that the shell expands, such as `$BASE`."""

    __slots__ = ()


_BASE = Expansion("$BASE")
_FORMS = {
    "{token}": Expansion("${CALLCAMP_TOKEN}"),
    CUT_TOKEN: Expansion("${CALLCAMP_TOKEN%?}"),
    OTHER_START_TOKEN: Expansion("~${CALLCAMP_TOKEN#?}"),
    RESPELT_TOKEN: Expansion('$(printf %s "$CALLCAMP_TOKEN" | tr A-Za-z a-zA-Z)'),
}


def shell_word(*parts: str) -> str:
    """One shell word, quoted except for the parts that are an `Expansion`."""
    if not any(isinstance(part, Expansion) for part in parts):
        return shlex.quote("".join(parts))
    return f'"{"".join(part if isinstance(part, Expansion) else _in_double_quotes(part) for part in parts)}"'


def _in_double_quotes(text: str) -> str:
    return re.sub(r'[\\"$`]', r"\\\g<0>", text)


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
    """The pointers of keys in the document."""
    creating: dict[tuple[str, str], str] = {}
    removing: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = {}
    for one in contract.resources.values():
        if Role.CREATE in one.operations:
            pointer = contract.operations[one.operations[Role.CREATE]].method, one.collection
            envelope = one.response(one.operations[Role.CREATE])
            fields = {pointer: _below(one, envelope.record) if envelope.record else one.key}
            for name, bulk in one.bulk.items():
                operation = contract.operations[name]
                fields[operation.method, operation.path] = _below(one, join(bulk.answer.items, "*"))
            creating |= fields
            if Role.DELETE in one.operations:
                delete = contract.operations[one.operations[Role.DELETE]]
                for pointer, field in fields.items():
                    path = one.slotted().replace(one.key_slot, field if one.has_joint_key else f"{{{field}}}")
                    removing[pointer] = f"{delete.method} {path}", needed_headers(one, delete)
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


class Command(NamedTuple):
    """A line for a shell that sends one step, and a note: the status of the response, among other things."""

    number: int
    line: str
    note: str


def curl_lines(steps: Sequence[Step], credentials: Collection[str] = (TOKEN,)) -> Iterator[str]:
    """Each step as a numbered line. BASE is the address of the service, KEY1 the key that the first step created."""
    for command in commands(steps, credentials):
        yield f"{command.number}. {command.line}   # {command.note}"


def commands(steps: Sequence[Step], credentials: Collection[str] = (TOKEN,)) -> list[Command]:
    """The lines for sh that send the steps; jq reads the key of each created record into a variable.

    `credentials` are the arguments of curl for what requests carry.
    """
    return [
        Command(step.number, _line(step, index, steps, credentials), _note(step)) for index, step in enumerate(steps)
    ]


def removals(steps: Sequence[Step], credentials: Collection[str] = (TOKEN,)) -> list[str]:
    """The lines to run after `commands`: they remove the records that no step removes, the newest first.

    An older record may have to stay as long as a newer one refers to it.
    """
    lines = []
    for step in reversed(steps):
        if _made(step) is None or step.removal is None:
            continue
        method, address = _removal(step)
        gone = any(one.bound_to == step.number and one.method == method and one.status < 300 for one in steps)
        if not gone or _is_several(step):
            headers = (f"-H {shell_word(f'{name}: {value}')}" for name, value in step.removal_headers.items())
            line = " ".join([f"curl -X {method} {address}", *credentials, *headers])
            lines.append(f"for KEY in $KEYS{step.number}; do {line}; done" if _is_several(step) else line)
    return lines


def read_backs(steps: Sequence[Step], credentials: Collection[str] = (TOKEN,)) -> dict[int, str]:
    """By the step that creates a record, a line that gets it, if later steps change the record and then read it.

    The check reads each new record to see that it is its own, and a cached read may be the finding.
    """
    lines = {}
    for step in steps:
        reads = [one.method in SAFE for one in steps if one.bound_to == step.number]
        if (
            step.creates
            and step.removal
            and not (step.group or _is_several(step))
            and True in reads[1:]
            and not reads[0]
        ):
            lines[step.number] = f"curl {_removal(step)[1]}" + "".join(f" {one}" for one in credentials)
    return lines


def _line(step: Step, index: int, steps: Sequence[Step], credentials: Collection[str]) -> str:
    request = " ".join(["curl", *arguments(step, credentials), *_data(step)])
    if any(step.number in one.conditions for one in steps):
        # Only the header fields; their names may be in any letter case.
        tag = "tr -d '\\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: *//p'"
        return f"ETAG{step.number}=$({request} -o /dev/null -D - | {tag})"
    if not step.group:
        return _bound(step, f"{request} | ", steps) if step.creates else request
    if _made(step):
        request += f" -o answer-{step.number}.json"
    if any(one.group == step.group for one in steps[index + 1 :]):
        return f"{request} &"
    made = [one for one in steps if one.group == step.group and _made(one)]
    bound = [_bound(one, "", steps, f" answer-{one.number}.json") for one in made]
    return f"{request} & {'; '.join(['wait', *bound])}"


def _bound(step: Step, request: str, steps: Sequence[Step], file: str = "") -> str:
    """The assignment of the key that a step creates, percent-encoded if it has to be."""
    member = _made(step) or ""
    if "{" in member:
        return _bound_to_several(step, member, f"{request}jq -r", file)
    path = _jq_path(member)
    encoded = any(one.bound_to == step.number and one.key and quote(one.key, safe="") != one.key for one in steps)
    if _is_several(step):
        every = shell_word(path if path.startswith(".") else f".{path}", "|@uri")
        return (
            f"KEYS{step.number}=$({request}jq -r {every}{file}); KEY{step.number}=${{KEYS{step.number}%%[[:space:]]*}}"
        )
    selected = shell_word(path, "|@uri" if encoded else "")
    return f"KEY{step.number}=$({request}jq -r {selected}{file})"


def _bound_to_several(step: Step, member: str, jq: str, file: str) -> str:
    """The assignment of a key of several fields, each of them percent-encoded."""
    items = member.partition("/*/")[0].removeprefix("{") if _is_several(step) else ""
    member = member.replace(f"{{{items}/*/", "{") if items or _is_several(step) else member
    text = renamed(member, lambda name: rf"\({_jq_path(name)}|@uri)", braces=False)
    if not _is_several(step):
        word = shell_word('"', text, '"')
        return f"KEY{step.number}=$({jq} {word}{file})"
    every = shell_word(_jq_path(items) or ".", '[] | "', text, '"')
    return f"KEYS{step.number}=$({jq} {every}{file}); KEY{step.number}=${{KEYS{step.number}%%[[:space:]]*}}"


def _jq_path(pointer: str) -> str:
    """A field, or a JSON Pointer, as a path of jq."""
    return "".join(map(_jq_part, split(pointer) if pointer.startswith("/") else [pointer] if pointer else []))


def _jq_part(name: str) -> str:
    """A part of a path of jq."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
    return "[]" if name == "*" else f".{name}" if plain else f'."{name}"'


def _is_several(step: Step) -> bool:
    """Whether the step creates several records: KEYS1 has the keys of all, KEY1 that of the first."""
    return "/*/" in (step.creates or "")


def _made(step: Step) -> str | None:
    """The field with the key of what a step creates. In a group, another step may create it the next time."""
    return removed_by(step) if step.group and step.removal else step.creates


def _note(step: Step) -> str:
    parts = [str(step.status)]
    if step.content is not None and step.text is None:
        parts.append(f"body-{step.number} is {len(step.data):,} bytes, written by the script")
    if step.group:
        parts.append("sent at the same time as the requests next to it")
    return ", ".join(parts)


def _data(step: Step) -> Iterator[str]:
    if step.content is None or step.method == "HEAD":
        return
    if step.text is None:
        yield f"--data-binary @body-{step.number}"
    else:
        yield f"--data-raw {_quoted(step.text)}"


def _quoted(text: str) -> str:
    """A body for a shell, with variables in place of the keys that other steps created."""
    return "".join(f'"$KEY{part}"' if isinstance(part, int) else shlex.quote(part) for part in parts_of(text)) or "''"


def arguments(step: Step, credentials: Collection[str] = (TOKEN,)) -> Iterator[str]:
    """The arguments of curl for a step, without its body."""
    if step.method == "HEAD":
        yield "--head"
    elif step.method != "GET" or step.content is not None:
        yield f"-X {step.method}"
    target = step.path + (f"?{step.query}" if step.query else "")
    if step.bound_to is None:
        target = expand(target, step.key or "")
    first, *others = (requote_uri(part) for part in target.replace(SLOTS, SLOT).split(SLOT))
    if set("[]{}") & set("".join([first, *others])):
        yield "--globoff"
    bound = (word for part in others for word in (_key_before(part, step.bound_to), part))
    yield shell_word(_BASE, first, *bound)
    yield from _credentials(step, credentials)
    if step.content is not None and step.method != "HEAD":
        # A name without a value removes the header that curl would send.
        yield "-H " + shell_word(f"Content-Type: {step.content_type}" if step.content_type else "Content-Type:")
    elif step.method in ("POST", "PUT", "PATCH"):
        yield "-H 'Content-Length: 0'"
    for name, value in step.headers.items():
        parts = (Expansion(f"$ETAG{part}") if isinstance(part, int) else part for part in parts_of(value))
        yield "-H " + shell_word(f"{name}: ", *parts)


def removed_by(step: Step) -> str:
    """The field by which the record that `step` created is removed; '' if nothing removes it."""
    found = _MEMBERS.search(step.removal or "")
    return "" if found is None else found[0] if found[0].count("{") > 1 else found[0][1:-1]


def _removal(step: Step) -> tuple[str, str]:
    """The method that removes the record that `step` created, and its address as a word for a shell."""
    method, _, path = (step.removal or "").partition(" ")
    before, _, after = _MEMBERS.sub("{}", path, count=1).partition("{}")
    key = Expansion("$KEY") if _is_several(step) else _key_before(after, step.number)
    return method, shell_word(_BASE, before, key, after)


def _key_before(text: str, number: int | None) -> Expansion:
    """The shell variable with the key that step `number` created, before `text`."""
    return Expansion(f"${{KEY{number}}}" if re.match(r"\w", text, re.ASCII) else f"$KEY{number}")


def _credentials(step: Step, credentials: Collection[str]) -> Iterator[str]:
    if step.authorization == "token":
        yield from credentials
        return
    yield from (one for one in credentials if one != TOKEN)
    if step.authorization is not None:
        pieces = re.split(f"({'|'.join(map(re.escape, _FORMS))})", step.authorization)
        yield "-H " + shell_word("Authorization: ", *(_FORMS.get(piece, piece) for piece in pieces))
