"""Judges the responses that a reproduction script received; curl wrote them to files.

Scripts contain a copy of this module, of `claims.evaluation` and of `target.tags`, so it needs only the standard
library. The folder has, by the number of the step, the head of a response (`1.head`), its body (`1.body`) and its time
(`1.time`), and in `tag` the tag of this turn. `case.json` has the claim, its tag, the parts of the tag in the requests
(`parts`), which steps succeeded, the field of the key for those that create a record, the field by which a record is
removed (`removed_by`), which creates met no conflict (`free`), and the statuses with which a service rejects an
invalid request (`refused`). The files `keys` and `tags` have variables for the shell.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contract_tests.claims.evaluation import ResponseData, judge, references, relation_of
from contract_tests.target import tags

KEPT, NOT_MADE, BROKEN = 0, 2, 10
CONFLICT = 409
_LONGEST = 2_000
_TOKEN = "set CALLCAMP_TOKEN to a valid token"
_TAKEN = "a value may be taken: remove the record that has it, or write another value in this script"
_HINTS = {
    401: _TOKEN,
    403: _TOKEN,
    404: "check that the address is the base URL of the document's paths",
    CONFLICT: _TAKEN,
}


def main(arguments: Sequence[str]) -> int:
    """Run one command of a script, and return its exit code.

    `key FOLDER STEP FIELD` prints the key of what a step created, `tag FOLDER` makes a new tag, `keys FOLDER` writes
    the keys of what has to be removed. `turn FOLDER` prints the verdict on a turn, and does both of the others to save
    two starts of Python.
    """
    word, place, *rest = arguments
    folder = Path(place)
    if word == "key":
        sys.stdout.write(_key(folder, *rest))
        return KEPT
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    code = _judge(folder, case) if word == "turn" else KEPT
    if word in ("turn", "keys"):
        _write_keys(folder, case)
    if word in ("turn", "tag"):
        _write_tags(folder, case)
    return code


def _judge(folder: Path, case: Mapping[str, Any]) -> int:
    kept = folder / "tag"
    new = kept.read_text(encoding="ascii") if kept.exists() else ""
    answers = {int(head.stem): with_tag(answer_in(head), new, case["tag"]) for head in folder.glob("*.head")}
    if not references(case["claim"]):
        sys.stderr.write("the responses do not show the finding; send the requests one by one\n")
        return NOT_MADE
    refused = refused_step(case, answers)
    if refused:
        sys.stdout.write(f"got: step {refused} is rejected with {answers[refused].status}\n")
        return KEPT
    problem = not_repeated(case, answers)
    if problem:
        sys.stderr.write(f"{problem}\n")
        return NOT_MADE
    try:
        verdict = judge(case["claim"], answers)
    except (LookupError, TypeError):
        sys.stderr.write("the responses have another form than before, so they prove nothing\n")
        return NOT_MADE
    taken = next((number for number in case["free"] if answers[number].status == CONFLICT), None)
    if taken and not verdict.holds:
        sys.stderr.write(f"step {taken} got {CONFLICT}, unlike before; {_TAKEN}\n")
        return NOT_MADE
    relation = relation_of(case["claim"])
    words = "" if relation == "is" else f"{relation.removeprefix('is ')} "
    sys.stdout.write(f"got: {_shown(verdict.observed)}\nexpected: {words}{_shown(verdict.expected)}\n")
    return KEPT if verdict.holds else BROKEN


def with_tag(answer: ResponseData, old: str, new: str) -> ResponseData:
    """The response with the tag `new` in place of `old`."""
    if not old:
        return answer
    fields = {name: tags.retagged(value, old, new) for name, value in answer.headers.items()}
    body = tags.retagged(answer.body.decode("latin-1"), old, new).encode("latin-1")
    return ResponseData(answer.status, fields, body, answer.seconds)


def answer_in(head: Path) -> ResponseData:
    """The response with its head in the file `head`. Of several (100 Continue) the last counts; see RFC 9110, 15.2."""
    blocks = head.read_bytes().decode("latin-1").split("\r\n\r\n")
    first, *lines = [block for block in blocks if block.startswith("HTTP/")][-1].split("\r\n")
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    body = head.with_suffix(".body")
    took = head.with_suffix(".time")
    seconds = float(took.read_text(encoding="ascii") or 0) if took.exists() else 0.0
    return ResponseData(int(first.split()[1]), fields, body.read_bytes() if body.exists() else b"", seconds)


def refused_step(case: Mapping[str, Any], answers: Mapping[int, ResponseData]) -> int | None:
    """The step that should not have been accepted, and is rejected here; None if there is none.

    The claim about its response then does not matter: the service does not make the mistake.
    """
    for number in case["succeeded"]:
        if not 200 <= answers[number].status < 300:
            in_question = number in references(case["claim"]) and not _asks_status(case["claim"], number)
            return number if in_question and answers[number].status in case["refused"] else None
    return None


def not_repeated(case: Mapping[str, Any], answers: Mapping[int, ResponseData]) -> str:
    """Why the responses can't be judged; '' if they can.

    A step that succeeded has to succeed again, and create a record again if it did; otherwise later responses prove
    nothing. A step with a claim about its status is exempt.
    """
    for number in case["succeeded"]:
        answer, member = answers[number], case["creates"].get(str(number))
        done = 200 <= answer.status < 300 and (member is None or _created(answer, member) is not None)
        if not done and not _asks_status(case["claim"], number):
            what = "succeeded" if member is None else "created something"
            hint = _HINTS.get(answer.status, "so this proves nothing")
            return f"step {number} got {answer.status}, but {what} before; {hint}"
    return ""


def _asks_status(claim: Any, number: int) -> bool:
    if not isinstance(claim, (list, tuple)) or (claim and claim[0] == "literal"):
        return False
    if claim and claim[0] == "where":
        return _asks_status(claim[2], number)
    return list(claim) == ["status", number] or any(_asks_status(part, number) for part in claim)


def _created(answer: ResponseData, member: str) -> Any:
    try:
        record = json.loads(answer.body) if 200 <= answer.status < 300 else None
    except (ValueError, RecursionError):
        return None
    return record.get(member) if isinstance(record, dict) else None


def _write_tags(folder: Path, case: Mapping[str, Any]) -> None:
    new = tags.fresh(case["tag"])
    (folder / "tag").write_text(new, encoding="ascii")
    parts = enumerate(case["parts"], 1)
    _write(folder / "tags", {f"TAG{number}": tags.retagged(part, case["tag"], new) for number, part in parts})


def _write_keys(folder: Path, case: Mapping[str, Any]) -> None:
    made = {f"KEY{number}": _key(folder, number, member) for number, member in case["removed_by"].items()}
    _write(folder / "keys", made)


def _key(folder: Path, number: str, member: str) -> str:
    head = folder / f"{number}.head"
    key = _created(answer_in(head), member) if head.exists() and head.read_bytes().startswith(b"HTTP/") else None
    return "none" if key is None else quote(str(key), safe="")


def _write(file: Path, variables: Mapping[str, str]) -> None:
    """Write a file of variables for a shell, atomically. No value has a quote."""
    new = file.with_suffix(".new")
    new.write_text("".join(f"{name}='{value}'\n" for name, value in variables.items()), encoding="ascii")
    new.replace(file)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    token = os.environ.get("CALLCAMP_TOKEN")
    return (text.replace(token, "***") if token else text)[:_LONGEST]
