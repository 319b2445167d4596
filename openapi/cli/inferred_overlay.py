"""The resources that were inferred for a document, with the reason for each choice: as an Overlay, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from openapi.contract import Inference
from openapi.editing.yaml_text import yaml_text
from openapi.pointers import join

_WIDTH = 120
_Reasons = Mapping[tuple[str, ...], str]


def inferred_overlay(file: Path, inference: Inference) -> str:
    """The text of the Overlay (Overlay Specification 1.0.0, in YAML) that adds `inference` to the document `file`."""
    title = yaml_text({"title": f"Resources inferred from {file.name}"})
    lines = ["overlay: 1.0.0", "info:", f"  {title.rstrip()}", "  version: 1.0.0"]
    if inference.resources:
        lines += ["actions:", "  - target: $", "    update:", "      x-resources:"]
        for name, entry in inference.resources.items():
            lines += [f"        {_key(name)}:", *_lines(entry, inference.reasons[name], (), 10)]
    else:
        lines.append("actions: []")
    if inference.undecided:
        lines += ["", "# Undecided, so served from examples or ignored:"]
        lines += [f"# - {what}: {why}" for what, why in inference.undecided.items()]
    return "\n".join(lines) + "\n"


def inference_as_json(inference: Inference) -> dict[str, Any]:
    """The entries of x-resources, the reason for each part of one by its JSON Pointer, and what stays undecided."""
    return {
        "x-resources": dict(inference.resources),
        "reasons": [
            {"pointer": join("/x-resources", name, *path), "reason": reason}
            for name, reasons in inference.reasons.items()
            for path, reason in reasons.items()
        ],
        "undecided": [{"what": what, "reason": reason} for what, reason in inference.undecided.items()],
    }


def _lines(entry: Mapping[str, Any], reasons: _Reasons, above: tuple[str, ...], indent: int) -> Iterator[str]:
    for name, value in entry.items():
        path = (*above, name)
        reason = reasons.get(path, "")
        if isinstance(value, dict) and any(known[: len(path)] == path and known != path for known in reasons):
            yield f"{' ' * indent}{_key(name)}:"
            yield from _lines(value, reasons, path, indent + 2)
            continue
        line = f"{' ' * indent}{_key(name)}: {_flow(value)}"
        if reason and len(line) + len(reason) + 3 > _WIDTH:
            yield f"{' ' * indent}# {reason}"
            reason = ""
        yield f"{line}   # {reason}" if reason else line


def _key(name: str) -> str:
    return yaml_text({name: 0}).rpartition(":")[0]


def _flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, str):
        return yaml_text({"": value}).partition(":")[2].strip() if "\n" not in value else repr(value)
    return (
        yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
        .removesuffix("...\n")
        .strip()
    )
