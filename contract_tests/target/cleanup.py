"""Removes the records of a run: those in the ledger, and those created without a response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract_tests.settings import Settings
from contract_tests.target.client import Call, Client, NoAnswerError, TargetLostError
from contract_tests.target.guard import Guard, Permissions
from contract_tests.target.guarded_adapter import GuardedAdapter, Limits, no_other_connections
from contract_tests.target.ledger import Ledger, read_ledger
from fixtures import is_reserved
from openapi import Contract, Resource, Role, load
from openapi.pointers import resolve


def remove_leftovers(file: Path, settings: Settings) -> tuple[int, list[str]]:
    """The number of removed records, and curl lines for the others. Raises LedgerError and SpecError."""
    ledger, contract = read_ledger(file), load(settings.spec, settings.overlays)
    guard = Guard(contract, Permissions(ledger.target, writes=True, everything=False), is_reserved)
    keys = {resource.name: resource.key for resource in contract.resources.values()}
    adapter = GuardedAdapter(guard, ledger, keys, Limits(settings.rate), lambda _request, _response: None)
    client = Client(ledger.target, settings.token, adapter, settings.timeout)
    before = sum(len(held) for held in ledger.created.values()) + len(ledger.pending)
    with no_other_connections():
        left = clean_up(contract, client, ledger)
    ledger.finish()
    return before - len(left), left


def clean_up(contract: Contract, client: Client, ledger: Ledger) -> list[str]:
    """Delete every record in the ledger. Returns curl lines for those that could not be deleted."""
    left = _find_lost(contract, client, ledger)
    for resource in contract.resources.values():
        _delete_all(contract, resource, client, ledger)
        _look_again(resource, client, ledger)
        for key in sorted(ledger.created.get(resource.name, ())):
            left.append(_curl(contract, resource, client, key))
    return left


def _delete_all(contract: Contract, resource: Resource, client: Client, ledger: Ledger) -> None:
    for key in sorted(ledger.created.get(resource.name, ())):
        if not _deleted(contract, resource, client, key):
            return


def _look_again(resource: Resource, client: Client, ledger: Ledger) -> None:
    """Search for the run's tag: a service may report a delete as done and keep the record."""
    listing = resource.listing
    if listing is None or listing.search is None or not ledger.tag or not ledger.gone.get(resource.name):
        return
    try:
        answer = client.send(Call("GET", resource.collection, query={listing.search.parameter: ledger.tag}))
        items = resolve(answer.json, listing.answer.items)
    except (TargetLostError, LookupError, ValueError):
        return
    for item in items if isinstance(items, list) else ():
        key = str(item.get(resource.key)) if isinstance(item, dict) else ""
        if key in ledger.gone[resource.name]:
            ledger.remains(resource.name, key)


def _deleted(contract: Contract, resource: Resource, client: Client, key: str) -> bool:
    if Role.DELETE not in resource.operations:
        return False
    method = contract.operations[resource.operations[Role.DELETE]].method
    path = resource.item.replace(f"{{{resource.key_parameter}}}", "{key}")
    for _ in range(2):
        try:
            client.send(Call(method, path, key))
        except NoAnswerError:
            continue
        except TargetLostError:
            return False
        return True
    return False


def _curl(contract: Contract, resource: Resource, client: Client, key: str) -> str:
    token = ' -H "Authorization: Bearer $CALLCAMP_TOKEN"' if client.token else ""
    path = resource.item.replace(f"{{{resource.key_parameter}}}", key)
    method = (
        contract.operations[resource.operations[Role.DELETE]].method if Role.DELETE in resource.operations else "GET"
    )
    return f"curl -X {method} {client.base_url}{path}{token}"


def _find_lost(contract: Contract, client: Client, ledger: Ledger) -> list[str]:
    """Enter creates without a response into the ledger if they happened; curl lines where that is unknown."""
    left = []
    for number, (name, body) in sorted(ledger.pending.items()):
        resource = contract.resources[name]
        text = _searched_text(resource, body)
        found = _found(resource, client, text, body) if text else None
        if found is None:
            left.append(f"curl {client.base_url}{resource.collection}   # look for {text or body}")
            continue
        ledger.answered(number, found or None)
    return left


def _searched_text(resource: Resource, body: dict[str, Any]) -> str:
    """A value that finds the record of `body`: a unique one if the search covers it, else any searched one."""
    search = resource.listing.search if resource.listing else None
    unique = [field for one in resource.unique for field in one.fields]
    fields = [*unique, *search.fields] if search else []
    return next((str(body[name]) for name in fields if name in body and search and name in search.fields), "")


def _found(resource: Resource, client: Client, text: str, body: dict[str, Any]) -> str | None:
    """The key of the record of `body`; '' if there is none, None if that is unknown."""
    listing = resource.listing
    if listing is None or listing.search is None:
        return None
    try:
        answer = client.send(Call("GET", resource.collection, query={listing.search.parameter: text}))
        items = resolve(answer.json, listing.answer.items)
    except (TargetLostError, LookupError, ValueError):
        return None
    kept = [name for name in body if name not in resource.write_only]
    same = [item for item in items if all(item.get(name) == body[name] for name in kept)]
    if len(same) > 1:
        return None
    return str(same[0][resource.key]) if same else ""
