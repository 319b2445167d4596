"""`python -m tests.proof.independent NAME`: runs one of the independent services until it is interrupted."""

from __future__ import annotations

import threading

import click

from tests.proof.independent.services import SERVICES


@click.command()
@click.argument("name", type=click.Choice(sorted(SERVICES)))
@click.option("--port", default=0, help="0 is any free one.")
@click.option("--token", help="The token that every request must show.")
def main(name: str, port: int, token: str | None) -> None:
    """Serve on this machine, and print the address."""
    with SERVICES[name](port, token) as service:
        click.echo(f"listening on {service.url}")
        threading.Event().wait()


main()
