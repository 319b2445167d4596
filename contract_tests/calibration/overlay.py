"""The differences of a service as an OpenAPI Overlay (1.0.0): the document with it describes what the service does.

Each difference is an independent group of actions, so that a team can delete the groups that it does not
accept. Only differences that every response of the run agrees on become actions; the rest are listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from contract_tests.calibration.amended import amended
from contract_tests.calibration.error_shape import error_actions
from contract_tests.calibration.facts import Facts
from contract_tests.calibration.words import OBSERVED, Learnt, word_actions
from contract_tests.findings.finding import Finding
from openapi import Contract, Refusal, Role, ServerMade, SpecError
from openapi.editing.yaml_text import yaml_text
from openapi.json_paths import json_path
from openapi.json_value import json_or_none
from openapi.overlay import apply_overlay, overlay_of
from openapi.pointers import ancestors, exists, join, resolve, split

Actions: TypeAlias = list[dict[str, Any]]
_INFO = {"title": "Differences", "version": "1"}
_BOUNDS = ("/minLength", "/maxLength", "/minimum", "/maximum")
_COUNTRIES = 2
_STATUSES = "/x-http/refusals/statuses"


@dataclass(frozen=True, slots=True)
class DescribedDifferences:
    """An overlay, and the findings that it can't express: with it, the check still reports them."""

    overlay: Mapping[str, Any] | None
    inexpressible: tuple[Finding, ...]


def describe(
    contract: Contract, findings: Sequence[Finding], facts: Facts, today: str, learnt: Sequence[Learnt] = ()
) -> DescribedDifferences:
    """The overlay for the findings that are refuted assumptions; None if none of them can be expressed.

    `today` is an ISO 8601 date, for the titles and for `x-observed`; `learnt` are the results of calibration.
    """
    refuted = [one for one in findings if not one.documented]
    described = _described(_Writer(contract, facts, today, refuted), learnt, today)
    if described.overlay is None or _is_valid(contract, described.overlay["actions"]):
        return described
    # Together the differences make an invalid document, so each has to keep it valid.
    return _described(_Writer(contract, facts, today, refuted, is_careful=True), learnt, today)


def _is_valid(contract: Contract, actions: Actions) -> bool:
    try:
        amended(contract, actions)
    except SpecError:
        return False
    return True


def _described(writer: _Writer, learnt: Sequence[Learnt], today: str) -> DescribedDifferences:
    refuted = writer.findings
    writer.words = {one.pointer: one for one in learnt if one.differs}
    writer.describe_refusals()
    # A response that moves to another status keeps the changes in it.
    last = sorted(refuted, key=lambda one: one.code.endswith("-ACCEPTED"))
    unsaid = [one for one in last if not writer.add(writer.group(one))]
    # Several findings may rest on one node; an action for one applies to all.
    said = {one.pointer for one in last if one not in unsaid}
    inexpressible = [one for one in unsaid if one.pointer not in said]
    if not writer.actions:
        return DescribedDifferences(None, tuple(inexpressible))
    info = {"title": f"What the service does, observed on {today}", "version": today}
    return DescribedDifferences({"overlay": "1.0.0", "info": info, "actions": writer.actions}, tuple(inexpressible))


def with_actions(
    contract: Contract, findings: Sequence[Finding], facts: Facts, today: str, learnt: Sequence[Learnt] = ()
) -> list[Finding]:
    """The findings, each refuted assumption with the actions that accept it alone. Arguments as in `describe`."""
    refuted = [one for one in findings if not one.documented]
    words = {one.pointer: one for one in learnt if one.differs}
    return [
        replace(one, actions=() if one.documented else _accepting(contract, one, facts, today, refuted, words))
        for one in findings
    ]


def _accepting(
    contract: Contract,
    finding: Finding,
    facts: Facts,
    today: str,
    refuted: Sequence[Finding],
    words: Mapping[str, Learnt],
) -> tuple[Mapping[str, Any], ...]:
    """The actions that accept one finding; none if no overlay can express it."""
    writer = _Writer(contract, facts, today, refuted)
    writer.words = words
    actions = writer.group(finding)
    if actions == []:
        writer.describe_refusals()
    else:
        writer.add(actions)
    return tuple(writer.actions)


def write_overlay(file: Path, overlay: Mapping[str, Any]) -> None:
    """Write an overlay as YAML, without anchors. Raises OSError."""
    file.write_text(f"# Written by callcamp-check --write-overlay.\n{yaml_text(dict(overlay))}", encoding="utf-8")


class _Writer:
    """Makes the actions for one document."""

    def __init__(
        self,
        contract: Contract,
        facts: Facts,
        today: str,
        findings: Sequence[Finding],
        *,
        is_careful: bool = False,
    ) -> None:
        self.actions: Actions = []
        self.findings = findings
        self._is_careful = is_careful
        self.words: Mapping[str, Learnt] = {}
        self._has_error_shape = False
        self._contract = contract
        self._document = contract.document()
        self._facts = facts
        self._today = today
        self._repeated = {one.observed for one in findings if one.attempts == 1 and one.claim[0] == "is"}
        self._left_out = sorted(one.pointer for one in findings if _is_left_out(one))

    def add(self, actions: Actions | None) -> bool:
        """Add actions that are not known yet. Returns whether they can be applied to the document so far."""
        # Several findings may rest on one node, and removing that twice would be an error.
        known = [(one["target"], one.get("remove"), one.get("update")) for one in self.actions]
        new = [one for one in actions or () if (one["target"], one.get("remove"), one.get("update")) not in known]
        if actions is None:
            return False
        document = deepcopy(self._document)
        try:
            if new:
                apply_overlay(document, overlay_of({"overlay": "1.0.0", "info": _INFO, "actions": new}))
        except SpecError:
            return False
        if self._is_careful and new and not _is_valid(self._contract, [*self.actions, *new]):
            return False
        self._document = document
        self.actions += new
        return True

    def group(self, finding: Finding) -> Actions | None:
        """The actions that make a finding disappear; None if an overlay can't express it, or not for certain."""
        # A value that stays taken can't be taken a second time, so this one is never repeated.
        if finding.attempts != 1 and not finding.pointer.endswith("/deleted-values"):
            return None
        word = self.words.get(finding.pointer) or self._word_of(finding)
        if word:
            return word_actions(self._contract, self._document, word, self._today)
        for matches, actions in (
            (finding.code.endswith("-ACCEPTED"), self._success),
            (finding.code == "SCHEMA-HEADER", self._header),
            (self._is_of_errors(finding), self._error),
            (finding.code in ("SCHEMA-BODY", "ERROR-SHAPE"), self._body),
            (finding.code == "CREATE-NOT-KEPT", self._shown),
            (finding.code == "ERROR-SERVER-MADE" and finding.claim[0] == "is not", self._taken),
            (finding.code == "CREATE-COUNTRY", self._country),
            (finding.code == "SEARCH-EMPTY", self._empty_search),
            (finding.pointer.endswith(_BOUNDS), self._bound),
            (finding.code == "HTTP-ALLOW" and finding.claim[0] == "is not", self._allow),
            (finding.claim[0] == "is at least", self._accepted),
            (finding.code in ("CREATE-START", "LIST-DEFAULTS"), self._default),
            # All refusals of a kind are described at once.
            (self._is_refusal(finding), lambda _: []),
        ):
            if matches:
                return actions(finding)
        return None

    def _word_of(self, finding: Finding) -> Learnt | None:
        """The value that a property has shown if it is itself the experiment: one claim distinguishes two values."""
        pointer = finding.pointer
        key = pointer.rpartition("/")[2]
        words = {
            "deleted-values": ("taken", finding.code == "CREATE-AGAIN" and _is_refused(finding)),
            "least-pages": ("1", finding.observed == "1"),
            "moves": ("if-changed", finding.code == "UPDATE-TIME" and "the same value" in finding.sentence),
            "unrouted": ("html-page", finding.code in ("ERROR-SHAPE", "HTTP-UNKNOWN-PATH")),
            "past-end": ("refused", _is_refused(finding)),
        }
        word, shown = words.get(key, ("", False))
        if not shown or not exists(self._document, pointer):
            return None
        declared = str(resolve(self._document, pointer))
        return (
            Learnt(pointer, declared, word, finding.sentence, sentence=finding.sentence) if word != declared else None
        )

    def _is_of_errors(self, finding: Finding) -> bool:
        """Whether a finding is about the body or the media type of all errors."""
        refusals = self._contract.refusals
        schema = refusals.schema.pointer if refusals.schema else ""
        of_schema = bool(schema) and finding.pointer.startswith(f"{schema}/")
        return of_schema or finding.pointer == join(refusals.pointer, "media-type")

    def _error(self, finding: Finding) -> Actions | None:
        """Describe errors as they are, once; if they have no shape in common, drop the rule that they break."""
        if self._has_error_shape:
            return []
        samples = self._facts.errors
        actions = error_actions(self._contract, self._document, samples, self._today)
        if actions is None:
            return None if finding.pointer.endswith("/media-type") else self._body(finding)
        self._has_error_shape = True
        return actions

    def _header(self, finding: Finding) -> Actions | None:
        if not self._facts.is_missing(finding.pointer):
            return None
        evidence = self._facts.evidence("header", finding.pointer)
        response, headers, _ = finding.pointer.rpartition("/headers/")
        if headers and response != "/components":
            removed = self._remove(finding, finding.pointer)
            observed = {"x-observed": self._observed(evidence)}
            return [removed, {"target": json_path(response), "update": observed}]
        return [self._update(finding, finding.pointer, {"required": False}, evidence)]

    def _allow(self, finding: Finding) -> Actions | None:
        """Make Allow optional in the refusal of an undeclared method, if the service omits it."""
        response = self._contract.operations[finding.operation].response_for(
            self._contract.refusals.statuses[Refusal.UNKNOWN_METHOD]
        )
        header = response.headers.get("Allow") if response else None
        if header is None:
            return None
        return [self._update(finding, header.pointer, {"required": False}, "no Allow in any refusal of a method")]

    def _accepted(self, finding: Finding) -> Actions | None:
        """Drop a rule that the service does not enforce."""
        pointer = finding.pointer
        if pointer.endswith(("/additionalProperties", "/minProperties")):
            return [self._remove(finding, pointer)]
        return [self._remove(finding, pointer.rpartition("/")[0])] if finding.code == "CREATE-UNIQUE" else None

    def _success(self, finding: Finding) -> Actions | None:
        responses, _, old = finding.pointer.rpartition("/")
        role = next((role for role in Role if f"{role.name}-ACCEPTED" == finding.code), None)
        status = self._facts.success_status(role) if role else None
        if role is None or status is None or status == old:
            return None
        evidence = self._facts.evidence("success", role.value)
        return self._renamed(finding.sentence, responses, old, status, evidence)

    def _renamed(self, sentence: str, responses: str, old: str, new: str, evidence: str) -> Actions:
        """Move a response to another status."""
        node = {**deepcopy(resolve(self._document, join(responses, old))), "x-observed": self._observed(evidence)}
        return [
            {"target": json_path(join(responses, old)), "description": sentence, "remove": True},
            {"target": json_path(responses), "update": {new: node}},
        ]

    def _is_refusal(self, finding: Finding) -> bool:
        """Whether a finding is about the status of a refusal that `refusals` describes."""
        statuses = self._contract.refusals.statuses
        if finding.claim[0] != "is" or finding.claim[2][0] != "literal":
            return False
        wanted = finding.claim[2][1]
        known = [one for one in Refusal if statuses[one] == wanted and self._changed(one)]
        prefixes = ("/components/responses", _STATUSES, "/paths/")
        is_there = finding.pointer.startswith(prefixes) or finding.pointer == self._contract.refusals.pointer
        return is_there and bool(known)

    def _changed(self, refusal: Refusal) -> str | None:
        """The status that a kind of refusal has instead of the documented one; None if it has the documented one."""
        # A repeated finding has observed the status more than once.
        once = self._facts.refusal_status(refusal, 1)
        status = once if once in self._repeated else self._facts.refusal_status(refusal)
        return status if status is not None and int(status) != self._contract.refusals.statuses[refusal] else None

    def describe_refusals(self) -> None:
        """Add the actions for every kind of refusal that always has another status."""
        statuses, changed = self._contract.refusals.statuses, [one for one in Refusal if self._changed(one)]
        if changed and not exists(self._document, _STATUSES):
            self.add([self._with_statuses()])
        for refusal in changed:
            old, new = str(statuses[refusal]), str(self._changed(refusal))
            evidence = self._facts.evidence("refusal", refusal.value)
            sentence = f"Requests are refused with {new} instead of {old} ({refusal.value}): {evidence}."
            update = {refusal.value: int(new)}
            self.add([{"target": json_path(_STATUSES), "description": sentence, "update": update}])
            others = (other for other in Refusal if other is not refusal and not self._changed(other))
            gone = not any(str(statuses[other]) == old for other in others)
            for operation in self._contract.operations.values():
                self.add(self._moved(join(operation.pointer, "responses"), old, new, gone))
            self.add(self._magic(old, new) if gone else [])

    def _with_statuses(self) -> dict[str, Any]:
        """The action that adds a node for the statuses to a document without one."""
        above = next(one for one in ancestors(_STATUSES) if exists(self._document, one))
        update: dict[str, Any] = {}
        for name in reversed(split(_STATUSES.removeprefix(above))):
            update = {name: update}
        return {"target": json_path(above), "update": update}

    def _moved(self, responses: str, old: str, new: str, gone: bool) -> Actions:
        """Move or copy the declared response of a refusal in one operation."""
        declared = resolve(self._document, responses)
        if old not in declared:
            return []
        removed = [{"target": json_path(join(responses, old)), "remove": True}] if gone else []
        added = [] if new in declared else [{"target": json_path(responses), "update": {new: deepcopy(declared[old])}}]
        return [*removed, *added]

    def _magic(self, old: str, new: str) -> Actions:
        """Give the mock's magic values for a removed status the new one."""
        found = [magic for resource in self._contract.resources.values() for magic in resource.magic]
        updates = [
            (one.pointer, {value: int(new) for value, status in one.statuses.items() if str(status) == old})
            for one in found
        ]
        return [{"target": json_path(pointer), "update": update} for pointer, update in updates if update]

    def _body(self, finding: Finding) -> Actions | None:
        """Let fields be left out of the record, or drop a rule that a response breaks."""
        if not _is_left_out(finding):
            return [self._remove(finding, finding.pointer)] if exists(self._document, finding.pointer) else None
        schema = finding.pointer.rpartition("/properties/")[0]
        required_at = join(schema, "required")
        if not exists(self._document, required_at):
            return None
        optional = [split(pointer)[-2] for pointer in self._left_out if pointer.startswith(f"{schema}/properties/")]
        required = [name for name in resolve(self._document, required_at) if name not in optional]
        sentence = f"{' and '.join(optional)} may be left out."
        removed = {"target": json_path(required_at), "description": sentence, "remove": True}
        return [removed, {"target": json_path(schema), "update": {"required": required}}]

    def _default(self, finding: Finding) -> Actions | None:
        """Write the observed default of a field or a parameter, if the document has a single one."""
        value = json_or_none(finding.observed)
        above, _, keyword = finding.pointer.rpartition("/")
        if value is None or finding.claim[0] != "is" or isinstance(value, (list, dict)):
            return None
        if keyword == "default":
            return [self._update(finding, above, {"default": value}, finding.observed)]
        return self._start(finding)

    def _start(self, finding: Finding) -> Actions | None:
        """The rule for a field of new records, inferred from all observed values."""
        rule = resolve(self._document, finding.pointer)
        seen = self._facts.values(finding.pointer)
        if "start" not in rule or None in seen.values() or "null" not in seen:
            return None
        usual = json.loads(str(seen["null"]))
        special = [(*json.loads(name), json.loads(str(value))) for name, value in seen.items() if name != "null"]
        exceptions = [
            {"member": member, "is": equal, "start": start} for member, equal, start in special if start != usual
        ]
        if len(special) != len(rule.get("start-when", ())):
            return None
        changed = {"start": usual, **({"start-when": exceptions} if exceptions else {})}
        return self._rule(finding, changed, ", ".join(f"{name}: {value}" for name, value in seen.items()))

    def _country(self, finding: Finding) -> Actions | None:
        """A field that is the same for numbers of every country."""
        values = self._facts.values(finding.pointer)
        seen = set(values.values())
        if len(seen) != 1 or None in seen or len(values) < _COUNTRIES:
            return None
        value = json.loads(str(next(iter(seen))))
        return self._rule(finding, {"start": value}, f"{value} for numbers of several countries")

    def _rule(self, finding: Finding, rule: Mapping[str, Any], evidence: str) -> Actions:
        """Replace a rule by another; this also removes the reason for its assumption."""
        above, _, name = finding.pointer.rpartition("/")
        observed = self._observed(evidence)
        return [
            self._remove(finding, finding.pointer),
            {"target": json_path(above), "update": {name: rule, "x-assumed": {name: OBSERVED}, "x-observed": observed}},
        ]

    def _shown(self, finding: Finding) -> Actions | None:
        """Allow responses to show a write-only field of the create body."""
        field, name = finding.pointer.rpartition("/")[0], finding.pointer.split("/")[-2]
        resources = [one for one in self._contract.resources.values() if name in one.write_only]
        if len(resources) != 1:
            return None
        kind = resolve(self._document, field).get("type", "string")
        schema = {"type": [kind, "null"], "x-observed": self._observed(finding.sentence)}
        return [
            self._remove(finding, finding.pointer),
            {"target": json_path(join(resources[0].record.pointer, "properties")), "update": {name: schema}},
            {"target": json_path(join(resources[0].pointer, "members")), "update": {name: {"start": None}}},
        ]

    def _taken(self, finding: Finding) -> Actions | None:
        """Let a create set a field that the body excludes, but not a server-made one, such as the key or a time."""
        name = split(finding.pointer)[-1]
        for resource in self._contract.resources.values():
            body = self._contract.operations[finding.operation].body
            schemas = [one.schema for one in body.content.values() if one.schema] if body else []
            if resource.operations.get(Role.CREATE) != finding.operation or not schemas:
                continue
            pointer = join(schemas[0].pointer, "properties")
            if isinstance(resource.fields.get(name), ServerMade) or not exists(self._document, pointer):
                return None
            schema = deepcopy(resolve(self._document, finding.pointer))
            update = {name: {**schema, "x-observed": self._observed(finding.sentence)}}
            return [{"target": json_path(pointer), "description": finding.sentence, "update": update}]
        return None

    def _bound(self, finding: Finding) -> Actions | None:
        """Another bound of a text or a number, if the run has found it; none if the service accepts more."""
        above, _, keyword = finding.pointer.rpartition("/")
        written = re.fullmatch(r"write (\d+) at (\S+)", finding.suggested_change)
        if written and written[2] == finding.pointer:
            return [self._update(finding, above, {keyword: int(written[1])}, finding.sentence)]
        return [self._remove(finding, finding.pointer)] if finding.claim[0] == "is at least" else None

    def _empty_search(self, finding: Finding) -> Actions | None:
        """A search that must not be empty."""
        searches = [one.listing.search for one in self._contract.resources.values() if one.listing]
        operation = self._contract.operations[finding.operation]
        names = {one.parameter for one in searches if one}
        found = [one for one in operation.parameters if one.name in names]
        if len(found) != 1 or not _is_refused(finding):
            return None
        return [self._update(finding, found[0].schema.pointer, {"minLength": 1}, finding.sentence)]

    def _update(self, finding: Finding, pointer: str, update: Mapping[str, Any], evidence: str) -> dict[str, Any]:
        return {
            "target": json_path(pointer),
            "description": finding.sentence,
            "update": {**update, "x-observed": self._observed(evidence)},
        }

    def _remove(self, finding: Finding, pointer: str) -> dict[str, Any]:
        return {"target": json_path(pointer), "description": finding.sentence, "remove": True}

    def _observed(self, evidence: str) -> dict[str, str]:
        return {"date": self._today, "seen": evidence}


def _is_refused(finding: Finding) -> bool:
    """Whether a finding is the refusal of a request that should be accepted."""
    return finding.claim[0] == "is at most" and finding.observed.isdecimal() and int(finding.observed) >= 400


def _is_left_out(finding: Finding) -> bool:
    """Whether a finding says that a nullable field is missing."""
    return finding.code == "SCHEMA-BODY" and finding.pointer.endswith("/type") and "required" in str(finding.claim)
