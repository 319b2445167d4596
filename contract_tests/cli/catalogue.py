"""The catalogue as a page: `python -m contract_tests.cli.catalogue > docs/properties.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from contract_tests.properties import CATALOGUE
from contract_tests.properties.property import Property

_HEAD = """# The properties that the contract check knows

Made by `python -m contract_tests.cli.catalogue > docs/properties.md`; `callcamp-check --explain CODE` says the same.

Each is derived from the document, and so holds for the resources of any: those that a resource has nothing for (no
search, no update) are left out. *Reads* are checked on anybody's records, *writes* only with `--allow-writes`, on
records of the run's own. The requests are the most that one round makes; a quick run has one round, a default run 3, a
deep one 20. Those without a number are judged on every answer. Where several are broken at once, the first in this
order is told first: what others stand on comes before them.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *_table(), *(line for one in CATALOGUE.values() for line in _section(one))])


def _table() -> Iterator[str]:
    yield "| code | what | | requests |"
    yield "| --- | --- | --- | --- |"
    for one in CATALOGUE.values():
        cost = str(one.cost) if one.check else ""
        yield f"| [{one.code}](#{one.code.lower()}) | {one.title} | {'writes' if one.writes else 'reads'} | {cost} |"


def _section(one: Property) -> Iterator[str]:
    yield f"\n## {one.code}\n"
    yield f"**{one.title}.** {one.explanation}\n"
    yield f"Rests on {one.rests_on}."


if __name__ == "__main__":
    click.echo(page())
