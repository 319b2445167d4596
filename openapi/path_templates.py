"""Path templates of the document, such as `/phones/{uuid}`: their parameters and the paths that match them."""

from __future__ import annotations

import re
from typing import NamedTuple

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Route(NamedTuple):
    """A rule for werkzeug's router, and the name of the parameter that each of its variables holds."""

    rule: str
    names: dict[str, str]


def route(template: str) -> Route:
    """The route of a path template. A parameter's name need not be an identifier; a variable's must."""
    names = {f"value_{number}": name for number, name in enumerate(placeholders(template))}
    variables = iter(names)
    return Route(_PLACEHOLDER.sub(lambda _: f"<{next(variables)}>", template), names)


def placeholders(template: str) -> list[str]:
    """The names between braces, in the order of the template."""
    return _PLACEHOLDER.findall(template)


def regex(template: str, value: str = "([^/]+)") -> str:
    """A regular expression for the paths that match `template`, with `value` for each placeholder."""
    return value.join(re.escape(literal) for literal in _PLACEHOLDER.split(template)[::2])


def pattern(template: str) -> re.Pattern[str]:
    """The compiled `regex` of `template`: each placeholder is a group of one or more characters but a slash."""
    return re.compile(regex(template))
