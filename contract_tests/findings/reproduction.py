"""A finding in a report; its requests can be sent again to any service, and the responses judged."""

from __future__ import annotations

import base64
import gzip
import re
import uuid
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from contract_tests.claims.evaluation import ResponseData, judge, references
from contract_tests.findings.finding import Finding
from contract_tests.findings.repeating import NotRepeatedError, created_key
from contract_tests.findings.steps import LONGEST_BODY, Step
from contract_tests.findings.wording import describe_verdict
from contract_tests.target import tags
from contract_tests.target.client import NO_RESPONSE
from contract_tests.target.guard import SAFE
from contract_tests.target.ledger import TAG
from contract_tests.target.ownership import NotJudgedError

CONFLICT = 409
# The rate of an intermittent failure is estimated from three failures or fewer, so it may be four times rarer
# than estimated (the 95 % bound for three). Four times as many attempts as that takes miss it in 2 % of the replays.
_PATIENCE = 15
_MOST_TURNS = 120
_TURNS_IF_NEVER = 40
_LAST_CLIENT_ERROR = 499
_MOST_BYTES = 50_000_000
_TOKEN = "set CALLCAMP_TOKEN to a valid token"
_TAKEN = "a value may be taken: remove the record that has it"
_HINTS = {
    401: _TOKEN,
    403: _TOKEN,
    404: "check that the target is the base URL of the document's paths",
    CONFLICT: _TAKEN,
}

Outcome: TypeAlias = Literal["kept", "broken", "not replayed"]
Repeat: TypeAlias = Callable[[Sequence[Step], bool], Mapping[int, ResponseData]]


class ReproductionError(ValueError):
    """Data that is not a reproduction. `str()` of it says where, and why."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Everything needed to send the requests of a finding again and to judge the responses; see `Finding`."""

    steps: tuple[Step, ...]
    claim: Sequence[Any]
    attempts: int
    tag: str
    refused: tuple[int, ...]

    def with_steps(self, steps: tuple[Step, ...]) -> Reproduction:
        """The same with other steps."""
        return replace(self, steps=steps)

    @property
    def turns(self) -> int:
        """The most times that the steps are sent until they violate the claim."""
        if self.attempts == 1 and not any(step.group for step in self.steps):
            return 1
        return min(self.attempts * _PATIENCE, _MOST_TURNS) if self.attempts else _TURNS_IF_NEVER

    @property
    def writes(self) -> bool:
        """Whether a step may change something."""
        return any(step.method not in SAFE for step in self.steps)


class Replayed(NamedTuple):
    """The outcome of a replay, after `turns` attempts.

    `observed` and `expected` are in words, if the claim was judged. `reason` says why it was not, or how it is kept.
    """

    outcome: Outcome
    turns: int
    observed: str = ""
    expected: str = ""
    reason: str = ""


def replay(reproduction: Reproduction, repeat: Repeat) -> Replayed:
    """Send the steps until they violate the claim, at most `turns` times. `repeat` is a `Repeater`."""
    if not references(reproduction.claim):
        return Replayed("not replayed", 0, reason="the responses do not show the finding; send the requests one by one")
    kept: Replayed | None = None
    failed: Replayed | None = None
    for turn in range(1, reproduction.turns + 1):
        try:
            responses = repeat(reproduction.steps, False)
        except NotRepeatedError as error:
            responses = error.responses
        except NotJudgedError as error:
            # The guard refuses to change a record that the service does not show, which may be temporary.
            failed = failed or Replayed("not replayed", 0, reason=str(error))
            continue
        one = _server_error(reproduction, responses) or _judged(reproduction, responses)
        if one.outcome == "broken":
            return one._replace(turns=turn)
        kept = one if one.outcome == "kept" else kept
        failed = failed or (one if one.outcome == "not replayed" else None)
    ended = kept or failed or Replayed("not replayed", 0)
    reason = ended.reason or _how_often(reproduction.attempts)
    return ended._replace(turns=reproduction.turns, reason=reason)


def _judged(one: Reproduction, responses: Mapping[int, ResponseData]) -> Replayed:
    lost = next((number for number, response in responses.items() if response.status == NO_RESPONSE), None)
    if lost and not _asks_for_response(one.claim):
        return Replayed("not replayed", 0, reason=f"step {lost} got no response")
    rejected = _rejected(one, responses)
    if rejected:
        return Replayed("kept", 0, reason=f"step {rejected} is rejected with {responses[rejected].status}")
    problem = _not_repeated(one, responses)
    if problem:
        return Replayed("not replayed", 0, reason=problem)
    try:
        verdict = judge(one.claim, responses)
    except (LookupError, TypeError):
        return Replayed("not replayed", 0, reason="the responses have a different form than in the reported run")
    free = [step.number for step in one.steps if step.removal and not step.group and step.status != CONFLICT]
    taken = next((number for number in free if responses[number].status == CONFLICT), None)
    if taken and not verdict.holds:
        return Replayed("not replayed", 0, reason=f"step {taken} got {CONFLICT}, unlike in the report; {_TAKEN}")
    observed, expected = describe_verdict(one.claim, verdict)
    return Replayed("kept" if verdict.holds else "broken", 0, observed, expected)


def _server_error(one: Reproduction, responses: Mapping[int, ResponseData]) -> Replayed | None:
    """The violation of a claim that a response is not a server error, by any of the responses.

    An intermittent server error is the same one in any step.
    """
    relation, _, expected = one.claim if len(one.claim) == 3 else ("", (), ())
    if (relation, list(expected)) != ("is at most", ["literal", _LAST_CLIENT_ERROR]):
        return None
    failed = next((number for number, response in responses.items() if response.status > _LAST_CLIENT_ERROR), None)
    if failed is None:
        return None
    return Replayed(
        "broken", 0, f"{responses[failed].status} in step {failed}", f"a status below {_LAST_CLIENT_ERROR + 1}"
    )


def _how_often(attempts: int) -> str:
    """How often an intermittent failure occurred in the reported run; '' if every time."""
    if attempts == 0:
        return "in the reported run it failed once, and not when it was sent again"
    return f"in the reported run it failed about once in {attempts} times" if attempts > 1 else ""


def _asks_for_response(claim: Sequence[Any]) -> bool:
    """Whether the claim is that there is a response at all; then a missing one is not a failure of the replay."""
    relation, observed, expected = claim
    return relation == "is at least" and observed[0] == "status" and list(expected) == ["literal", 100]


def _succeeded(one: Reproduction) -> list[Step]:
    """The steps that have to succeed again. Of concurrent steps, another one may succeed the next time."""
    return [step for step in one.steps if 200 <= step.status < 300 and not step.group]


def _rejected(one: Reproduction, responses: Mapping[int, ResponseData]) -> int | None:
    """The step that should not have been accepted, and is rejected here; None if there is none.

    Then the claim about its response does not matter, because the service does not make the mistake.
    """
    for number in (step.number for step in _succeeded(one) if step.number in responses):
        if not 200 <= responses[number].status < 300:
            in_question = number in references(one.claim) and not _asks_status(one.claim, number)
            return number if in_question and responses[number].status in one.refused else None
    return None


def _not_repeated(one: Reproduction, responses: Mapping[int, ResponseData]) -> str:
    """Why the responses can't be judged; '' if they can.

    A step that succeeded has to succeed again, and create a record again if it did; otherwise later responses prove
    nothing. A step with a claim about its status is exempt.
    """
    for step in (step for step in _succeeded(one) if step.number in responses):
        response = responses[step.number]
        done = 200 <= response.status < 300 and (not step.creates or created_key(response, step.creates) is not None)
        if not done and not _asks_status(one.claim, step.number):
            what = "created something" if step.creates else "succeeded"
            hint = _HINTS.get(response.status, "so this proves nothing")
            return f"step {step.number} got {response.status}, but {what} in the reported run; {hint}"
    return ""


def _asks_status(claim: Any, number: int) -> bool:
    if not isinstance(claim, (list, tuple)) or (claim and claim[0] == "literal"):
        return False
    if claim and claim[0] == "where":
        return _asks_status(claim[2], number)
    return list(claim) == ["status", number] or any(_asks_status(part, number) for part in claim)


def with_unknown_keys(steps: Sequence[Step], new_tag: Callable[[], str]) -> tuple[tuple[Step, ...], set[str]]:
    """The steps with new keys in place of those made up by the reported run, and the new keys.

    A report may name the key of any record, so a replay writes only to keys that it made up itself.
    """
    made_up: dict[str, str] = {}
    for step in steps:
        if step.key is not None and step.bound_to is None and step.method not in SAFE:
            # A key of several fields has each in a segment.
            key = "/".join(_made_up_again(part, new_tag) for part in step.key.split("/"))
            if key != step.key:
                made_up.setdefault(step.key, key)
    renamed = (replace(one, key=made_up[one.key]) if one.key in made_up and not one.bound_to else one for one in steps)
    return tuple(renamed), set(made_up.values())


def _made_up_again(text: str, new_tag: Callable[[], str]) -> str:
    """Another text of the same kind, if the run invented it."""
    if text.startswith("none-"):
        return f"none-{new_tag()}"
    return str(uuid.uuid4()) if _is_uuid(text) else text


def _is_uuid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def as_data(finding: Finding) -> dict[str, Any]:
    """The parts of a finding in a JSON report, in addition to its claim and its attempts."""
    return {
        "steps": [_step_data(step) for step in finding.steps],
        "tag": finding.tag,
        "refused": list(finding.refused),
    }


def _step_data(step: Step) -> dict[str, Any]:
    data = asdict(step)
    del data["content"]
    for name in ("headers", "removal_headers"):
        if not data[name]:
            del data[name]
    if step.content is None:
        return {**data, "body": None}
    try:
        text = step.data.decode() if len(step.data) <= LONGEST_BODY else None
    except UnicodeDecodeError:
        text = None
    packed = {"body_gzip": base64.b64encode(gzip.compress(step.data, mtime=0)).decode()}
    return {**data, **(packed if text is None else {"body": text})}


def from_data(finding: Mapping[str, Any]) -> Reproduction:
    """The reproduction in a finding of a report, which matches the report's schema. Raises ReproductionError."""
    data = finding["replay"]
    tag = data["tag"]
    if tag and not re.fullmatch(f"{TAG.pattern}[{tags.LETTERS}]{{{tags.VARIES}}}", tag):
        raise ReproductionError("its tag is not one that the check makes")
    steps = tuple(map(_step_from, data["steps"]))
    numbers = [step.number for step in steps]
    earlier = all(
        {*step.refers_to, *step.conditions, *({step.bound_to} if step.bound_to else ())} <= set(numbers[:index])
        for index, step in enumerate(steps)
    )
    if numbers != sorted(set(numbers)) or not earlier or not references(finding["claim"]) <= set(numbers):
        raise ReproductionError("its steps are incomplete")
    return Reproduction(steps, finding["claim"], finding["attempts"], tag, tuple(data["refused"]))


def _step_from(data: Mapping[str, Any]) -> Step:
    optional: dict[str, Mapping[str, str]] = {"headers": {}, "removal_headers": {}}
    kept = {one.name: data[one.name] for one in fields(Step) if one.name not in ("content", *optional)}
    kept |= {name: data.get(name, default) for name, default in optional.items()}
    packed = data.get("body_gzip")
    if packed is None:
        body = data["body"]
        return Step(content=None if body is None else body.encode().decode("latin-1"), **kept)
    try:
        reader = zlib.decompressobj(wbits=31)
        content = reader.decompress(base64.b64decode(packed, validate=True), _MOST_BYTES)
    except (ValueError, zlib.error):
        raise ReproductionError(f"the body of step {data['number']} can't be read") from None
    if not reader.eof:
        raise ReproductionError(f"the body of step {data['number']} is cut off, or has more than {_MOST_BYTES:,} bytes")
    return Step(content=content.decode("latin-1"), **kept)
