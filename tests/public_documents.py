"""Runs the check on every public document against its own mock: `python -m tests.public_documents --seeds 1,2,3`.

The mock keeps its document, so every finding would be false. A run is printed as a row of a Markdown table; one that
ends in another way than `EXPECTED` says is an error. `make test` runs a few of the documents.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click

_ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("CALLCAMP_CORPUS", _ROOT.parent / "shared" / "corpus"))
"""Where the documents are, which are not part of the project: CALLCAMP_CORPUS names another folder."""


_LAST_LINES = 5
"""How many lines of a run are repeated that did not end as expected."""


class Expected(NamedTuple):
    """How a run on a document ends: it prints `says`, and at least `hold` properties hold.

    `not_judged` are the operations of which a property is not judged.
    """

    hold: int
    code: int = 0
    says: str = "The contract holds."
    not_judged: tuple[str, ...] = ()


_NO_VALID_BODY = ("PATCH /anything/quirks/polymorphism", "PUT /anything/quirks/polymorphism")
"""Operations whose body must be a string and an integer at once."""

EXPECTED: Mapping[str, Expected] = {
    "adyen-binlookup-3.1.json": Expected(2),
    "discord-3.1.json": Expected(240),
    "museum.yaml": Expected(60),
    "oai-api-with-examples-3.0.yaml": Expected(2),
    "oai-callback-3.0.yaml": Expected(1),
    "oai-link-3.0.yaml": Expected(6),
    "oai-non-oauth-scopes-3.1.yaml": Expected(1),
    "oai-petstore-3.0.yaml": Expected(8),
    "oai-petstore-expanded-3.0.yaml": Expected(45),
    "oai-tags-3.2.yaml": Expected(4),
    "oai-tictactoe-3.1.yaml": Expected(3),
    "oai-uspto-3.0.yaml": Expected(3),
    "oai-webhook-3.1.yaml": Expected(0, 5, "Nothing was checked."),
    "pokeapi.yaml": Expected(100),
    "readme-encoding-style-3.1.yaml": Expected(1),
    "readme-parameters-style-3.1.yaml": Expected(23),
    "readme-schema-types-3.1.yaml": Expected(
        21, 5, "Schemathesis finds no request that the schemas of the operation allow", _NO_VALID_BODY
    ),
    "readme-security-3.1.yaml": Expected(15),
    "spotify-3.0.yaml": Expected(96),
    "spring-petclinic-3.0.yaml": Expected(240),
    "swagger-2.0-petstore.json": Expected(0, 2, "which is not supported; convert it to OpenAPI 3: npx "),
    "swagger-petstore.yaml": Expected(80),
    "swashbuckle-todo.json": Expected(35),
}
"""The documents, by the names of their files."""


class Result(NamedTuple):
    """How a run on a document ended: its exit code, what it printed, and its JSON report, {} for none."""

    code: int
    printed: str
    report: Mapping[str, Any]

    @property
    def outcomes(self) -> Counter[str]:
        """How many properties have each outcome."""
        return Counter(one["outcome"] for one in self.report.get("properties", ()))

    def unlike(self, expected: Expected) -> Iterator[str]:
        """The deviations from the expectation."""
        if self.code != expected.code:
            yield f"exit code {self.code} instead of {expected.code}"
        if expected.says not in self.printed:
            yield f"prints no {expected.says!r}"
        if self.outcomes["kept"] < expected.hold:
            yield f"{self.outcomes['kept']} properties hold, fewer than {expected.hold}"
        properties = self.report.get("properties", ())
        yield from (f"{one['code']} ({one['subject']}) is broken" for one in properties if one["outcome"] == "broken")
        unknown = sorted(one["subject"] for one in properties if one["outcome"] == "not judged")
        if unknown != sorted(expected.not_judged):
            yield f"not judged: {', '.join(unknown) or 'nothing'}"


def arguments(document: Path, seed: int, folder: Path) -> list[str]:
    """The arguments of `callcamp-check`, which writes into `folder`."""
    files = ["--ledger", str(folder / "ledger"), "--scripts", str(folder), "--report", f"json={folder / 'report.json'}"]
    return ["--spec", str(document), "--profile", "quick", "--seed", str(seed), *files]


def report_in(folder: Path) -> Mapping[str, Any]:
    """The JSON report of a run; {} for a document that can't be read."""
    file = folder / "report.json"
    report: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return report


def _run(document: Path, seed: int) -> tuple[Result, float]:
    """A run in a separate process, and the CPU seconds of it and its mock."""
    with TemporaryDirectory() as own, Path(own, "printed").open("w+", encoding="utf-8") as printed:
        command = [sys.executable, "-m", "contract_tests", *arguments(document, seed, Path(own))]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=printed, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        return Result(process.returncode, printed.read(), report_in(Path(own))), used.ru_utime + used.ru_stime


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seeds", default="1", show_default=True, metavar="1,2,3", help="Run each document with these seeds.")
@click.option("--only", multiple=True, metavar="NAME", help="Run the documents with this in their name.")
def main(seeds: str, only: Sequence[str]) -> None:
    """Run the check on every public document against its own mock."""
    found = {file.name: file for file in sorted(FOLDER.glob("*")) if file.suffix in (".json", ".yaml")}
    names = [name for name in sorted({*found, *EXPECTED}) if not only or any(part in name for part in only)]
    if not names:
        raise click.UsageError(f"--only {' '.join(only)}: {FOLDER} has no such document")
    wrong = [f"{name}: is not in {FOLDER}" for name in names if name not in found]
    wrong += [f"{name}: is not in EXPECTED; say there how its run ends" for name in names if name not in EXPECTED]
    click.echo(_row("document", "seed", "exit", "hold", "broken", "not judged", "requests", "CPU s"))
    click.echo(_row(*["---"] * 8))
    for name in names:
        for seed in map(int, seeds.split(",")) if name in found and name in EXPECTED else ():
            result, cpu_s = _run(found[name], seed)
            counts, requests = result.outcomes, result.report.get("run", {}).get("requests", 0)
            judged = counts["kept"], counts["broken"], counts["not judged"]
            click.echo(_row(name, seed, result.code, *judged, requests, f"{cpu_s:.1f}"))
            unlike = list(result.unlike(EXPECTED[name]))
            wrong += [f"{name}, seed {seed}: {one}" for one in unlike]
            wrong += result.printed.splitlines()[-_LAST_LINES:] if unlike else []
    for line in wrong:
        click.echo(line, err=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
