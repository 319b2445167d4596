"""Path templates of the document, such as `/phones/{uuid}`: their parameters and the paths that match them."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def placeholders(template: str) -> list[str]:
    """The names between braces, in the order of the template."""
    return _PLACEHOLDER.findall(template)


def regex(template: str, value: str = "([^/]+)") -> str:
    """A regular expression for the paths that match `template`, with `value` for each placeholder."""
    return value.join(re.escape(literal) for literal in _PLACEHOLDER.split(template)[::2])


def pattern(template: str) -> re.Pattern[str]:
    """The compiled `regex` of `template`: each placeholder is a group of one or more characters but a slash."""
    return re.compile(regex(template))
