"""Path templates of the document, as the router takes them and as patterns."""

from __future__ import annotations

import re
from typing import NamedTuple

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Route(NamedTuple):
    """A rule for werkzeug's router, and which parameter each of its variables holds."""

    rule: str
    names: dict[str, str]


def route(template: str) -> Route:
    """The route of a path template. A parameter's name need not be an identifier; a variable's must."""
    names = {f"value_{number}": name for number, name in enumerate(_PLACEHOLDER.findall(template))}
    variables = iter(names)
    return Route(_PLACEHOLDER.sub(lambda _: f"<{next(variables)}>", template), names)


def pattern(template: str) -> re.Pattern[str]:
    """What the paths of a template look like: a group without a slash at each placeholder."""
    literals = _PLACEHOLDER.split(template)[::2]
    return re.compile("([^/]+)".join(re.escape(literal) for literal in literals))
