"""A finding as a shell script that sends its requests to any service, and says whether the promise is broken there."""

from __future__ import annotations

import base64
import inspect
import json
import re
import shlex
import textwrap
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import Any

from contract_tests import evidence, rejudging
from contract_tests.reproduction import TOKEN, Step, arguments

_TEMPLATE = Template((Path(__file__).parent / "reproduction.sh.template").read_text(encoding="utf-8"))
_UNPACK = "import base64, sys, zlib; sys.stdout.buffer.write(zlib.decompress(base64.b64decode(sys.stdin.read())))"
MARK = "# Sends the requests of a finding to a service,"
"""By this line of it a script is known for one of ours."""
# What fails now and then is sent three times as often as it took, which shows it with a chance of 19 in 20.
_PATIENCE = 3
_LEAST_TURNS = 10
_TURNS_IF_NEVER = 20


def script(title: str, steps: Sequence[Step], claim: Sequence[Any], attempts: int) -> str:
    """The script, for any sh. `attempts` is how often the steps had to be sent; see `Finding`.

    It exits 0 where the claim holds, 1 where it is broken, 2 where the requests could not be made, and removes what it
    creates.
    """
    # Of steps sent at the same time another may succeed the next time.
    succeeded = [step for step in steps if 200 <= step.status < 300 and not step.group]
    creates = {str(step.number): step.creates for step in succeeded if step.creates}
    return _TEMPLATE.substitute(
        title="\n".join(f"# {line}" for line in textwrap.wrap(title, 116)),
        turns=turns(steps, attempts),
        requests="\n".join(_requests(steps)),
        removals="\n".join(_removals(steps)) or "  :",
        unanswered="true" if asks_for_answer(claim) else "false",
        case=json.dumps({"claim": claim, "succeeded": [step.number for step in succeeded], "creates": creates}),
        evidence=inspect.getsource(evidence).strip(),
        rejudging=inspect.getsource(rejudging).strip(),
    )


def asks_for_answer(claim: Sequence[Any]) -> bool:
    """Whether the claim is that there is an answer at all: then one that never comes is no failure of the script."""
    relation, observed, expected = claim
    return relation == "is at least" and observed[0] == "status" and list(expected) == ["literal", 100]


def turns(steps: Sequence[Step], attempts: int) -> int:
    """How often a script sends its steps at the most, until they break the claim."""
    if attempts == 1 and not any(step.group for step in steps):
        return 1
    return max(_LEAST_TURNS, attempts * _PATIENCE) if attempts else _TURNS_IF_NEVER


def _requests(steps: Sequence[Step]) -> Iterator[str]:
    group: list[Step] = []
    for step in steps:
        if group and step.group != group[0].group:
            yield from _end(group, steps)
            group = []
        file = f'"$WORK/{step.number}.sent"'
        sends = step.content is not None and step.method != "HEAD"
        if sends:
            yield from _body(step, file)
        body = f" --data-binary @{file}" if sends else ""
        yield f"  ask {step.number} {' '.join(arguments(step))}{body}" + (" &" if step.group else "")
        group = [*group, step]
        if not step.group:
            yield from _end(group, steps)
            group = []
    yield from _end(group, steps)


def _end(group: Sequence[Step], steps: Sequence[Step]) -> Iterator[str]:
    """What follows requests that were sent together: their answers are awaited, their keys bound."""
    if group and group[0].group:
        yield "  wait"
    for step in group:
        if step.creates and any(one.bound_to == step.number for one in steps):
            yield f"  KEY{step.number}=$(key {step.number} {shlex.quote(step.creates)})"


def _body(step: Step, file: str) -> Iterator[str]:
    if step.text is not None:
        yield f"  printf %s {shlex.quote(step.text)} > {file}"
        return
    yield f"  # {len(step.data):,} bytes"
    yield f"  \"$PYTHON\" -c '{_UNPACK}' > {file} <<'END_OF_BODY'"
    yield base64.encodebytes(zlib.compress(step.data)).decode() + "END_OF_BODY"


def _removals(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.removal:
            method, _, path = step.removal.partition(" ")
            member = "".join(re.findall(r"\{([^{}]*)\}", path))
            address = re.sub(r"\{[^{}]*\}", "$key", path)
            yield f"  key=$(key {step.number} {shlex.quote(member)})"
            yield f'  [ "$key" = none ] || remove -X {method} "$BASE{address}" {TOKEN}'
