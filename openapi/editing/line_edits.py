"""Applies the changes of a rewritten text to the original, and changes nothing else in it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher


def edited_lines(original: str, before: str, after: str) -> str:
    """`original`, with the differences between `before` (as a library writes it) and `after` applied."""
    lines = original.splitlines(keepends=True)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts, stops = _positions(lines, old)
    for kind, start, stop, first, last in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if kind == "equal":
            continue
        end, where, added = stop, starts[start], new[first:last]
        while end > start and _is_between(old[end - 1], old[start]):
            end -= 1  # comments and blank lines after a removed node belong to what follows
        if kind == "insert":
            while where > 0 and _is_between(lines[where - 1], added[0]):
                where -= 1  # an added node comes before the comments of the next one
            lines[where:where] = added
        else:
            lines[where : max(where, stops[end])] = added
    return "".join(lines)


def _is_between(line: str, node: str) -> bool:
    """Whether a line is blank, or a comment that is not inside the node that starts with the line `node`."""
    text = line.strip()
    return not text or (text.startswith("#") and _indent(line) <= _indent(node))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _positions(lines: Sequence[str], old: Sequence[str]) -> tuple[list[int], list[int]]:
    """For each position between the `old` lines, its position in `lines`, as the start and as the end of a range."""
    starts, stops = [0] * (len(old) + 1), [0] * (len(old) + 1)
    for kind, first, last, start, stop in SequenceMatcher(None, lines, old, autojunk=False).get_opcodes():
        for position in range(start, stop):
            starts[position] = first + position - start if kind == "equal" else first
            stops[position + 1] = first + position + 1 - start if kind == "equal" else last
    starts[len(old)] = len(lines)
    return starts, stops
