"""The keywords of `x-http` for unusual requests, and their values. docs/x-keywords.md explains each of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node
from openapi.model.fields import TIME_FORMS

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "methods/head": ("as-get-without-body", "refused"),
        "methods/options": ("allowed-methods", "allowed-methods-with-200", "refused"),
        "query/unknown-parameters": ("ignored", "refused"),
        "query/repeated-parameters": ("refused", "first", "last"),
        "query/empty-parameters": ("judged-by-their-schema", "ignored"),
        "query/out-of-range": ("refused", "clamped", "default", "clamped-above", "clamped-above-default-below"),
        "query/malformed-numbers": ("refused", "leading-digits", "default"),
        "query/unknown-values": ("refused", "ignored", "nothing-found", "any-letter-case"),
        "query/plus": ("space", "plus"),
        "bodies/unknown-fields": ("judged-by-their-schema", "ignored", "stored"),
        "bodies/nulls": ("judged-by-their-schema", "left-out"),
        "bodies/empty-updates": ("judged-by-their-schema", "accepted"),
        "bodies/texts": ("as-sent", "trimmed", "normalized"),
        "answers/nulls": ("shown", "left-out"),
        "answers/times": TIME_FORMS,
        "answers/unknown-members": ("allowed",),
        "deletes/unknown-record": ("refused", "accepted"),
    }
)
"""Every convention, `section/key`, with its possible values; the first one is the default."""


def sections() -> dict[str, list[str]]:
    """The keys of each section of `x-http`."""
    found: dict[str, list[str]] = {}
    for name in WORDS:
        section, _, key = name.partition("/")
        found.setdefault(section, []).append(key)
    return found


def read_conventions(http: Node | None) -> Mapping[str, str]:
    """The value of every convention, from the node of `x-http`. Raises SpecError for an unknown value."""
    chosen = {name: words[0] for name, words in WORDS.items()}
    for section, keys in sections().items():
        given = http.get(section) if http else None
        for key, entry in given.mapping(keys).fields() if given else ():
            name = f"{section}/{key}"
            chosen[name] = entry.one_of(WORDS[name])
    return MappingProxyType(chosen)
