"""Adds actions to an overlay file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from openapi.editing.own_layout import in_own_layout, json_text
from openapi.editing.yaml_text import yaml_text
from openapi.editing.yaml_tree import YamlTree
from openapi.errors import SpecError
from openapi.overlay import Overlay, overlay_of, read_overlay

_NEW = {"overlay": "1.0.0", "info": {"title": "Accepted differences", "version": "1"}}


class Extended(NamedTuple):
    """An overlay with added actions, and the file's text with them."""

    text: str
    overlay: Overlay


def extended(file: Path, actions: Sequence[Mapping[str, Any]]) -> Extended:
    """The overlay in `file` with `actions` at its end; a new one if the file is missing or empty.

    Comments, quotes, order and layout of the file stay as they are. Raises SpecError for an overlay that can't be read,
    an invalid action, and a file that can't be changed in its own layout.
    """
    added = [dict(one) for one in actions]
    if not file.exists() or not file.stat().st_size:
        whole: dict[str, Any] = {**_NEW, "actions": added}
        text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n" if file.suffix == ".json" else yaml_text(whole)
        return Extended(text, overlay_of(whole, str(file)))
    known = read_overlay(file)
    wanted = deepcopy(known.source.value)
    wanted["actions"] += deepcopy(added)
    overlay = overlay_of(wanted, str(file))
    before = file.read_bytes().decode("utf-8-sig")
    unchanged = before.replace("\r\n", "\n")
    if file.suffix == ".json":
        texts = json_text(known.source.value, unchanged), json_text(wanted, unchanged)
    else:
        texts = _yaml_texts(unchanged, len(known.actions), added)
    text_or_none = in_own_layout(before, *texts, wanted, file.name)
    if text_or_none is None:
        raise SpecError(file, None, "", "can't be changed in its own layout", "replace the YAML aliases in it")
    return Extended(text_or_none, overlay)


def _yaml_texts(before: str, known: int, actions: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The overlay as the library writes it, without and with the actions after the `known` ones."""
    tree = YamlTree(before)
    unchanged = tree.text()
    source = YamlTree(yaml_text(list(actions)))
    for index in range(len(actions)):
        tree.edit(f"/actions/{known + index}", source, f"/{index}")
    return unchanged, tree.text()
