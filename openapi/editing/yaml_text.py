"""YAML text of a plain value, with the same meaning in YAML 1.1 and 1.2."""

from __future__ import annotations

from typing import Any

import yaml

from openapi.document.yaml_reader import plain_scalar


class _Dumper(yaml.SafeDumper):
    """Quotes every string that a reader could mistake for another value, and writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write an alias: our reader, and people, read the value more easily."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of sequences, as hand-written documents usually do."""
        del indentless
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and text.isprintable() else None if isinstance(plain_scalar(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _string)


def yaml_text(value: Any) -> str:
    """The YAML text of a JSON value, with the keys of mappings in their order."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text
