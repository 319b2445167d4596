"""Removes the records of a run: those in the ledger, and those created without a usable response."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from contract_tests.header_file import CURL_ARGUMENT
from contract_tests.settings import Settings
from contract_tests.target.client import (
    Call,
    Client,
    Exchange,
    NoResponseError,
    TargetLostError,
    client_for,
    needed_headers,
)
from contract_tests.target.guard import Guard, Permissions
from contract_tests.target.guarded_adapter import GuardedAdapter, Limits, no_other_connections
from contract_tests.target.ledger import UNDER_WAY, Ledger, LedgerError, RecordKey
from contract_tests.target.ledger_reader import read_ledger
from contract_tests.target.ownership import NotJudgedError, Ownership
from contract_tests.target.printing import command, printable
from contract_tests.target.record_search import search_query
from contract_tests.target.target import TargetError
from fixtures import is_reserved
from openapi import Contract, Resource, Role, load

_WAITS = (0.0, 0.25, 1.0)
"""How long to wait before each attempt to remove a record, as a fraction of the patience."""


class Cleaner:
    """Removes records of one run, with at most three attempts for each.

    `ownership` finds records by what was sent; None for a private mock, whose records may all be removed. The last
    attempt comes `patience_s` after the previous one.
    """

    def __init__(
        self,
        contract: Contract,
        client: Client,
        ledger: Ledger,
        ownership: Ownership | None,
        patience_s: float = 2.0,
    ) -> None:
        self.contract = contract
        self._client = client
        self._ledger = ledger
        self.ownership = ownership
        self._patience_s = patience_s
        self._attempts: Counter[tuple[str, str, int]] = Counter()
        self._problems: dict[RecordKey, str] = {}
        self._checked: set[str] = set()

    def after_property(self, resource: Resource) -> list[Exchange]:
        """Remove the records of the current property. If one can't be removed, the run creates nothing more.

        Returns the first attempts at which the service failed (5xx).
        """
        owner = UNDER_WAY.get()
        self._find_refused(resource, owner)
        failed = self._delete(resource, 0, self._ledger.created_by(resource.name, owner))
        left = self._ledger.created_by(resource.name, owner)
        if left and Role.DELETE in resource.operations:
            self._delete(resource, 1, left)
            for key in self._ledger.created_by(resource.name, owner):
                problem = self._problems.get((resource.name, key), "it is still there")
                self._ledger.stop(f"the service does not remove a record of the run: {problem}")
        return failed

    def check_removals(self, resource: Resource) -> None:
        """Once per run, make sure that a removed record is gone. Otherwise the run creates nothing more."""
        gone = sorted(self._ledger.gone.get(resource.name, ()))
        if self.ownership is None or not gone or resource.name in self._checked:
            return
        self._checked.add(resource.name)
        for wait_s in (0.0, self._patience_s / 2):
            time.sleep(wait_s)
            if not self.ownership.still_there(resource.name, gone[0]):
                return
        self._ledger.remains(resource.name, gone[0])
        self._ledger.stop("the service confirms a delete but keeps the record")

    def finish(self) -> list[str]:
        """Remove everything that is left. Returns a line for a shell for each record that could not be removed.

        A record of a private mock that no operation removes does not count: it ends with the mock.
        """
        with suppress(TargetLostError):
            self._find_lost()
            for resource in referring_first(self.contract.resources.values()):
                for owner in [owner for name, owner in self._ledger.refused if name == resource.name]:
                    self._find_refused(resource, owner)
                for attempt in range(len(_WAITS)):
                    self._delete(resource, attempt, sorted(self._ledger.created.get(resource.name, ())))
                self._look_again(resource)
        return [*self._lines_of_records(), *self._lines_of_creates()]

    def _delete(self, resource: Resource, attempt: int, keys: Sequence[str]) -> list[Exchange]:
        """Make this attempt, counted from 0, for each record that had as many attempts so far.

        Returns those at which the service failed.
        """
        numbers = self._ledger.creates
        records = {key: (resource.name, key, numbers.get((resource.name, key), 0)) for key in keys}
        due = [key for key, record in records.items() if self._attempts[record] == attempt]
        if not due or Role.DELETE not in resource.operations:
            return []
        time.sleep(_WAITS[attempt] * self._patience_s)
        made = []
        for key in due:
            self._attempts[records[key]] += 1
            made.append(self._delete_one(resource, key))
        return [one for one in made if one is not None and one.response.status >= HTTPStatus.INTERNAL_SERVER_ERROR]

    def _delete_one(self, resource: Resource, key: str) -> Exchange | None:
        path = resource.item.replace(resource.key_template, resource.key_slot)
        try:
            operation = self.contract.operations[resource.operations[Role.DELETE]]
            headers = needed_headers(resource, operation)
            call = Call(operation.method, path, key, headers=headers)
            response = self._client.send(call)
            self._problems[resource.name, key] = f"a delete of it gets {response.status}"
            return Exchange(call, response)
        except NoResponseError:
            self._problems[resource.name, key] = "a delete of it gets no response"
        except NotJudgedError as error:
            self._problems[resource.name, key] = str(error)
        return None

    def _removing(self, resource: Resource) -> list[str]:
        """The method and the headers with which curl removes a record, or reads it if there is no delete."""
        if Role.DELETE not in resource.operations:
            return ["-X", "GET"]
        operation = self.contract.operations[resource.operations[Role.DELETE]]
        headers = needed_headers(resource, operation)
        return ["-X", operation.method, *(part for pair in headers.items() for part in ("-H", ": ".join(pair)))]

    def _find_refused(self, resource: Resource, owner: str) -> None:
        """Find records that the rejected creates of a property have left, by the tag that it sent."""
        name, ownership = resource.name, self.ownership
        bodies = list(self._ledger.refused.get((name, owner), {}).values())
        tags = [tag for body in bodies if ownership for tag in ownership.tags_in(name, body)]
        for tag in dict.fromkeys(tags):
            items = ownership.unknown_among(name, ownership.records.search(name, tag)) if ownership else ()
            for item in items:
                body = next((one for one in bodies if ownership and ownership.may_be_of(name, one, item)), None)
                if body is not None:
                    self._ledger.answered(self._ledger.creating(name, body), str(resource.key_of(item)))
        if bodies:
            self._ledger.looked_for(name, owner)

    def _find_lost(self) -> None:
        """Find records of creates without a usable response. One that can't be found stays pending.

        If none is found, the service may still be working: it gets some time before the last look.
        """
        if self.ownership is None:
            # They end with the private mock.
            self._ledger.pending.clear()
        for is_last, wait_s in ((False, 0.0), (True, self._patience_s)):
            if self._ledger.pending:
                time.sleep(wait_s)
            for number in sorted(self._ledger.pending):
                self._find_record_of(number, is_last)

    def _find_record_of(self, number: int, is_last: bool) -> None:
        """Find the record of a create, and any others with exactly the same values."""
        name, body = self._ledger.pending[number]
        text = self.ownership.text_to_find(name, body) if self.ownership else None
        if self.ownership is None or text is None:
            return
        items, is_complete = self.ownership.records.showing(name, body, text)
        unknown = self.ownership.unknown_among(name, items)
        for item in unknown:
            if self.ownership.may_be_of(name, body, item):
                create = number if number in self._ledger.pending else self._ledger.creating(name, body)
                self._ledger.answered(create, str(self.contract.resources[name].key_of(item)))
        if is_last and is_complete and not unknown and number not in self._ledger.accepted:
            self._ledger.answered(number, None)

    def _look_again(self, resource: Resource) -> None:
        """Search for the run's tag: a service may confirm a delete but keep the record."""
        gone = self._ledger.gone.get(resource.name, set())
        if self.ownership is None or not gone or not self._still_listed(self.ownership, resource, gone):
            return
        # The list may show a delete a moment later.
        time.sleep(self._patience_s)
        for key in self._still_listed(self.ownership, resource, gone):
            self._problems[resource.name, key] = "its delete succeeds, but it is still there"
            self._ledger.remains(resource.name, key)

    def _still_listed(self, ownership: Ownership, resource: Resource, gone: Container[str]) -> list[str]:
        """The keys of removed records that a search for the run's tag finds."""
        found = ownership.records.search(resource.name, self._ledger.tag)
        keys = [str(resource.key_of(item)) for item in found if self._ledger.tag in str(item.values()).casefold()]
        return [key for key in keys if key in gone]

    def _lines_of_records(self) -> Iterator[str]:
        for resource in filter(self._may_leave, self.contract.resources.values()):
            for key in sorted(self._ledger.created.get(resource.name, ())):
                line = self._curl([*self._removing(resource), self._client.base_url + resource.path_of(key)])
                problem = self._problems.get((resource.name, key))
                yield line + (f"   # {printable(problem)}" if problem else "")

    def _lines_of_creates(self) -> Iterator[str]:
        for _, (name, body) in sorted(self._ledger.pending.items()):
            resource = self.contract.resources[name]
            if not self._may_leave(resource):
                continue
            text = self.ownership.text_to_find(name, body) if self.ownership else None
            query = f"?{urlencode(search_query(resource, body, text))}" if text else ""
            line = self._curl([f"{self._client.base_url}{resource.collection}{query}"])
            yield f"{line}   # the key is unknown; find the record by {printable(str(text or dict(body)))}"

    def _may_leave(self, resource: Resource) -> bool:
        return self.ownership is not None or Role.DELETE in resource.operations

    def _curl(self, arguments: list[str]) -> str:
        headers = [part for name, text in self._client.headers.items() for part in ("-H", f"{name}: {text}")]
        credentials = [' -H "Authorization: Bearer $CALLCAMP_TOKEN"'] if self._client.token else []
        credentials += [f" {CURL_ARGUMENT}"] if self._client.hidden_headers else []
        return "".join([command(["curl", *arguments, *headers]), *credentials])


def referring_first(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, each before those that its records refer to, if possible."""
    left = {one.name: one for one in resources}
    ordered: list[Resource] = []
    while left:
        referred = {reference.to for one in left.values() for reference in one.links if reference.to != one.name}
        free = [name for name in left if name not in referred] or list(left)
        ordered += [left.pop(name) for name in free]
    return ordered


def remove_leftovers(file: Path, settings: Settings) -> tuple[int, list[str]]:
    """The number of removed records, and lines for the others. Raises LedgerError, SpecError and TargetError.

    The target of the settings must be that of the ledger: the file alone does not decide where a token is sent.
    """
    contract = load(settings.spec, settings.overlays, settings.allow_ref_outside, not settings.no_infer)
    ledger = read_ledger(file, contract.resources)
    if settings.target.rstrip("/") != ledger.target:
        raise TargetError(
            f"--target {settings.target}: the ledger is for {printable(ledger.target)}; name that target with --target "
            "to remove its records"
        )
    if not ledger.open:
        raise LedgerError(f"{file}: has no records that are left")
    guard = Guard(contract, Permissions(ledger.target, writes=True, everything=False), is_reserved)
    limits = Limits(settings.rate, timeout_s=settings.timeout, most_bytes=settings.max_answer_bytes)
    adapter = GuardedAdapter(guard, ledger, limits)
    client = client_for(settings, ledger.target, adapter, contract)
    ownership = Ownership(contract, ledger, client.fetch, strict=True)
    adapter.ownership = ownership
    with no_other_connections():
        left = Cleaner(contract, client, ledger, ownership, settings.patience).finish()
    ledger.finish()
    return ledger.removals, left
