"""A finding as a shell script that sends its requests to any service and says whether the finding occurs there."""

from __future__ import annotations

import base64
import inspect
import json
import shlex
import textwrap
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from contract_tests.claims import evaluation
from contract_tests.findings import script_judge
from contract_tests.findings.curl import TOKEN, Step, arguments, removal_of, removed_by
from contract_tests.findings.script_judge import CONFLICT
from contract_tests.target import tags

_TEMPLATE = Template((Path(__file__).parent / "reproduction.sh.template").read_text(encoding="utf-8"))
_UNPACK = """
import base64, sys, zlib
body = zlib.decompress(base64.b64decode(sys.stdin.read()))
for old, new in zip(sys.argv[1::2], sys.argv[2::2]):
    body = body.replace(old.encode(), new.encode())
sys.stdout.buffer.write(body)
"""
MARK = "# Sends the requests of a finding to a service,"
"""The line by which a script is recognized as one of ours."""
# An intermittent failure is tried four times as often as it takes on average, which misses it in 2 % of the runs.
_PATIENCE = 4
_LEAST_TURNS, _MOST_TURNS = 10, 80
_TURNS_IF_NEVER = 20


def script(
    title: str, steps: Sequence[Step], claim: Sequence[Any], attempts: int, tag: str = "", refused: Sequence[int] = ()
) -> str:
    """The script, for any sh. For `attempts`, `tag` and `refused` see `Finding`.

    It exits 0 if the claim holds, 1 if it is violated, 2 if the requests failed, and removes what it creates.
    """
    # Of steps sent at the same time, another one may succeed the next time.
    succeeded = [step for step in steps if 200 <= step.status < 300 and not step.group]
    parts = tag_parts(steps, tag)
    creates = {str(step.number): step.creates for step in succeeded if step.creates}
    removing = {str(step.number): removed_by(step) for step in steps if step.removal}
    return _TEMPLATE.substitute(
        title="\n".join(f"# {line}" for line in textwrap.wrap(title, 116)),
        turns=turns(steps, attempts),
        tag="read_tags" if parts else ":",
        requests="\n".join(_requests(steps, _Tagged(tag, parts))),
        removals="\n".join(_removals(steps)) or "  :",
        unanswered="true" if asks_for_answer(claim) else "false",
        case=json.dumps(
            {
                "claim": claim,
                "succeeded": [step.number for step in succeeded],
                "creates": creates,
                "removed_by": removing,
                "free": [one.number for one in steps if one.removal and not one.group and one.status != CONFLICT],
                "refused": list(refused),
                "tag": tag,
                "parts": parts,
            }
        ),
        evaluation=inspect.getsource(evaluation).strip(),
        tags=inspect.getsource(tags).strip(),
        script_judge=inspect.getsource(script_judge).strip(),
    )


def asks_for_answer(claim: Sequence[Any]) -> bool:
    """Whether the claim is that there is a response at all; then a missing response is not a failure of the script."""
    relation, observed, expected = claim
    return relation == "is at least" and observed[0] == "status" and list(expected) == ["literal", 100]


def turns(steps: Sequence[Step], attempts: int) -> int:
    """How often a script sends its steps at most, until they violate the claim."""
    if attempts == 1 and not any(step.group for step in steps):
        return 1
    return min(max(_LEAST_TURNS, attempts * _PATIENCE), _MOST_TURNS) if attempts else _TURNS_IF_NEVER


def tag_parts(steps: Sequence[Step], tag: str) -> list[str]:
    """The parts of the tag in the texts of the script, as written there, each once."""
    texts = [text for step in steps for text in (" ".join(arguments(step)), step.content or "")]
    return list(dict.fromkeys(part for text in texts for part in tags.parted(text, tag)[1::2]))


@dataclass(frozen=True, slots=True)
class _Tagged:
    """Writes texts for a shell, with variables in place of the tag."""

    tag: str
    parts: Sequence[str]

    def within(self, text: str) -> str:
        """A text that is within double quotes."""
        return self._written(text, lambda part: f"${{{self._variable(part)}}}", str)

    def quoted(self, text: str) -> str:
        """A text that is not quoted yet."""
        return self._written(text, lambda part: f'"${self._variable(part)}"', shlex.quote) or "''"

    def pairs(self, text: str) -> str:
        """Each part of the tag in the text, and its variable."""
        found = dict.fromkeys(tags.parted(text, self.tag)[1::2])
        return "".join(f' {part} "${self._variable(part)}"' for part in found)

    def _variable(self, part: str) -> str:
        return f"TAG{self.parts.index(part) + 1}"

    def _written(self, text: str, varying: Callable[[str], str], between: Callable[[str], str]) -> str:
        pieces = enumerate(tags.parted(text, self.tag))
        return "".join(varying(one) if place % 2 else between(one) for place, one in pieces if one)


def _requests(steps: Sequence[Step], tagged: _Tagged) -> Iterator[str]:
    group: list[Step] = []
    for step in steps:
        if group and step.group != group[0].group:
            yield from _end(group, steps)
            group = []
        file = f'"$WORK/{step.number}.sent"'
        sends = step.content is not None and step.method != "HEAD"
        if sends:
            yield from _body(step, file, tagged)
        body = f" --data-binary @{file}" if sends else ""
        request = tagged.within(" ".join(arguments(step)))
        yield f"  request {step.number} {request}{body}" + (" &" if step.group else "")
        group = [*group, step]
        if not step.group:
            yield from _end(group, steps)
            group = []
    yield from _end(group, steps)


def _end(group: Sequence[Step], steps: Sequence[Step]) -> Iterator[str]:
    """The lines after requests that were sent together: wait for the responses, read the keys."""
    if group and group[0].group:
        yield "  wait"
    for step in group:
        if step.creates and any(one.bound_to == step.number for one in steps):
            yield f"  KEY{step.number}=$(judge key {step.number} {shlex.quote(step.creates)})"
            if step.removal:
                # The check reads each new record to see that it is its own; a service may remember that read.
                yield f'  [ "$KEY{step.number}" = none ] || read_back "$BASE{removal_of(step)[1]}" {TOKEN}'


def _body(step: Step, file: str, tagged: _Tagged) -> Iterator[str]:
    if step.text is not None:
        yield f"  printf %s {tagged.quoted(step.text)} > {file}"
        return
    yield f"  # {len(step.data):,} bytes"
    yield f"  \"$PYTHON\" -c '{_UNPACK}'{tagged.pairs(step.content or '')} > {file} <<'END_OF_BODY'"
    yield base64.encodebytes(zlib.compress(step.data)).decode() + "END_OF_BODY"


def _removals(steps: Sequence[Step]) -> Iterator[str]:
    if any(step.removal for step in steps):
        yield "  read_keys || return 0"
    for step in steps:
        if step.removal:
            method, path = removal_of(step)
            yield f'  [ "$KEY{step.number}" = none ] || remove -X {method} "$BASE{path}" {TOKEN}'
