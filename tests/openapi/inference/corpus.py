"""Prints what is inferred for each document of a folder: `python -m tests.openapi.inference.corpus FOLDER`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from openapi import Role, SpecError, load

_REASONS = 3
"""How many of the most frequent reasons are printed for a document."""


def table(folder: Path) -> str:
    """A Markdown table: stateful operations, resources with their roles, and why the others have none."""
    lines = ["| document | stateful | resources | why not, most frequent first |", "| --- | --- | --- | --- |"]
    stateful = every = 0
    for file in sorted(one for one in folder.iterdir() if one.suffix in (".json", ".yaml")):
        try:
            contract = load(file)
        except SpecError as error:
            lines.append(f"| {file.name} | | | {error.problem} |")
            continue
        resources = contract.resources.values()
        names = [
            f"{one.name} ({', '.join([*(role.value for role in Role if role in one.operations), *one.lists])})"
            for one in resources
        ]
        undecided = contract.inference.undecided if contract.inference else {}
        whys = Counter(undecided.values()).most_common(_REASONS)
        reasons = "; ".join(f"{why} ({count})" for why, count in whys)
        number = sum(len(one.operations) + len(one.lists) for one in resources)
        stateful, every = stateful + number, every + len(contract.operations)
        lines.append(f"| {file.name} | {number} of {len(contract.operations)} | {'; '.join(names)} | {reasons} |")
    return "\n".join([*lines, f"| all | {stateful} of {every} | | |"])


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1])) + "\n")
