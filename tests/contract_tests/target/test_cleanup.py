"""The clean-up after a run that was killed: it finds every record of the run, and removes only those with its tag."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

from contract_tests.settings import Settings
from contract_tests.target.cleanup import remove_leftovers
from contract_tests.target.ledger import Ledger
from contract_tests.target.ledger_reader import read_ledger
from contract_tests.target.record_search import RecordSearch
from contract_tests.target.target import TargetError
from tests.proof.correct import DROPPED, Correct, altered
from tests.proof.front import Front
from tests.proof.messages import COLLECTION, Request, ServiceResponse

TAG = "tbcdfgh"
_LIST = "/x-resources/phone/list"
NUMBERS = [f"+1202555{number:04d}" for number in range(100, 200)]


def create(correct: Correct, **body: Any) -> str:
    """Create a record at the service, without the check. Returns its key."""
    response = correct(
        Request("POST", COLLECTION, "", (("Content-Type", "application/json"),), json.dumps(body).encode())
    )
    assert response.status == 201, response
    return str(response.json["uuid"])


class Killed:
    """A run that was killed: the ledger that it has left, and a service with its records."""

    def __init__(self, front: Front, folder: Path) -> None:
        self.front = front
        self.ledger = Ledger(folder / "ledger", front.url, tag=TAG)
        self.ledger.begin()
        self.before = front.correct.records()

    def lost(self, **body: Any) -> str:
        """A create whose response the run has not received. Returns the key that only the service knows."""
        self.ledger.creating("phone", body)
        return create(self.front.correct, **body)

    def known(self, **body: Any) -> str:
        """A create with a noted response."""
        number, key = self.ledger.creating("phone", body), create(self.front.correct, **body)
        self.ledger.answered(number, key)
        return key

    def clean_up(self) -> tuple[int, list[str]]:
        """The number of removed records, and a line for each one that is left."""
        return remove_leftovers(self.ledger.file, Settings(target=self.front.url, patience=0.01))

    @property
    def left(self) -> list[str]:
        """The keys of the records that were created and are still there."""
        old = {phone["uuid"] for phone in self.before}
        return [phone["uuid"] for phone in self.front.correct.records() if phone["uuid"] not in old]

    @property
    def is_foreign_unchanged(self) -> bool:
        """Whether the foreign records are unchanged."""
        keys = {phone["uuid"] for phone in self.before}
        return [phone for phone in self.front.correct.records() if phone["uuid"] in keys] == self.before


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    """A killed run with an empty ledger."""
    with Front(lambda request, correct: correct(request)) as front:
        yield Killed(front, tmp_path)


def test_creates_without_a_response_are_found_and_removed(killed: Killed) -> None:
    """Several creates without a noted response, with one tag or many, are all found and removed."""
    for index, number in enumerate(NUMBERS[:8]):
        killed.lost(number=number, name=f"{TAG}gggg {index}")
    killed.lost(number=NUMBERS[8], name="plain", provider=f"{TAG}hhhh")
    killed.lost(number=NUMBERS[9], name=f"{TAG}JJJJ".upper())
    killed.lost(number=NUMBERS[10], name=f"{TAG}%'\\é")
    killed.ledger.creating("phone", {"number": NUMBERS[11], "name": f"{TAG}gggg never sent"})
    assert killed.clean_up() == (11, [])
    assert (killed.left, killed.is_foreign_unchanged) == ([], True)
    assert not killed.ledger.file.exists()


def test_open_creates_are_found_on_every_page(killed: Killed) -> None:
    """Records of open creates are found on every page of a search."""
    killed.lost(number="+12125550142", name=f"{TAG}gggg 1")
    for number in NUMBERS:
        create(killed.front.correct, number=number, name=f"{TAG}gggg of another")
    killed.lost(number="+13125550142", name=f"{TAG}gggg 2")
    assert killed.clean_up() == (2, [])
    assert len(killed.left) == len(NUMBERS)


@pytest.mark.parametrize(("paging", "starts"), [("page", [None, "2"]), ("offset", [None, "100"])])
def test_a_list_without_a_search_is_read_once(paging: str, starts: list[str | None]) -> None:
    """If the list has no search, each of its pages is read once."""
    response = {"items": "/phones", "total": "/total"}
    changes = {f"{_LIST}/answer": response, f"{_LIST}/paging": {paging: "page", "limit": "limit"}}
    contract = altered({f"{_LIST}/search": DROPPED, **changes})
    phones = [{"uuid": str(index), "name": f"phone {index}"} for index in range(150)]
    sent: list[Request] = []

    def fetch(path: str) -> requests.Response:
        sent.append(Request("GET", COLLECTION, path.partition("?")[2]))
        start = int(sent[-1].parameter("page") or (1 if paging == "page" else 0))
        first = (start - 1) * 100 if paging == "page" else start
        response = requests.Response()
        response.status_code = 200
        response.raw = BytesIO(json.dumps({"phones": phones[first : first + 100], "total": 150}).encode())
        return response

    search = RecordSearch(contract, fetch)
    items = search.showing("phone", {"name": "phone 149"}, "phone 149")
    assert items == ([phones[149]], True)
    assert [one.parameter("page") for one in sent] == starts


def test_a_record_that_appears_late_is_found(tmp_path: Path) -> None:
    """A create that is unfinished at the first look is found at the second."""
    looks: list[Request] = []

    def slow(request: Request, correct: Correct) -> ServiceResponse:
        if request.parameter("search") == f"{TAG}gggg":
            looks.append(request)
            if len(looks) == 2:
                create(correct, number=NUMBERS[0], name=f"{TAG}gggg 1")
        return correct(request)

    with Front(slow) as front:
        killed = Killed(front, tmp_path)
        killed.ledger.creating("phone", {"number": NUMBERS[0], "name": f"{TAG}gggg 1"})
        assert killed.clean_up() == (1, [])
        assert killed.left == []


def test_records_without_the_tag_are_kept_and_listed(killed: Killed) -> None:
    """A record without the tag stays, and its key is printed, whether or not its create got a response."""
    keys = [
        killed.lost(number=NUMBERS[0]),
        killed.known(number=NUMBERS[1], name="x" * 100),
        killed.known(number=NUMBERS[2], name=f"{TAG}gggg 1"),
    ]
    killed.front.correct.set(keys[2], name="renamed")
    removed, lines = killed.clean_up()
    reason = "it does not show the tag of the run, so it may not be ours"
    assert removed == 0
    assert sorted(lines) == sorted(f"curl -X DELETE {killed.front.url}/phones/{key}   # {reason}" for key in keys)
    assert sorted(killed.left) == sorted(keys)
    for key in keys:
        killed.front.correct.drop(key)
    assert killed.clean_up()[1] == []


def test_a_foreign_record_with_the_same_number_stays(killed: Killed) -> None:
    """A record with the number of an open create, but other values, is not treated as a record of the run."""
    create(killed.front.correct, number=NUMBERS[0], name="of another")
    killed.ledger.creating("phone", {"number": NUMBERS[0], "type": "shared"})
    killed.ledger.creating("phone", {"number": NUMBERS[0], "name": f"{TAG}gggg 1"})
    before = killed.front.correct.records()
    removed, lines = killed.clean_up()
    assert (removed, killed.front.correct.records()) == (0, before)
    query = "%2B" + NUMBERS[0][1:]
    assert lines == [
        f"curl '{killed.front.url}/phones?search={query}'   # the key is unknown; find the record by {NUMBERS[0]}"
    ]


def test_a_ledger_with_foreign_keys_removes_none_of_them(killed: Killed) -> None:
    """A ledger that claims records without the tag removes none of them."""
    for phone in killed.before[:5]:
        body = {name: phone[name] for name in ("number", "name")}
        killed.ledger.answered(killed.ledger.creating("phone", {**body, "name": f"{TAG}gggg"}), phone["uuid"])
    removed, lines = killed.clean_up()
    assert (removed, len(lines), killed.is_foreign_unchanged) == (0, 5, True)


def test_a_record_stored_by_a_rejected_create_is_found(killed: Killed) -> None:
    """The record of a create that got an error is found, unless the run has looked for it already."""
    body = {"number": NUMBERS[0], "name": f"{TAG}gggg 1"}
    killed.lost(**body)
    killed.ledger.refuse(killed.ledger.number)
    killed.ledger.refuse(killed.ledger.creating("phone", {"number": 5}))
    assert list(read_ledger(killed.ledger.file).refused.values()) == [{1: body, 2: {"number": 5}}]
    assert killed.clean_up() == (1, [])
    assert (killed.left, killed.is_foreign_unchanged) == ([], True)


def test_rejected_creates_are_searched_for_once(killed: Killed) -> None:
    """A create that the run has searched for is not open any more."""
    killed.ledger.refuse(killed.ledger.creating("phone", {"number": 5}))
    killed.ledger.looked_for("phone", "")
    assert not killed.ledger.open
    assert not read_ledger(killed.ledger.file).open


def test_a_ledger_of_a_different_target_is_refused(killed: Killed) -> None:
    """Clean-up needs the target of the ledger: with a different one nothing is sent to either."""
    killed.lost(number=NUMBERS[0], name=f"{TAG}gggg 1")
    with Front(lambda request, correct: correct(request)) as other:
        named = f"--target {other.url}: the ledger is for {killed.front.url}; "
        with pytest.raises(TargetError, match=re.escape(named)):
            remove_leftovers(killed.ledger.file, Settings(target=other.url))
        assert (other.requests, killed.front.requests) == (0, 0)


@pytest.mark.parametrize("phones", [[None, 1, "x"], [{}, {"uuid": None}, {"uuid": {}}], {"a": [{}]}, None, [[]], "x"])
def test_clean_up_ends_whatever_a_list_contains(tmp_path: Path, phones: Any) -> None:
    """Whatever a list contains, the clean-up ends, and says what it could not find."""

    def strange(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return response.with_json({"phones": phones, "total": 3}) if request.role == "list" else response

    with Front(strange) as front:
        killed = Killed(front, tmp_path)
        killed.lost(number=NUMBERS[0], name=f"{TAG}gggg 1")
        killed.known(number=NUMBERS[1], name=f"{TAG}gggg 2")
        removed, lines = killed.clean_up()
    line = f"curl '{front.url}/phones?search={TAG}gggg'   # the key is unknown; find the record by {TAG}gggg"
    assert (removed, lines) == (1, [line])
