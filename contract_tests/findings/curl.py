"""A finding as lines for a shell: curl sends its steps, jq reads the keys of the records that they create."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from requests.utils import requote_uri

from contract_tests.findings.steps import MEMBERS, Step, parts_of
from contract_tests.header_file import CURL_ARGUMENT
from contract_tests.target.client import CUT_TOKEN, OTHER_START_TOKEN, RESPELT_TOKEN
from contract_tests.target.guard import SAFE
from openapi.keys import SLOT, SLOTS, expand, renamed
from openapi.pointers import split

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
    return step.removed_by if step.group and step.removal else step.creates


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


def _removal(step: Step) -> tuple[str, str]:
    """The method that removes the record that `step` created, and its address as a word for a shell."""
    method, _, path = (step.removal or "").partition(" ")
    before, _, after = MEMBERS.sub("{}", path, count=1).partition("{}")
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
