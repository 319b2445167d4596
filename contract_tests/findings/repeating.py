"""Sends the steps of a finding again, through the guarded client."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from contract_tests.claims.evaluation import ResponseData
from contract_tests.findings.steps import Step, key_at
from contract_tests.target.client import Call, Client, NoResponseError, ReceivedResponse
from contract_tests.target.guard import SAFE
from contract_tests.target.tags import retagged
from openapi.json_value import json_or_none

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NotRepeatedError(Exception):
    """The steps could not be repeated: a step that created a record, or returned an ETag, no longer does.

    `responses` are those so far, by step.
    """

    def __init__(self, number: int, responses: Mapping[int, ResponseData]) -> None:
        super().__init__(f"step {number} created nothing, or returned no ETag")
        self.responses = responses


class Repeater:
    """Sends steps again, and removes what they created with `delete_created`.

    Each time the records get another tag than `tag`, so that a service with a cache can't repeat an old response. The
    responses are returned with `tag` in its place, as the claim expects. `tag` is '' without a tag.
    """

    def __init__(
        self, client: Client, delete_created: Callable[[], None], tag: str, new_tag: Callable[[], str]
    ) -> None:
        self._client = client
        self._delete_created = delete_created
        self._tag = tag
        self._new_tag = new_tag

    def __call__(self, steps: Sequence[Step], stop_early: bool = True) -> Mapping[int, ResponseData]:
        """The responses by step. Raises NotRepeatedError if a create fails that a later step depends on.

        With `stop_early` any failed create counts; otherwise only one of a record that a later step would change.
        """
        self._client.forget()
        new = self._distinct_tag(steps) if self._tag else ""
        keys: dict[int, str | None] = {}
        etags: dict[int, str] = {}
        names: dict[str, str] = {}
        responses: dict[int, ResponseData] = {}
        try:
            for group in _groups(steps):
                for step in group:
                    needed = {*step.refers_to, *({step.bound_to} if step.bound_to else ())}
                    lost = next((one for one in sorted(needed) if keys.get(one) is None), None)
                    if step.method not in SAFE and lost is not None:
                        raise NotRepeatedError(lost, responses)
                    untagged = next((one for one in sorted(step.conditions) if one not in etags), None)
                    if untagged is not None:
                        raise NotRepeatedError(untagged, responses)
                known = {one: str(key) for one, key in keys.items()}
                calls = [self._named(step.call(known, etags), new, names) for step in group]
                for step, response in zip(group, self._sent(calls), strict=True):
                    responses[step.number] = _with_tag(response.response_data, new, self._tag)
                    etags |= {step.number: response.headers["ETag"]} if "ETag" in response.headers else {}
                    keys[step.number] = created_key(response.response_data, step.creates) if step.creates else None
                    if stop_early and step.creates and keys[step.number] is None and not step.group:
                        raise NotRepeatedError(step.number, responses)
        finally:
            self._delete_created()
        return responses

    def _distinct_tag(self, steps: Sequence[Step]) -> str:
        """A new tag that no other text of the steps contains: with the old one in its place, they are the same again.

        A part of a tag, such as xxxx, can also be in a text of a certain length.
        """
        texts = "\n".join(f"{step.key}\n{step.query}\n{step.content}" for step in steps)
        return next(
            new for new in iter(self._new_tag, "") if retagged(retagged(texts, self._tag, new), new, self._tag) == texts
        )

    def _named(self, call: Call, new: str, names: dict[str, str]) -> Call:
        """The call with the tag `new`, and with new UUIDs in its headers, because a service remembers them."""
        headers = {
            name: names.setdefault(value, str(uuid.uuid4())) if _UUID.fullmatch(value) else value
            for name, value in call.headers.items()
        }
        query = retagged(call.query_text, self._tag, new)
        data = None if call.data is None else retagged(call.data.decode("latin-1"), self._tag, new).encode("latin-1")
        # A key that is read may be made of values that a create sends.
        is_read = call.key is not None and call.method in SAFE
        key = retagged(call.key or "", self._tag, new) if is_read else call.key
        return replace(call, key=key, query=query, data=data, headers=headers)

    def _sent(self, calls: Sequence[Call]) -> Sequence[ReceivedResponse]:
        if len(calls) > 1:
            return self._client.together(calls)
        try:
            return [self._client.send(calls[0])]
        except NoResponseError:
            return [self._client.trace[-1].response]


def created_key(response: ResponseData, member: str) -> str | None:
    """The key of the record that a response shows as created; None if there is none."""
    return key_at(json_or_none(response.body), member) if 200 <= response.status < 300 else None


def _with_tag(response: ResponseData, old: str, new: str) -> ResponseData:
    """The response with the tag `new` in place of `old`."""
    if not old:
        return response
    fields = {name: retagged(value, old, new) for name, value in response.headers.items()}
    body = retagged(response.body.decode("latin-1"), old, new).encode("latin-1")
    return ResponseData(response.status, fields, body, response.seconds)


def _groups(steps: Sequence[Step]) -> Iterator[list[Step]]:
    group: list[Step] = []
    for step in steps:
        if group and (not step.group or step.group != group[-1].group):
            yield group
            group = []
        group.append(step)
    if group:
        yield group
