"""The result of a whole check from the JSON reports of its shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from contract_tests.findings.baseline import Deviation
from contract_tests.findings.curl import curl_credentials
from contract_tests.findings.finding import Finding
from contract_tests.findings.reproduction import from_data
from contract_tests.reports.result import PropertyRun, Question, Result, StoredDifference
from contract_tests.reports.summary import OTHER_SHARD

Report = Mapping[str, Any]
"""A JSON report that matches the schema."""

_OWN, _WROTE = "a private mock; writes enabled", "wrote only its own records"
_SAME = {
    "spec_sha256": "document",
    "profile": "--profile",
    "strict": "--strict",
    "mode": "--allow-writes",
    "target": "--target",
}
"""The settings that the shards of one check share."""
_WORST = ("broken", "not judged", "kept", "not checked")


class MergeError(ValueError):
    """Reports that are not those of the shards of one check. `str()` of it has a line for each problem."""


def merged(reports: Mapping[str, Report], again: str) -> Result:
    """One result from the reports of the shards, by the names of their files; `again` is the command that merges.

    A shard without a report, or one that did not end, makes the result unfinished. Raises MergeError, and
    ReproductionError for a modified finding.
    """
    shards = _by_number(reports)
    runs = [report["run"] for report in shards.values()]
    of = runs[0]["shard"]["of"]
    first = runs[0]
    ended = _ended(shards, of)
    return Result(
        target=first["target"],
        seed=first["seed"],
        profile=first["profile"],
        own=first["mode"] == _OWN,
        writes=first["mode"] in (_OWN, _WROTE),
        strict=first["strict"],
        credentials=tuple(
            one
            for one in curl_credentials(token=True, header_file=True)
            if any(one in line["line"] for line in _commands(shards.values()))
        ),
        spec=first["spec"] or "",
        spec_sha256=first["spec_sha256"] or "",
        versions=first["versions"],
        again=again,
        began=min((run["began"] for run in runs if run["began"]), default=""),
        seconds=max(run["seconds"] for run in runs),
        rate_per_s=_sum_if_all([run["rate_per_s"] for run in runs]),
        left=tuple(line for report in shards.values() for line in report["records"]["left"]),
        ledger=", ".join(filter(None, (report["records"]["ledger"] for report in shards.values()))),
        findings=tuple(_findings(shards.values(), "broken")),
        warnings=tuple(_findings(shards.values(), "refuted")),
        known=tuple(_known(shards.values())),
        expired=tuple(_deviations(shards.values(), "expired")),
        gone=tuple(_gone(shards.values())),
        calibration=tuple(dict.fromkeys(_questions(shards.values()))),
        calibration_requests=sum(report["calibration"]["requests"] for report in shards.values()),
        stored=tuple(_stored(shards.values())),
        observations=_observations(shards.values()),
        coverage=_coverage(shards.values()),
        properties=tuple(_properties(shards.values(), ended)),
        lost="; ".join(f"shard {number}: {one['run']['lost']}" for number, one in shards.items() if one["run"]["lost"])
        or None,
        ended=ended or None,
        errors=tuple(f"shard {number}: {error}" for number, one in shards.items() for error in one["run"]["errors"]),
        **{name: sum(run[name] for run in runs) for name in ("requests", "retried", "waited", "removals")},
        **{name: sum(report["records"][name] for report in shards.values()) for name in ("created", "removed")},
    )


def _by_number(reports: Mapping[str, Report]) -> dict[int, Report]:
    """The reports by the number of the shard, in order. Raises MergeError."""
    whole = [file for file, report in reports.items() if not report["run"].get("shard")]
    if whole:
        raise MergeError("\n".join(f"{file}: not the report of a shard; make it with --shard I/N" for file in whole))
    first_file, first = next(iter(reports.items()))
    problems = []
    found: dict[int, tuple[str, Report]] = {}
    for file, report in reports.items():
        run, expected = report["run"], first["run"]
        number, of = run["shard"]["number"], run["shard"]["of"]
        if of != expected["shard"]["of"]:
            problems.append(f"{file}: shard {number} of {of}, but {first_file} is one of {expected['shard']['of']}")
        elif number in found:
            problems.append(f"{file}: shard {number} again, after {found[number][0]}; name one report of each shard")
        for name, option in _SAME.items():
            private = name == "target" and expected["mode"] == _OWN
            if run[name] != expected[name] and not private:
                problems.append(f"{file}: another {option} than in {first_file}; merge reports of one check")
        found.setdefault(number, (file, report))
    if problems:
        raise MergeError("\n".join(problems))
    return {number: found[number][1] for number in sorted(found)}


def _ended(shards: Mapping[int, Report], of: int) -> str:
    """Why the check is not complete; empty if it is."""
    missing = [str(number) for number in range(1, of + 1) if number not in shards]
    reasons = [f"no report of shard {', '.join(missing)} of {of}"] if missing else []
    reasons += [f"shard {number}: {one['run']['ended']}" for number, one in shards.items() if one["run"]["ended"]]
    return "; ".join(reasons)


def _findings(reports: Iterable[Report], kind: str) -> Iterator[Finding]:
    for report in reports:
        for cause in report["findings"]:
            if cause["kind"] == kind:
                yield from [_finding(cause)] * cause["times"]


def _finding(cause: Mapping[str, Any]) -> Finding:
    """Raises ReproductionError."""
    one = from_data(cause)
    return Finding(
        **{name: cause[name] for name in ("code", "sentence", "expected", "observed", "operation", "pointer")},
        assumption=cause["assumption"],
        suggested_change=cause["amendment"] or "",
        actions=tuple(cause.get("actions", ())),
        steps=one.steps,
        claim=one.claim,
        attempts=one.attempts,
        tag=one.tag,
        refused=one.refused,
    )


def _known(reports: Iterable[Report]) -> Iterator[tuple[Finding, Deviation]]:
    for report in reports:
        for cause in report["findings"]:
            if cause["known"]:
                yield from [(_finding(cause), _deviation(cause["known"]))] * cause["times"]


def _deviation(data: Mapping[str, Any]) -> Deviation:
    until = date.fromisoformat(data["until"]) if data["until"] else None
    return Deviation(data["code"], data["pointer"], data["reason"], until)


def _deviations(reports: Iterable[Report], name: str) -> list[Deviation]:
    return list(dict.fromkeys(_deviation(one) for report in reports for one in report["baseline"][name]))


def _gone(reports: Iterable[Report]) -> list[Deviation]:
    """The entries of the baseline that occurred in no shard."""
    every = list(reports)
    met = {deviation for _, deviation in _known(every)}
    return [one for one in _deviations(every, "gone") if one not in met]


def _questions(reports: Iterable[Report]) -> Iterator[Question]:
    for report in reports:
        for one in report["calibration"]["questions"]:
            yield Question(one["pointer"], one["declared"], one["word"], one["evidence"])


def _stored(reports: Iterable[Report]) -> list[StoredDifference]:
    """The differences in overlays; seen if a shard has observed them."""
    order = ("confirmed", "no longer there", "not seen")
    best: dict[tuple[str, tuple[str, ...]], StoredDifference] = {}
    for report in reports:
        for data in report["overlay"]:
            one = StoredDifference(data["sentence"], tuple(data["pointers"]), data["state"])
            known = best.setdefault((one.sentence, one.pointers), one)
            if order.index(one.state) < order.index(known.state):
                best[one.sentence, one.pointers] = one
    return list(best.values())


def _observations(reports: Iterable[Report]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update({one["sentence"]: one["times"] for one in report["observations"]})
    return counts


def _coverage(reports: Iterable[Report]) -> dict[str, dict[str, Any]]:
    """The sums of all counts."""
    sums: dict[str, dict[str, Any]] = {}
    for report in reports:
        for operation, parts in report["coverage"].items():
            total = sums.setdefault(operation, {})
            for name, value in parts.items():
                if isinstance(value, dict):
                    counts = total.setdefault(name, {})
                    counts.update({key: counts.get(key, 0) + count for key, count in value.items()})
                else:
                    total[name] = total.get(name, 0) + value
    return sums


def _properties(reports: Iterable[Report], ended: str) -> list[PropertyRun]:
    """Each property on each resource once: the worst outcome of the shards that checked it.

    If every shard has left it to another one, it is not judged.
    """
    runs: dict[tuple[str, str], PropertyRun] = {}
    left_out: dict[tuple[str, str], PropertyRun] = {}
    for report in reports:
        pointers = {one["number"]: one["pointer"] for one in report["findings"] if one["number"]}
        for data in report["properties"]:
            one = _property(data, pointers.__getitem__)
            key = (one.code, one.subject)
            if one.outcome == "not checked":
                known = left_out.setdefault(key, one)
                left_out[key] = one if known.why == OTHER_SHARD else known
            else:
                runs[key] = _both(runs[key], one) if key in runs else one
    reasons = [one for key, one in left_out.items() if key not in runs and one.why != OTHER_SHARD]
    settled = {code for code, _ in runs} | {one.code for one in reasons}
    unknown = [_unknown(one, ended) for one in left_out.values() if one.code not in settled]
    return [*runs.values(), *reasons, *unknown]


def _unknown(one: PropertyRun, ended: str) -> PropertyRun:
    return replace(one, outcome="not judged", why=ended or "no shard has checked it")


def _property(data: Mapping[str, Any], pointer_of: Callable[[str], str]) -> PropertyRun:
    return PropertyRun(
        data["code"],
        data["title"],
        data["subject"],
        data["outcome"],
        data["requests"],
        data["seconds"],
        data["why"] or "",
        tuple(map(pointer_of, data["under"])),
    )


def _both(one: PropertyRun, other: PropertyRun) -> PropertyRun:
    worst = min(one, other, key=lambda run: _WORST.index(run.outcome))
    under = tuple(dict.fromkeys((*one.under, *other.under)))
    return replace(worst, requests=one.requests + other.requests, seconds=one.seconds + other.seconds, under=under)


def _commands(reports: Iterable[Report]) -> Iterator[Mapping[str, Any]]:
    for report in reports:
        for cause in report["findings"]:
            yield from cause["commands"]


def _sum_if_all(rates: Sequence[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return sum(known) if len(known) == len(rates) else None
