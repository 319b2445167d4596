"""Applies overlays to the text of a document: comments, quotes, order and layout stay as they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from openapi.document.bundle import complete, open_bundle
from openapi.editing.own_layout import in_own_layout, json_text
from openapi.editing.yaml_tree import YamlTree
from openapi.errors import SpecError
from openapi.overlay import Edit, Overlay, apply_overlay, read_overlay
from openapi.pointers import resolve, split

Changes = Sequence[tuple[Overlay, list[Edit]]]


@dataclass(frozen=True, slots=True)
class Applied:
    """The text of a document before and after the `changes`."""

    file: Path
    before: str
    after: str
    changes: Changes

    def as_json(self, written: Path | None) -> dict[str, Any]:
        """The changes and the diff as a JSON value; `written` is the file that gets the text, None for none."""
        return {
            "document": str(self.file),
            "written": None if written is None else str(written),
            "changes": [
                {
                    "overlay": str(overlay.source.file),
                    "pointer": edit.pointer,
                    "change": "removed" if edit.overlay_pointer is None else "set",
                }
                for overlay, edits in self.changes
                for edit in edits
            ],
            "diff": self.diff(),
        }

    def diff(self) -> str:
        """The unified diff."""
        before, after = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        lines = unified_diff(before, after, str(self.file), str(self.file))
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def applied(file: Path, overlays: Sequence[Path], allow_ref_outside: bool = False) -> Applied:
    """The document in `file` with the overlays applied in order. Raises SpecError."""
    bundle = open_bundle(file)
    wanted = deepcopy(bundle.document)
    complete(bundle, allow_ref_outside)
    changes: list[tuple[Overlay, list[Edit]]] = []
    for overlay in map(read_overlay, overlays):
        edits = apply_overlay(bundle.document, overlay)
        for edit in edits:
            _check_is_here(edit, overlay, bundle.origins, file)
            _edit(wanted, edit, overlay)
        changes.append((overlay, edits))
    before = file.read_bytes().decode("utf-8-sig")
    rewrite = _json_texts if file.suffix == ".json" else _yaml_texts
    unchanged, changed = rewrite(before.replace("\r\n", "\n"), changes)
    text = in_own_layout(before, unchanged, changed, wanted, file.name)
    if text is not None:
        return Applied(file, before, text, changes)
    advice = f"replace the YAML aliases by their values, or use callcamp-spec bundle --overlay FILE {file}"
    raise SpecError(file, None, "", "can't be changed in its own layout", advice)


def _check_is_here(edit: Edit, overlay: Overlay, elsewhere: dict[str, tuple[Path, str]], file: Path) -> None:
    for pointer, (other, _) in elsewhere.items():
        if edit.pointer == pointer or edit.pointer.startswith(pointer + "/"):
            advice = f"change that file, or bundle the document first: callcamp-spec bundle {file}"
            raise overlay.fail(edit.overlay_pointer or "", f"changes {edit.pointer}, which comes from {other}", advice)


def _edit(document: Any, edit: Edit, overlay: Overlay) -> None:
    """Make the same edit in a plain value."""
    *above, last = split(edit.pointer)
    for token in above:
        document = document[int(token)] if isinstance(document, list) else document[token]
    key = int(last) if isinstance(document, list) else last
    if edit.overlay_pointer is None:
        del document[key]
    elif isinstance(document, list):
        document.append(deepcopy(resolve(overlay.source.value, edit.overlay_pointer)))
    else:
        document[key] = deepcopy(resolve(overlay.source.value, edit.overlay_pointer))


def _json_texts(before: str, changes: Changes) -> tuple[str, str]:
    """The document as it is written by the library, without and with the changes."""
    document = json.loads(before)
    unchanged = json_text(document, before)
    for overlay, edits in changes:
        for edit in edits:
            _edit(document, edit, overlay)
    return unchanged, json_text(document, before)


def _yaml_texts(before: str, changes: Changes) -> tuple[str, str]:
    """The document as it is written by the library, without and with the changes."""
    tree = YamlTree(before)
    unchanged = tree.text()
    for overlay, edits in changes:
        source = YamlTree(overlay.source.file.read_bytes().decode("utf-8-sig"))
        for edit in edits:
            tree.edit(edit.pointer, source, edit.overlay_pointer)
    return unchanged, tree.text()
