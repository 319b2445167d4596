"""One run of the check against one service, and its outcome."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.proof.catalogue import Broken
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.preloaded import Ended, run_preloaded
from tests.proof.schemathesis_alone import Alone

ROOT = Path(__file__).parents[2]
PATIENCE_S = 600
LEFT_BEHIND = 4
"""The exit code of the check if it could not remove what it created, as where deletes fail."""
NOT_JUDGED = 5
"""The exit code of the check if nothing is broken, but something could not be judged."""
_CHANGING = "kept changing"
"""What the reason says where another client changed the records each time that they were read."""
REPLAY_S = 300


@dataclass(frozen=True)
class Found:
    """One finding, and the exit codes of its replays on the broken service and on the correct one."""

    code: str
    operation: str
    pointer: str
    sentence: str
    attempts: int
    on_broken: int | None = None
    on_correct: int | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run of the check against a service. `trouble` says why the run is not valid, if it isn't.

    `unjudged` are the properties that were not judged, with the reason; `disturbed` is whether another client writes
    meanwhile. `output` is its stderr. `alone` is what plain Schemathesis found on a fresh service of the kind, if it
    ran.
    """

    service: str
    profile: str
    seed: int
    code: int
    requests: int
    seconds: float
    findings: tuple[Found, ...]
    trouble: str = ""
    unjudged: tuple[tuple[str, str], ...] = ()
    disturbed: bool = False
    output: str = field(default="", repr=False)
    alone: Alone | None = None

    @property
    def tried(self) -> list[Found]:
        """The findings that were replayed."""
        return [one for one in self.findings if one.on_broken is not None or one.on_correct is not None]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found, and everything judged but what another client prevents."""
        changing = all(_CHANGING in why for _, why in self.unjudged)
        return self.code == 0 or (self.code == NOT_JUDGED and self.disturbed and changing)


WORDS: Mapping[str, tuple[str, ...]] = {
    "CREATE-AGAIN": ("/x-resources/phone/deleted-values",),
    "CREATE-TEXT": ("/x-http/bodies/texts",),
    "CREATE-TIMES": ("/x-http/answers/times",),
    "DELETE-GONE": ("/x-http/deletes/unknown-record",),
    "DELETE-UNKNOWN": ("/x-http/deletes/unknown-record",),
    "ERROR-REQUIRED": ("/x-http/bodies/empty-updates",),
    "ERROR-SHAPE": ("/x-http/refusals/unrouted",),
    "ERROR-TYPE": ("/x-http/bodies/nulls",),
    "ERROR-UNKNOWN-MEMBER": ("/x-http/bodies/unknown-fields",),
    "FILTER-REFUSES": ("/x-http/query/unknown-values", "/x-http/query/empty-parameters"),
    "LIST-LIMIT-BOUNDS": ("/x-http/query/out-of-range",),
    "LIST-LIMIT-DIGITS": ("/x-http/query/malformed-numbers",),
    "LIST-TOTAL-PAGES": ("/x-resources/phone/list/paging/least-pages",),
    "SCHEMA-BODY": ("/x-http/answers/nulls",),
}
"""Where calibration, or the property with a code, puts a difference that the document has a word for."""


@dataclass(frozen=True)
class Verdict:
    """The result for a broken service."""

    fault: Broken
    outcome: Outcome

    @property
    def alone(self) -> Alone | None:
        """What plain Schemathesis found; None if it did not run."""
        return self.outcome.alone

    @property
    def first(self) -> Found | None:
        """The first finding of the report."""
        return next(iter(self.outcome.findings), None)

    @property
    def caught(self) -> bool:
        """Whether anything was found."""
        return self.first is not None

    @property
    def expected(self) -> bool:
        """Whether the first finding is of an expected property."""
        first = self.first
        return first is not None and any(first.code.startswith(code) for code in self.fault.caught_by)

    @property
    def has_expected_pointer(self) -> bool:
        """Whether the first finding names the right operation and a node at or below the right one."""
        first = self.first
        if first is None or first.operation not in self.fault.operations:
            return False
        pointers = (*self.fault.pointers, *WORDS.get(first.code, ()))
        return any(f"{first.pointer}/".startswith(f"{pointer.rstrip('/')}/") for pointer in pointers)

    @property
    def reproduced(self) -> bool:
        """Whether every replay reports broken for the broken service and kept for the correct one."""
        return all((one.on_broken, one.on_correct) == (1, 0) for one in self.outcome.tried)

    @property
    def proven(self) -> bool:
        """Whether all of that holds, and the check itself did not fail."""
        good = not self.outcome.trouble and self.outcome.code in (1, LEFT_BEHIND)
        return good and self.expected and self.has_expected_pointer and self.reproduced


Fresh = Callable[[], AbstractContextManager[Front]]


def run_check(
    url: str,
    name: str,
    arguments: Sequence[str],
    token: str | None = None,
    fresh: Fresh | None = None,
    most_replays: int | None = None,
) -> Outcome:
    """Run `callcamp-check` in a separate process against a service that is already running.

    Then replay its findings, or `most_replays` of them, on that service and on the correct one. A finding that is not
    broken on that service is replayed on a `fresh` one of its kind: if deletes do nothing, the records that the check
    left there prevent sending the same requests again.
    """
    profile, seed = (arguments[arguments.index(option) + 1] for option in ("--profile", "--seed"))
    with TemporaryDirectory() as folder:
        report, scripts = Path(folder, "report.json"), Path(folder, "scripts")
        options = ["--target", url, "--allow-writes"]
        options += ["--report", f"json={report}", "--scripts", str(scripts), "--ledger", str(Path(folder, "ledger"))]
        began_s = time.monotonic()
        ended = run_preloaded([*options, *arguments], ROOT, _environment(token), PATIENCE_S)
        if ended is None:
            return Outcome(name, profile, int(seed), -1, 0, PATIENCE_S, (), f"it took over {PATIENCE_S} s")
        seconds = time.monotonic() - began_s
        result: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
        reported = result.get("findings", ())
        replayed = 0 if fresh is None else len(reported) if most_replays is None else most_replays
        findings = tuple(
            _found(one, f"{report}#{index}" if index <= replayed else "", url, fresh, token)
            for index, one in enumerate(reported, 1)
        )
        requests = int(result["run"]["requests"]) if result else 0
        trouble = _trouble(ended, result)
    properties = result.get("properties", ())
    unjudged = tuple((one["code"], one["why"]) for one in properties if one["outcome"] == "not judged")
    return Outcome(
        *(name, profile, int(seed), ended.code, requests, round(seconds, 1), findings, trouble, unjudged),
        output=ended.err,
    )


def _environment(token: str | None) -> dict[str, str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("CALLCAMP")}
    ours = {"PYTHONPATH": str(ROOT)}
    return {**clean, **ours, **({"CALLCAMP_TOKEN": token} if token else {})}


def _trouble(ended: Ended, result: dict[str, Any]) -> str:
    if not result or "Traceback" in ended.err:
        return f"exit {ended.code}: {ended.err[-400:]}"
    run = result["run"]
    return (
        str(run["lost"] or "") or "; ".join(text[:60] + " ... " + text[-300:] for text in map(str, run["errors"]))[:800]
    )


def _found(reported: dict[str, Any], finding: str, url: str, fresh: Fresh | None, token: str | None) -> Found:
    """The finding, replayed if `finding` names it."""
    codes: tuple[int | None, int | None] = (None, None)
    if finding and fresh is not None:
        on_broken = _replayed(finding, url, token)
        with fresh() as broken, Front(lambda request, correct: correct(request), Correct(token)) as correct:
            if on_broken != 1:
                on_broken = _replayed(finding, broken.url, token)
            codes = on_broken, _replayed(finding, correct.url, token)
    return Found(
        *(reported["code"], reported["operation"], reported["pointer"], reported["sentence"]),
        *(reported.get("attempts", 1), codes[0], codes[1]),
    )


def _replayed(finding: str, url: str, token: str | None) -> int | None:
    """The exit code of a replay; None if it took longer than `REPLAY_S` seconds."""
    arguments = ["--replay", finding, "--target", url, "--allow-writes"]
    ended = run_preloaded(arguments, ROOT, _environment(token), REPLAY_S)
    return ended and ended.code
