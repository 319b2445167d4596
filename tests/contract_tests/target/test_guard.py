"""The guard: which requests are allowed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.target.guard import Allowed, Guard, Outgoing, Permissions, Refused
from contract_tests.target.ledger import Ledger
from fixtures import is_reserved
from openapi import PHONES, Contract, load
from tests.openapi.support import GOOD

BASE = "https://staging.example/api"
RESERVED = b'{"number": "+12025550143"}'
# No country has the calling code 999.
NOT_RESERVED = b'{"number": "+999123456789"}'


def guard_of(contract: Contract, writes: bool = True, everything: bool = False) -> Guard:
    """A guard of the service at BASE."""
    return Guard(contract, Permissions(BASE, writes, everything), is_reserved)


def ledger() -> Ledger:
    """The ledger of a run that created `mine`, removed `gone`, and invented the key `unknown`."""
    return Ledger(
        Path("unused"),
        BASE,
        created={"phone": {"mine", "a/b"}},
        invented={"unknown"},
        gone={"phone": {"gone"}, "x": {"y"}},
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("GET", "/phones", b"", Allowed()),
        ("GET", "/phones/foreign", b"", Allowed()),
        ("GET", "", b"", Allowed()),
        ("HEAD", "/phones", b"", Allowed()),
        ("OPTIONS", "/whatever", b"", Allowed()),
        ("POST", "/phones", RESERVED, Allowed(creates="phone")),
        ("POST", "/phones", b"no JSON", Allowed(creates="phone")),
        ("POST", "/phones?page=1", RESERVED, Allowed(creates="phone")),
        ("PATCH", "/phones/mine", b'{"name": "x"}', Allowed()),
        ("PUT", "/phones/mine", RESERVED, Allowed()),
        ("DELETE", "/phones/mine", b"", Allowed(removes=("phone", "mine"))),
        ("DELETE", "/phones/m%69ne", b"", Allowed(removes=("phone", "mine"))),
        ("DELETE", "/phones/a%2Fb", b"", Allowed(removes=("phone", "a/b"))),
        ("PATCH", "/phones/unknown", b"{}", Allowed()),
        ("DELETE", "/phones/unknown", b"", Allowed(removes=("phone", "unknown"))),
        ("DELETE", "/phones/gone", b"", Allowed(removes=("phone", "gone"))),
    ],
)
def test_the_guard_allows_reads_and_writes_to_own_records(
    contract: Contract, method: str, path: str, body: bytes, wanted: Allowed
) -> None:
    """Reads, creates with reserved numbers, and changes of own or invented keys are allowed."""
    assert guard_of(contract).may_send(Outgoing(method, BASE + path, body), ledger()) == wanted


@pytest.mark.parametrize(
    ("method", "url", "body", "reason"),
    [
        (
            "GET",
            "https://elsewhere.example/api/phones",
            b"",
            f"https://elsewhere.example/api/phones is not below {BASE}",
        ),
        ("GET", "http://staging.example/api/phones", b"", f"http://staging.example/api/phones is not below {BASE}"),
        ("GET", "https://staging.example:8443/api", b"", f"https://staging.example:8443/api is not below {BASE}"),
        ("GET", "https://staging.example/phones", b"", f"https://staging.example/phones is not below {BASE}"),
        ("GET", "https://staging.example/apix/phones", b"", f"https://staging.example/apix/phones is not below {BASE}"),
        ("POST", f"{BASE}/phones", NOT_RESERVED, "+999123456789 is not a reserved number"),
        ("POST", f"{BASE}/phones", b'{"number": "\\u002b999123456789"}', "+999123456789 is not a reserved number"),
        ("POST", f"{BASE}/phones", b'"+999123456789', "+999123456789 is not a reserved number"),
        ("PATCH", f"{BASE}/phones/mine", NOT_RESERVED, "+999123456789 is not a reserved number"),
        ("PATCH", f"{BASE}/phones/foreign", b'{"name": "x"}', "foreign is not a record of this run"),
        ("PUT", f"{BASE}/phones/foreign", b"{}", "foreign is not a record of this run"),
        ("DELETE", f"{BASE}/phones/foreign", b"", "foreign is not a record of this run"),
        ("DELETE", f"{BASE}/phones/MINE", b"", "MINE is not a record of this run"),
        ("DELETE", f"{BASE}/phones", b"", "DELETE /phones could change records that this run did not create"),
        ("DELETE", f"{BASE}/phones/", b"", "DELETE /phones/ could change records that this run did not create"),
        (
            "DELETE",
            f"{BASE}/phones/mine/",
            b"",
            "DELETE /phones/mine/ could change records that this run did not create",
        ),
        ("POST", f"{BASE}/reset", b"", "POST /reset could change records that this run did not create"),
        ("BREW", f"{BASE}/phones", b"", "BREW /phones could change records that this run did not create"),
    ],
)
def test_the_guard_refuses_other_hosts_and_foreign_records(
    contract: Contract, method: str, url: str, body: bytes, reason: str
) -> None:
    """Other hosts, unreserved numbers, and changes of foreign records are refused."""
    assert guard_of(contract).may_send(Outgoing(method, url, body), ledger()) == Refused(reason)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize("path", ["/phones", "/phones/mine", "/phones/unknown", "/elsewhere"])
def test_a_read_only_run_sends_no_writing_method(contract: Contract, method: str, path: str) -> None:
    """Without --allow-writes no writing method is allowed, not even for own records."""
    decision = guard_of(contract, writes=False).may_send(Outgoing(method, BASE + path, RESERVED), ledger())
    assert decision == Refused(f"{method} is not allowed in a run that only reads; use --allow-writes")


@pytest.mark.parametrize(
    ("method", "url", "body", "wanted"),
    [
        ("DELETE", f"{BASE}/phones/foreign", b"", Allowed(removes=("phone", "foreign"))),
        ("PATCH", f"{BASE}/phones/foreign", b"", Allowed()),
        ("POST", f"{BASE}/reset", b"", Allowed()),
        ("GET", "https://staging.example/outside", b"", Allowed()),
        ("POST", f"{BASE}/phones", NOT_RESERVED, Refused("+999123456789 is not a reserved number")),
        ("GET", "https://elsewhere.example/", b"", Refused(f"https://elsewhere.example/ is not below {BASE}")),
    ],
)
def test_the_guard_allows_every_write_to_a_private_mock(
    contract: Contract, method: str, url: str, body: bytes, wanted: Allowed | Refused
) -> None:
    """A run may send everything with reserved numbers to a private mock, and nothing to other hosts."""
    assert guard_of(contract, everything=True).may_send(Outgoing(method, url, body), ledger()) == wanted


# Read here, as Hypothesis takes no fixture that lives as short as a test.
_GUARD = guard_of(load(PHONES))


@given(st.sampled_from(["PUT", "PATCH", "DELETE", "POST", "MERGE"]), st.text(min_size=1), st.binary(max_size=20))
def test_a_write_to_a_foreign_record_is_always_refused(method: str, key: str, body: bytes) -> None:
    """Whatever the key and the method, a write to a record that the run did not create is refused."""
    held = ledger()
    for path in (f"/phones/{quote(key, safe='', errors='replace')}", f"/phones/{quote(key, errors='replace')}"):
        decision = _GUARD.may_send(Outgoing(method, BASE + path, body), held)
        own = key in held.created["phone"] | held.invented | held.gone["phone"]
        assert own or isinstance(decision, Refused)


def test_a_sequential_key_is_foreign_after_its_delete() -> None:
    """A sequential key of a deleted record may belong to another client, and is refused."""
    books = load(Path(__file__).parents[2] / "mock_server" / "documents" / "books.yaml")
    (resource,) = books.resources.values()
    path = BASE + resource.item.replace(f"{{{resource.key_parameters[0]}}}", "5")
    held = Ledger(Path("unused"), BASE, created={resource.name: {"5"}})
    guard = guard_of(books)
    assert guard.may_send(Outgoing("DELETE", path), held) == Allowed(removes=(resource.name, "5"))
    held = replace(held, created={}, gone={resource.name: {"5"}})
    assert guard.may_send(Outgoing("DELETE", path), held) == Refused("5 is not a record of this run")


def test_unreserved_numbers_are_found_at_any_depth(contract: Contract) -> None:
    """An unreserved number is found at any depth, also next to a reserved one."""
    body = json.dumps({"a": ["+12025550143", {"b": "call +999123456789 now"}]}).encode()
    decision = guard_of(contract).may_send(Outgoing("POST", f"{BASE}/phones", body), ledger())
    assert decision == Refused("+999123456789 is not a reserved number")


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("unknown", Allowed(creates="label")),
        ("mine", Allowed()),
        ("foreign", Refused("foreign is not a record of this run")),
    ],
)
def test_a_put_creates_only_keys_of_the_run(key: str, wanted: Allowed | Refused) -> None:
    """A PUT may create a record with a key that the run made up, and replaces only records of the run."""
    known = Ledger(Path("unused"), BASE, created={"label": {"mine"}}, invented={"unknown", "mine"})
    request = Outgoing("PUT", f"{BASE}/labels/{key}", b'{"text": "x"}')
    assert guard_of(load(GOOD / "labels.yaml")).may_send(request, known) == wanted


def test_a_singleton_is_written_only_if_the_document_allows_it() -> None:
    """A singleton is not a record of the run: writes to it need `writes: anywhere`, and paths below it are refused."""
    contract = load(GOOD / "settings.yaml")
    request = Outgoing("PATCH", f"{BASE}/settings", b'{"theme": "dark"}')
    assert guard_of(contract).may_send(request, ledger()) == Allowed()
    settings = replace(contract.resources["settings"], mock_only=True)
    closed = replace(contract, resources={"settings": settings})
    refused = Refused("the document allows writes to settings in a mock only")
    assert guard_of(closed).may_send(request, ledger()) == refused
    assert guard_of(closed, everything=True).may_send(request, ledger()) == Allowed()
    below = guard_of(contract).may_send(Outgoing("PATCH", f"{BASE}/settings/1", b"{}"), ledger())
    assert below == Refused("PATCH /settings/1 could change records that this run did not create")
