"""The subcommands of `callcamp-spec`.

Exit codes: 0; 1 if `validate` found errors; 2 for a usage error; 3 for a document that can't be read or an overlay
that can't be applied.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from openapi.cli.apply import applied
from openapi.cli.inferred_overlay import inference_as_json, inferred_overlay
from openapi.cli.problem_formats import FORMATS
from openapi.editing.yaml_text import yaml_text
from openapi.errors import Problem, Severity, SpecError, spec_error
from openapi.reader import bundled, load, problems

_NAME = "callcamp-spec"
_INVALID, _USAGE_ERROR, _UNREADABLE, _INTERRUPTED = 1, 2, 3, 130

_SCHEMAS = Path(__file__).parents[1] / "keyword_schemas"
_FILE = click.Path(path_type=Path)
_overlay = click.option(
    "--overlay", "overlays", type=_FILE, multiple=True, metavar="FILE", help="Apply this OpenAPI Overlay. Repeatable."
)

_outside = click.option(
    "--allow-ref-outside", is_flag=True, help="Allow references to files outside the document's folder."
)


_EXAMPLES = """\b
Examples:
  callcamp-spec validate api.yaml                   its errors and warnings
  callcamp-spec bundle api.yaml --out bundled.json  one document from all its files
  callcamp-spec apply api.yaml changes.yaml         apply an overlay, show the diff
  callcamp-spec infer api.yaml --out state.yaml     an overlay with the resources of the document
  callcamp-spec schema document                     a JSON Schema of our keywords, for editors
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=_EXAMPLES)
@click.version_option(package_name="callcamp-contract-kit", prog_name=_NAME, message="%(prog)s %(version)s")
def command() -> None:
    """Validate an OpenAPI document, bundle its files, apply overlays, infer resources, print schemas for editors."""


@command.command()
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
@_overlay
@_outside
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="text goes to stderr, the others go to stdout. github: workflow annotations.",
)
@click.option("--json", "format_name", flag_value="json", help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
def validate(
    files: tuple[Path, ...], overlays: tuple[Path, ...], allow_ref_outside: bool, format_name: str, strict: bool
) -> int:
    """List the problems of documents, errors first.

    A document with errors can't be served; one with warnings is served, and each warning says how. Exit codes: 0; 1 for
    errors, with --strict for warnings; 2 usage.
    """
    found = {file: problems(file, overlays, allow_ref_outside) for file in files}
    text = FORMATS[format_name](found)
    click.echo(text, nl=False, err=format_name == "text")
    return _INVALID if any(_counts(one, strict) for every in found.values() for one in every) else 0


def _counts(problem: Problem, strict: bool) -> bool:
    return strict or problem.severity is Severity.ERROR


@command.command()
@click.argument("file", type=_FILE)
@_overlay
@_outside
@click.option("--format", "format_name", type=click.Choice(["yaml", "json"]), help="[default: as --out, else as FILE]")
@click.option("--json", "format_name", flag_value="json", help="The same as --format json.")
@click.option("--out", type=_FILE, metavar="FILE", help="Write this file instead of stdout.")
def bundle(
    file: Path, overlays: tuple[Path, ...], allow_ref_outside: bool, format_name: str | None, out: Path | None
) -> int:
    """Write a document and all files that it refers to as one document.

    Nodes of other files go below components. Exit codes: 0; 2 usage; 3 for a document that can't be read.
    """
    found = bundled(file, overlays, allow_ref_outside)
    if found.broken:
        raise spec_error([problem for error in found.broken.values() for problem in error.problems])
    as_json = (format_name or (out or file).suffix.removeprefix(".")) == "json"
    text = json.dumps(found.document, ensure_ascii=False, indent=2) + "\n" if as_json else yaml_text(found.document)
    _write(out, text)
    return 0


@command.command()
@click.argument("file", type=_FILE, metavar="DOCUMENT")
@click.argument("overlays", type=_FILE, nargs=-1, required=True, metavar="OVERLAY...")
@_outside
@click.option("--dry-run", is_flag=True, help="Only print the diff.")
@click.option("--out", type=_FILE, metavar="FILE", help="Write this file instead of DOCUMENT; - is stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
def apply(
    file: Path, overlays: tuple[Path, ...], allow_ref_outside: bool, dry_run: bool, out: Path | None, as_json: bool
) -> int:
    """Write overlays into DOCUMENT and print the diff.

    Comments, quotes, order and layout stay as they are. Exit codes: 0; 2 usage; 3 for a document that can't be read or
    an overlay that can't be applied.
    """
    if as_json and out == Path("-"):
        raise click.UsageError("--json and --out - both write to stdout; name a file, or drop one of them")
    changed = applied(file, overlays, allow_ref_outside)
    if out == Path("-"):
        _write(None, changed.after)
        return 0
    written = None if dry_run else out or file
    click.echo(_json(changed.as_json(written)) if as_json else changed.diff(), nl=False)
    if written is not None:
        _write(written, changed.after)
    return 0


@command.command()
@click.argument("file", type=_FILE, metavar="DOCUMENT")
@_overlay
@_outside
@click.option("--out", type=_FILE, metavar="FILE", help="Write this file instead of stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print the resources and the reasons as JSON.")
def infer(file: Path, overlays: tuple[Path, ...], allow_ref_outside: bool, out: Path | None, as_json: bool) -> int:
    """Print the resources inferred from DOCUMENT, as an overlay with x-resources.

    Each choice has its reason as a comment; undecided parts are listed at the end. Correct the overlay, keep it,
    and apply it. Exit codes: 0; 1 if nothing can be inferred; 2 usage; 3 for a document that can't be read.
    """
    inference = load(file, overlays, allow_ref_outside).inference
    if inference is None:
        raise click.UsageError(f"{file} already has x-resources, so nothing is inferred")
    if as_json:
        click.echo(_json(inference_as_json(inference)), nl=False)
    if out is not None or not as_json:
        _write(out, inferred_overlay(file, inference))
    return 0 if inference.resources else _INVALID


@command.command()
@click.argument("kind", type=click.Choice(["document", "overlay"]))
@click.option("--out", type=_FILE, metavar="FILE", help="Write this file instead of stdout.")
def schema(kind: str, out: Path | None) -> int:
    """Print a JSON Schema for editors: of our keywords in a document, or of an overlay.

    docs/document.md shows how to use it in an editor. Exit codes: 0; 2 usage.
    """
    _write(out, (_SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    return 0


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _write(file: Path | None, text: str) -> None:
    if file is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    try:
        file.write_bytes(text.encode())
    except OSError as error:
        raise click.UsageError(f"can't write {file} ({error.strerror}): choose a writable file") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (None: those of the process) and return its exit code."""
    run: Callable[..., Any] = command.main
    try:
        code = run(None if argv is None else list(argv), prog_name=_NAME, standalone_mode=False)
    except click.ClickException as error:
        return _failed(f"{error.format_message()} (see {_NAME} --help)", _USAGE_ERROR)
    except SpecError as error:
        return _failed(str(error), _UNREADABLE)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    return int(code or 0)


def _failed(message: str, code: int) -> int:
    for line in message.splitlines():
        click.echo(f"{_NAME}: {line}", err=True)
    return code
