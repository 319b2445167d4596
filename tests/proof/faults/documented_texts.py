"""Texts that change: a get or a list shows another text than the register or the update."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

from tests.proof.catalogue import Group
from tests.proof.front import Handler
from tests.proof.mistakes import Fields, keeps, keeps_text, shows, shows_text

broken = Group("documented: texts")
POINTERS = "/components/schemas /x-resources/phone /paths"
_CREATE = "CREATE-TEXT CREATE-LENGTHS CREATE-ECHO CREATE-EVERYWHERE"
_UPDATE = "UPDATE-TEXT UPDATE-ONLY-NAMED UPDATE-EVERYWHERE"
_SHOWN = {
    "create": ("registerPhone", "CREATE-TEXT CREATE-ECHO CREATE-LENGTHS READ-AFTER-WRITE CREATE-EVERYWHERE"),
    "read": (
        "getPhone registerPhone",
        "READ-AFTER-WRITE CREATE-TEXT CREATE-LENGTHS READ-AS-LISTED CREATE-EVERYWHERE SCHEMA-BODY",
    ),
    "list": (
        "listPhones registerPhone getPhone",
        "READ-AS-LISTED CREATE-LISTED CREATE-LENGTHS CREATE-TEXT CREATE-EVERYWHERE SCHEMA-BODY",
    ),
    "update": ("updatePhone", "UPDATE-TEXT UPDATE-ONLY-NAMED UPDATE-EVERYWHERE"),
}


def _kept(
    name: str,
    what: str,
    role: Literal["create", "update"],
    field: str,
    sample: str,
    mend: Callable[[str], str | None],
) -> None:
    if role == "create":
        broken(
            name,
            f"a register {what}",
            _CREATE,
            POINTERS,
            "registerPhone",
            shows=lambda talk: talk.through({field: sample}),
        )(keeps_text(mend, "create", field))
    else:
        broken(
            name,
            f"an update {what}",
            _UPDATE,
            POINTERS,
            "updatePhone",
            shows=lambda talk: talk.through({"name": "Desk"}, {field: sample}),
        )(keeps_text(mend, "update", field))


def _shown(
    name: str,
    what: str,
    role: Literal["create", "read", "list", "update"],
    field: str,
    sample: str,
    mend: Callable[[str], Any],
) -> None:
    operations, codes = _SHOWN[role]
    verb = {
        "create": "the answer to a register",
        "read": "a get",
        "list": "a list",
        "update": "the answer to an update",
    }
    broken(
        name,
        f"{verb[role]} {what}",
        codes,
        POINTERS,
        operations,
        shows=lambda talk: talk.through({field: sample}, {"name": sample}),
    )(shows_text(mend, role, field))


def _digits(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() else text


def _form(form: Literal["NFC", "NFKC"], text: str) -> str:
    return unicodedata.normalize(form, text)


def _mojibake(text: str) -> str:
    return text.encode("utf-8", "replace").decode("latin-1")


def _up_to_four_bytes(text: str) -> str:
    return re.split("[\U00010000-\U0010ffff]", text)[0] or "?"


_kept("create-cut-at-emoji", "cuts a name at the first emoji", "create", "name", "Desk 📞 two", _up_to_four_bytes)
_kept("update-cut-at-emoji", "cuts a name at the first emoji", "update", "name", "Desk 📞 two", _up_to_four_bytes)
_kept("update-cut-at-64", "cuts a name after 64 characters", "update", "name", "x" * 80, lambda text: text[:64])
_kept("create-cut-at-99", "cuts a name after 99 characters", "create", "name", "x" * 100, lambda text: text[:99])
_kept("provider-cut-at-49", "cuts a provider after 49", "create", "provider", "x" * 50, lambda text: text[:49])
_kept("create-escaped", "keeps a name with & and < as HTML", "create", "name", "A & <B>", html.escape)
_kept("update-escaped", "keeps a name with & and < as HTML", "update", "name", "A & <B>", html.escape)
_kept("provider-escaped", "keeps a provider with & and < as HTML", "create", "provider", "A & <B>", html.escape)
_kept(
    "create-tags-removed",
    "takes tags out of a name",
    "create",
    "name",
    "<b>Desk</b>",
    lambda text: re.sub(r"<[^>]*>", "", text) or "-",
)
_kept(
    "backslashes-lost",
    "takes backslashes out of a name",
    "create",
    "name",
    "a\\b",
    lambda t: t.replace("\\", "") or "-",
)
_kept("update-quotes-doubled", "doubles quotes in a name", "update", "name", "O'Hara", lambda t: t.replace("'", "''"))
_kept("provider-trimmed", "takes spaces off a provider", "create", "provider", " vapi ", lambda t: t.strip() or "-")
_kept("provider-in-small-letters", "keeps a provider in small letters", "create", "provider", "Vapi", str.lower)
_kept("spaces-made-one", "makes one space of several", "create", "name", "a  b", lambda t: re.sub("  +", " ", t))
_kept("line-ends-lost", "makes spaces of line ends in a name", "update", "name", "a\nb", lambda t: t.replace("\n", " "))
_kept("cut-at-nul", "cuts a name at NUL, as C does", "create", "name", "a\0b", lambda text: text.split("\0")[0] or "-")
_kept(
    "provider-composed", "keeps a provider composed (NFC)", "create", "provider", "e\u0301", lambda t: _form("NFC", t)
)
_kept("update-composed", "keeps a name composed (NFKC)", "update", "name", "①ﬁ", lambda text: _form("NFKC", text))
_kept(
    "zero-is-none", "takes the name 0 for none, as PHP does", "create", "name", "0", lambda t: None if t == "0" else t
)
_kept(
    "leading-zeros-lost",
    "takes leading zeros off a name of digits",
    "create",
    "name",
    "007",
    lambda text: text.lstrip("0") or "0" if text.isascii() and text.isdigit() else text,
)
_kept(
    "update-percent-decoded",
    "decodes %41 in a name",
    "update",
    "name",
    "100%25",
    lambda text: re.sub("%([0-7][0-9a-fA-F])", lambda found: chr(int(found[1], 16)), text),
)
_kept("plus-is-space", "makes spaces of plus signs in a name", "create", "name", "a+b", lambda t: t.replace("+", " "))
_kept("update-mojibake", "reads a name in UTF-8 as Latin-1", "update", "name", "Zoë", _mojibake)
_kept(
    "joiners-lost",
    "takes zero-width joiners out of a name",
    "create",
    "name",
    "👩‍💻",
    lambda t: t.replace("\u200d", ""),
)
_kept(
    "update-first-capital",
    "begins a name with a capital letter",
    "update",
    "name",
    "desk",
    lambda t: t[:1].upper() + t[1:],
)

_shown("list-escaped", "shows a name with & and < as HTML", "list", "name", "A & <B>", html.escape)
_shown("get-escaped", "shows a name with & and < as HTML", "read", "name", "A & <B>", html.escape)
_shown("get-cut-at-64", "cuts a name after 64 characters", "read", "name", "x" * 80, lambda text: text[:64])
_shown("update-answer-cut-at-50", "cuts a name after 50 characters", "update", "name", "x" * 80, lambda text: text[:50])
_shown(
    "create-answer-trimmed", "has a name without the spaces at its ends", "create", "name", " a ", lambda t: t.strip()
)
_shown(
    "update-answer-trimmed", "has a name without the spaces at its ends", "update", "name", " a ", lambda t: t.strip()
)
_shown("list-provider-cut-at-20", "cuts a provider after 20 characters", "list", "provider", "x" * 30, lambda t: t[:20])
_shown("list-digits-are-numbers", "shows a name of digits as a number", "list", "name", "42", _digits)
_shown("get-true-is-flag", "shows the name true as true", "read", "name", "true", lambda text: text == "true" or text)
_shown("list-mojibake", "shows UTF-8 as Latin-1", "list", "name", "Zoë", _mojibake)
_shown(
    "get-provider-first-capital", "begins a provider with a capital letter", "read", "provider", "vapi", str.capitalize
)


def _phone(name: str, what: str, codes: str, operations: str, sample: Fields, handler: Handler) -> None:
    changes = {"type": "shared", "name": "Second", "status": "active"}
    broken(name, what, codes, POINTERS, operations, shows=lambda talk: talk.through(sample, changes))(handler)


_FULL: Fields = {"name": "Desk", "provider": "vapi", "countryCode": "FR", "referenceId": "PN-1", "type": "shared"}
_phone(
    "name-for-provider",
    "a register with a name and a provider swaps them",
    "CREATE-ECHO CREATE-TEXT CREATE-LENGTHS",
    "registerPhone",
    _FULL,
    keeps(
        lambda phone, _sent: (
            {"name": phone["provider"], "provider": phone["name"]} if phone["name"] and phone["provider"] else {}
        ),
        "create",
    ),
)
_phone(
    "reference-for-provider",
    "a register without a provider keeps the referenceId as provider",
    "CREATE-NOT-KEPT CREATE-ECHO CREATE-START CREATE-",
    "registerPhone",
    {"referenceId": "PN-1"},
    keeps(lambda phone, sent: {"provider": phone["provider"] or sent.get("referenceId")}, "create"),
)
_phone(
    "shared-is-private",
    "a register keeps the type shared as private",
    "CREATE-ECHO",
    "registerPhone",
    _FULL,
    keeps(lambda phone, _sent: {"type": phone["type"].replace("shared", "private")}, "create"),
)
_phone(
    "update-derives-country",
    "an update takes the country from the number again",
    "UPDATE-ONLY-NAMED",
    "updatePhone",
    _FULL,
    keeps(lambda phone, _sent: {"countryCode": "US"} if phone["number"].startswith("+1") else {}, "update"),
)
_phone(
    "update-answer-without-provider",
    "the answer to an update says that there is no provider",
    "UPDATE-ONLY-NAMED",
    "updatePhone",
    _FULL,
    shows(lambda _phone: {"provider": None}, "update"),
)
_phone(
    "update-answer-with-old-country",
    "the answer to an update says US for every country",
    "UPDATE-ONLY-NAMED",
    "updatePhone",
    _FULL,
    shows(lambda _phone: {"countryCode": "US"}, "update"),
)
_phone(
    "list-says-registered",
    "a list shows the status active as registered",
    "UPDATE-LISTED READ-AS-LISTED FILTER-EXACT FILTER-",
    "listPhones getPhone updatePhone",
    _FULL,
    shows(lambda phone: {"status": "registered"} if phone["status"] == "active" else {}, "list"),
)
_phone(
    "list-says-private",
    "a list shows every type as private",
    "READ-AS-LISTED CREATE-LISTED FILTER-EXACT FILTER-",
    "listPhones getPhone registerPhone",
    _FULL,
    shows(lambda _phone: {"type": "private"}, "list"),
)
_phone(
    "update-answer-number-spaced",
    "the answer to an update writes the number with spaces",
    "SCHEMA-BODY UPDATE-ONLY-NAMED",
    "updatePhone",
    _FULL,
    shows(lambda phone: {"number": f"{phone['number'][:2]} {phone['number'][2:]}"}, "update"),
)
_phone(
    "list-countries-in-small-letters",
    "a list writes countries in small letters",
    "SCHEMA-BODY",
    "listPhones",
    _FULL,
    shows(lambda phone: {"countryCode": phone["countryCode"].lower()}, "list"),
)
