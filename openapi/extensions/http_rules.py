"""`x-http`: how a service uses HTTP, beyond what OpenAPI can say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from openapi.document.node import Node
from openapi.extensions.conventions import sections
from openapi.media import compiled
from openapi.model.refusals import Refusal, Refusals

_STATUSES = {
    Refusal.UNKNOWN_PATH: 404,
    Refusal.UNKNOWN_METHOD: 405,
    Refusal.TOKEN: 401,
    Refusal.RATE: 429,
    Refusal.MEDIA_TYPE: 415,
    Refusal.TOO_LARGE: 413,
    Refusal.INVALID: 400,
    Refusal.UNKNOWN_RECORD: 404,
    Refusal.CONFLICT: 409,
}
_MEBIBYTE = 1 << 20
_BODY_WORDS = ("$message", "$status", "$title", "$violations")
_VIOLATION_WORDS = ("$in", "$path", "$message")


def read_refusals(root: Node) -> Refusals:
    """The shape of errors; without `x-http`, problem details (RFC 9457). Raises SpecError."""
    http = root.get("x-http")
    node = http.mapping((*sections(), "refusals")).get("refusals") if http else None
    if node is None:
        return _problem_details()
    node.mapping(("statuses", "media-type", "schema", "body", "violation", "max-body-bytes", "unrouted"))
    body, violation = node.get("body"), node.get("violation")
    for template, words in ((body, _BODY_WORDS), (violation, _VIOLATION_WORDS)):
        if template is not None:
            _check_words(template, words)
    usual = _problem_details()
    refusals = Refusals(
        statuses=_with_malformed_key({**_STATUSES, **_read_statuses(node)}),
        media_type=node.text_of("media-type", "application/json" if body else usual.media_type).lower(),
        schema=compiled(node["schema"].referred()) if "schema" in node.value else None,
        body=body.value if body else usual.body,
        violation=violation.value if violation else usual.violation,
        max_body_bytes=node["max-body-bytes"].integer(1) if "max-body-bytes" in node.value else _MEBIBYTE,
        pointer=node.pointer,
        unrouted=_read_unrouted(node),
    )
    _check_sample(node, refusals)
    return refusals


def _with_malformed_key(statuses: Mapping[Refusal, int]) -> Mapping[Refusal, int]:
    """The statuses; a malformed key gets that of an unknown one unless the document gives it another."""
    return MappingProxyType({Refusal.MALFORMED_KEY: statuses[Refusal.UNKNOWN_RECORD], **statuses})


def _read_unrouted(node: Node) -> Literal["described", "html-page"]:
    word = node["unrouted"].one_of(("described", "html-page")) if "unrouted" in node.value else "described"
    return "html-page" if word == "html-page" else "described"


def _sample_body(refusals: Refusals) -> Any:
    """A body filled as in `x-http`, with one violation."""
    violation = _filled(refusals.violation, {"$in": "body", "$path": "/name", "$message": "text"})
    words = {"$message": "text", "$status": 400, "$title": "Bad Request", "$violations": [violation]}
    return _filled(refusals.body, words)


def _filled(template: Any, words: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        return {name: _filled(one, words) for name, one in template.items()}
    if isinstance(template, list):
        return [_filled(item, words) for item in template]
    return words.get(template, template) if isinstance(template, str) else template


def _read_statuses(node: Node) -> dict[Refusal, int]:
    given = node.get("statuses")
    if given is None:
        return {}
    statuses = {}
    for name, entry in given.mapping(refusal.value for refusal in Refusal).fields():
        statuses[Refusal(name)] = entry.integer(400, 499)
    return statuses


def _check_words(node: Node, words: tuple[str, ...]) -> None:
    if isinstance(node.value, dict):
        for name in node.value:
            _check_words(node[name], words)
    elif isinstance(node.value, list):
        for item in node.items():
            _check_words(item, words)
    elif isinstance(node.value, str) and node.value.startswith("$"):
        node.one_of(words)


def _check_sample(node: Node, refusals: Refusals) -> None:
    violations = refusals.schema.violations(_sample_body(refusals)) if refusals.schema else ()
    for violation in violations:
        problem = f"makes a body that breaks {violation.rests_on} ({violation.message})"
        body = node.get("body")
        advice = (
            "change the body or the schema"
            if body
            else "add body: the template of an error, such as {message: $message}"
        )
        raise (body or node).fail(problem, advice)


def _problem_details() -> Refusals:
    return Refusals(
        statuses=_with_malformed_key(_STATUSES),
        media_type="application/problem+json",
        schema=None,
        body={
            "type": "about:blank",
            "title": "$title",
            "status": "$status",
            "detail": "$message",
            "errors": "$violations",
        },
        violation={"in": "$in", "path": "$path", "detail": "$message"},
        max_body_bytes=_MEBIBYTE,
        pointer="/x-http/refusals",
    )
