"""Properties that are tried at the same time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from contract_tests.properties import CATALOGUE
from contract_tests.resource.resource_client import Turn
from contract_tests.runner.attempt import Overlap, Task, attempted, concluded
from contract_tests.runner.run import Run, start
from contract_tests.settings import Settings
from contract_tests.target.guarded_adapter import BudgetSpentError
from contract_tests.target.ledger import endings
from contract_tests.target.tags import LANES, VARIES
from tests.contract_tests.support import check
from tests.proof import catalogue
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import COLLECTION, Request, ServiceResponse

_STATUS_ONLY = {
    *("LIST-ACCEPTED", "LIST-FAR-PAGES", "LIST-LIMIT-BOUNDS", "LIST-PAGE-BOUNDS", "SEARCH-LENGTH", "HTTP-CHARSET"),
    *("READ-SAFE", "UPDATE-TIME"),
}
"""Properties that list all records without looking at which they are."""
_OWN_RECORD = {"CREATE-EVERYWHERE", "UPDATE-EVERYWHERE", "SEARCH-MEMBERS"}
"""Properties that look for their own record in a list of all, or search for its number."""


@contextmanager
def running(front: Front, folder: Path, **settings: Any) -> Iterator[Run]:
    """A run in this process."""
    options = {"allow_writes": True, "profile": "quick", "seed": 7, "patience": 0.1, **settings}
    run = start(Settings(front.url, ledger=folder / "ledger", **options))
    try:
        run.check_reachable()
        yield run
    finally:
        run.finish()


def tasks_of(run: Run) -> list[Task]:
    """Every property that applies to the phones."""
    (api,) = run.resources
    return [Task(one, api) for one in CATALOGUE.values() if one.check and one.applies_to(api)]


def parts_of_tags(prefix: str, lane: int) -> re.Pattern[str]:
    """Matches four letters in a row of a tag of the lane, or of one reversed, with one that is the lane's."""
    own = f"[{''.join(sorted(set(''.join(endings(lane)))))}]"
    letters = [*prefix, *[own] * VARIES]
    rows = [letters[start : start + 4] for start in range(len(letters) - 3)]
    own_rows = [row for row in rows if own in row]
    return re.compile("|".join("".join(row) for row in [*own_rows, *(row[::-1] for row in own_rows)]))


def test_overlapping_properties_list_only_their_own_records(tmp_path: Path) -> None:
    """Each property that may overlap lists only records with its own tag, or judges the status alone."""
    lists: list[str] = []

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.method == "GET" and request.path == COLLECTION and response.ok:
            lists.append((request.parameter("search") or "").casefold())
        return response

    with Front(handler) as front, running(front, tmp_path) as run:
        part = parts_of_tags(run.ledger.tag, 0)
        # Before the first create, the clean-up looks at all records to learn whether the clock of the service is right.
        run.resources[0].create()
        for index, (entry, api) in enumerate(tasks_of(run)):
            if entry.alone or entry.code in _STATUS_ONLY | _OWN_RECORD or entry.check is None:
                continue
            lists.clear()
            attempt = attempted(api.twin(Turn(index, 0)), entry.code, entry.check)
            assert attempt.error is None, entry.code
            assert [text for text in lists if not part.search(text)] == [], entry.code


def test_lanes_share_no_letter() -> None:
    """Tags that are used at the same time have no varying letter in common, and every lane has enough of them."""
    lanes = [list(endings(lane)) for lane in range(LANES)]
    assert all(len(set(lane)) == 256 for lane in lanes)
    assert sum(len(set("".join(lane))) for lane in lanes) == len(set("".join(map("".join, lanes))))


def test_a_property_that_looks_at_all_records_runs_alone(tmp_path: Path) -> None:
    """Up to four properties run at the same time, and none during one that looks at all records."""
    seen: list[tuple[str, ...]] = []
    with Front(lambda request, correct: correct(request)) as front, running(front, tmp_path) as run:
        overlap = Overlap(run, 4)
        overlap.watch = lambda names: seen.append(tuple(names))
        tasks = [one for one in tasks_of(run) if one.entry.code.startswith(("READ", "LIST", "RACE-UNIQUE"))]
        overlap.plan(tasks)
        for one in tasks:
            concluded(run, overlap.attempt(one))
        overlap.close()
    alone = {one.name for one in tasks if one.entry.alone}
    assert max(map(len, seen)) == 4
    assert all(len(names) == 1 for names in seen if alone & set(names))


def test_concurrent_properties_do_not_exceed_the_budget(tmp_path: Path) -> None:
    """However many properties run at the same time, no more requests are sent than the budget allows."""
    with Front(lambda request, correct: correct(request)) as front, running(front, tmp_path, max_requests=70) as run:
        overlap = Overlap(run, 4)
        tasks = [one for one in tasks_of(run) if not one.entry.alone]
        overlap.plan(tasks)
        with pytest.raises(BudgetSpentError, match=r"^the budget of 70 requests is spent$"):
            all(map(overlap.attempt, tasks))
        overlap.close()
        assert run.adapter.sent - run.adapter.removals == 70
        assert front.requests <= run.adapter.sent


def test_closing_stops_running_properties_and_removes_records(tmp_path: Path) -> None:
    """After an interrupt the running properties send nothing more, and the records of all are removed."""
    met: list[Request] = []

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        met.append(request)
        if len(met) == 60:
            run.adapter.halt()
        return correct(request)

    with Front(handler) as front:
        before = front.correct.records()
        with running(front, tmp_path) as run:
            overlap = Overlap(run, 4)
            tasks = [one for one in tasks_of(run) if not one.entry.alone]
            overlap.plan(tasks)
            with pytest.raises(BudgetSpentError, match=r"^the run was interrupted$"):
                all(map(overlap.attempt, tasks))
            overlap.close()
            # The others may have sent one more each, and a removal.
            assert sum(one.method != "DELETE" for one in met) < 70
        assert front.correct.records() == before


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("search-wildcards", "SEARCH,READ"),
        ("update-lost", "UPDATE,READ"),
        ("created-is-200", "CREATE,LIST"),
        ("number-twice", "CREATE,ERROR-ORDER"),
        ("taken-without-body", "ERROR-SHAPE,ERROR-ORDER"),
    ],
)
def test_findings_are_the_same_at_any_concurrency(tmp_path: Path, name: str, codes: str) -> None:
    """With the same seed, a broken service gets the same findings and outcomes at any concurrency."""
    one, four = (report_of(catalogue.load()[name].start(), tmp_path, codes, number) for number in (1, 4))
    assert outcomes(one) == outcomes(four)
    assert one["run"]["requests"] == four["run"]["requests"]
    assert outcomes(one)["findings"] or outcomes(one)["warnings"]


def test_a_slow_service_gets_the_same_outcomes_at_any_concurrency(tmp_path: Path) -> None:
    """With responses that take a while, the outcomes are the same at any concurrency, and nothing is not judged."""

    def slow(request: Request, correct: Correct) -> ServiceResponse:
        return correct(request).over(delay_s=0.01)

    one, four = (report_of(Front(slow), tmp_path, "READ,SEARCH-CASE,LIST-TOTAL", number) for number in (1, 4))
    assert outcomes(one) == outcomes(four)
    assert {run["outcome"] for run in outcomes(one)["properties"]} <= {"kept", "not checked"}
    assert one["run"]["requests"] == four["run"]["requests"]


def report_of(service: AbstractContextManager[Front], folder: Path, codes: str, concurrency: int) -> dict[str, Any]:
    """The JSON report of a short run of seed 7 against a service."""
    file = folder / f"{concurrency}.json"
    with service as front:
        arguments = ["--target", front.url, "--allow-writes", "--profile", "quick", "--seed", "7"]
        arguments += ["--select", codes, "--patience", "0.1", "--scripts", str(folder / "scripts")]
        arguments += ["--report", f"json={file}", "--concurrency", str(concurrency)]
        assert check(*arguments).code in (0, 1, 5)
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def outcomes(report: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The parts of a report that the seed decides."""
    return {kind: outcome(report, kind) for kind in ("properties", "findings", "warnings")}


def outcome(report: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The part of a report that the seed decides: not times, keys and tags."""
    names = ("code", "subject", "outcome", "why", "requests", "pointer", "operation", "attempts")
    return [{name: one.get(name) for name in names} for one in report.get(kind, ())]
