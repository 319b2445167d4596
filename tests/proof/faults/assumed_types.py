"""Values of a wrong type that are accepted, field by field, in a register or in an update."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.mistakes import Fields, coerces, overlooks, reads_parameter, takes
from tests.proof.talk import Talk

broken = Group("assumed: types")
CREATE = "/components/schemas/RegisterPhone"
UPDATE = "/components/schemas/UpdatePhone"
_POINTERS = f"{CREATE} {UPDATE} /components/schemas"


def _sends(role: Literal["create", "update"], fields: Fields) -> Callable[[Talk], int]:
    def exchange(talk: Talk) -> int:
        return (talk.create(**fields) if role == "create" else talk.update(talk.made()["uuid"], **fields)).status

    return exchange


def _taken(
    role: Literal["create", "update"], name: str, what: str, field: str, sample: Any, mend: Callable[[Any], Any]
) -> None:
    verb, operation = ("a register", "registerPhone") if role == "create" else ("an update", "updatePhone")
    also = {"type": " ERROR-ENUMERATION", "status": " ERROR-ENUMERATION", "number": " ERROR-PATTERN"}
    codes = f"ERROR-TYPE{also.get(field, '')}"
    broken(f"{role}-{name}", f"{verb} {what}", codes, _POINTERS, operation, shows=_sends(role, {field: sample}))(
        coerces(role, field, mend)
    )


def _number(value: Any) -> str | None:
    return str(value) if type(value) in (int, float) else None


def _flag(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _text(value: Any) -> str | None:
    return json.dumps(value) if isinstance(value, dict) else None


def _joined(value: Any) -> str | None:
    return ",".join(map(str, value)) or "-" if isinstance(value, list) else None


_taken("create", "name-of-number", "makes a text of a number for name", "name", 5, _number)
_taken("create", "name-of-flag", "makes a text of true for name", "name", True, _flag)
_taken("create", "name-of-object", "keeps an object for name as its JSON", "name", {"en": "Desk"}, _text)
_taken("create", "name-of-list", "takes the first of a list for name", "name", ["Desk"], _first)
_taken("create", "provider-of-number", "makes a text of a number for provider", "provider", 5, _number)
_taken("create", "provider-of-flag", "makes a text of true for provider", "provider", False, _flag)
_taken("create", "provider-of-list", "joins a list for provider", "provider", ["vapi", "other"], _joined)
_taken("create", "reference-of-number", "makes a text of a number for referenceId", "referenceId", 2041, _number)
_taken("create", "reference-of-object", "keeps an object for referenceId as its JSON", "referenceId", {}, _text)
_taken("create", "reference-of-flag", "makes a text of true for referenceId", "referenceId", True, _flag)
_taken(
    "create",
    "type-of-list",
    "takes the first of a list for type",
    "type",
    ["shared"],
    _first,
)
_taken(
    "create",
    "type-by-place",
    "takes the place in the list of types for type, as an ORM's enum does",
    "type",
    1,
    lambda value: ("private", "shared", "ordered")[value] if type(value) is int and 0 <= value < 3 else None,
)
_taken(
    "create",
    "number-of-digits",
    "takes a JSON number for number, and puts the plus before it",
    "number",
    12025550143,
    lambda value: f"+{value}" if type(value) is int else None,
)
_taken("create", "number-of-list", "takes the first of a list for number", "number", ["+12025550143"], _first)
_taken("create", "country-of-list", "takes the first of a list for countryCode", "countryCode", ["GB"], _first)
_taken("update", "name-of-number", "makes a text of a number for name", "name", 5, _number)
_taken("update", "name-of-flag", "makes a text of true for name", "name", True, _flag)
_taken("update", "name-of-object", "keeps an object for name as its JSON", "name", {"en": "Desk"}, _text)
_taken("update", "name-of-list", "takes the first of a list for name", "name", ["Desk"], _first)
_taken("update", "status-of-list", "takes the first of a list for status", "status", ["active"], _first)
_taken(
    "update",
    "status-of-flag",
    "takes true and false for the statuses active and inactive",
    "status",
    True,
    lambda value: ("inactive", "active")[value] if isinstance(value, bool) else None,
)
_taken(
    "update",
    "type-by-place",
    "takes the place in the list of types for type",
    "type",
    0,
    lambda value: ("private", "shared", "ordered")[value] if type(value) is int and 0 <= value < 3 else None,
)


def _lowered(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and value != value.lower() else None


def _stripped(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and value != value.strip() else None


_taken("update", "status-any-case", "takes a status in capital letters", "status", "ACTIVE", _lowered)
_taken("update", "type-any-case", "takes a type in capital letters", "type", "Shared", _lowered)
_taken("create", "type-with-spaces", "takes a type with spaces at its ends", "type", " shared ", _stripped)
_taken("update", "status-with-spaces", "takes a status with spaces at its ends", "status", "active ", _stripped)
_taken("create", "number-with-spaces", "takes a number with spaces at its ends", "number", " +12025550143", _stripped)


def _null(role: Literal["create", "update"], field: str) -> None:
    verb, operation = ("a register", "registerPhone") if role == "create" else ("an update", "updatePhone")
    broken(
        f"{role}-{field.removesuffix('Id')}-null",
        f"{verb} takes null for {field} left out",
        "ERROR-TYPE UPDATE-REFUSED",
        _POINTERS,
        operation,
        shows=_sends(
            role, {field: None, **({"name" if field == "type" else "type": "shared"} if role == "update" else {})}
        ),
    )(overlooks(role, lambda name, value: name == field and value is None))


for _field in ("name", "provider", "referenceId", "countryCode", "type"):
    _null("create", _field)
for _field in ("name", "status", "type"):
    _null("update", _field)


@broken(
    "update-null-clears",
    "an update takes null for name, and takes the name away",
    "ERROR-TYPE UPDATE-REFUSED",
    UPDATE,
    "updatePhone",
    shows=_sends("update", {"name": None}),
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response, phone = correct(request), correct.record(request.key)
    if request.role != "update" or response.status != 400 or request.members != {"name": None} or phone is None:
        return response
    correct.set(phone["uuid"], name=None)
    return correct(Request("GET", request.path, "", request.headers)).with_status(200)


broken(
    "create-text-for-object",
    "a register takes a JSON text that holds the JSON of the body",
    "ERROR-NOT-OBJECT ERROR-TYPE ERROR-NOT-JSON",
    f"{CREATE} /x-http",
    "registerPhone",
    shows=lambda talk: talk.send("POST", body=json.dumps({"number": "+12025550143"})).status,
)(
    lambda request, correct: correct(
        request.with_json(json.loads(request.json))
        if request.role == "create" and isinstance(request.json, str) and request.json.startswith("{")
        else request
    )
)
broken(
    "create-list-of-one",
    "a register takes a list of one body for the body",
    "ERROR-NOT-OBJECT ERROR-TYPE",
    CREATE,
    "registerPhone",
    shows=lambda talk: talk.send("POST", body=[{"number": "+12025550143"}]).status,
)(
    lambda request, correct: correct(
        request.with_json(request.json[0])
        if request.role == "create" and isinstance(request.json, list) and len(request.json) == 1
        else request
    )
)
broken(
    "update-list-of-one",
    "an update takes a list of one body for the body",
    "ERROR-NOT-OBJECT ERROR-TYPE",
    UPDATE,
    "updatePhone",
    shows=lambda talk: talk.send("PATCH", f"/api/phones/{talk.made()['uuid']}", body=[{"name": "Desk"}]).status,
)(
    lambda request, correct: correct(
        request.with_json(request.json[0])
        if request.role == "update" and isinstance(request.json, list) and len(request.json) == 1
        else request
    )
)
broken(
    "field-names-any-case",
    "the names of fields in a register may be in any case, as Go's encoding/json takes them",
    "ERROR-UNKNOWN-MEMBER",
    f"{CREATE} {UPDATE}",
    "registerPhone updatePhone",
    shows=_sends("create", {"NAME": "Desk"}),
)(takes("create", lambda fields: _renamed(fields, str.lower)))
broken(
    "field-names-with-underscores",
    "a register takes country_code for countryCode, too",
    "ERROR-UNKNOWN-MEMBER",
    CREATE,
    "registerPhone",
    shows=_sends("create", {"country_code": "GB"}),
)(takes("create", lambda fields: _renamed(fields, lambda name: name.replace("_", "").lower())))


def _renamed(fields: Fields, plain: Callable[[str], str]) -> Fields | None:
    known = {name.lower(): name for name in ("number", "name", "countryCode", "provider", "referenceId", "type")}
    renamed = {known.get(plain(name), name): value for name, value in fields.items()}
    return renamed if renamed.keys() != fields.keys() and len(renamed) == len(fields) else None


def _query(name: str, what: str, parameter: str, sample: str, mend: Callable[[str], str | None]) -> None:
    codes = {"limit": "LIST-LIMIT-DIGITS", "page": "LIST-PAGE-DIGITS"}.get(parameter, "FILTER-REFUSES")
    broken(
        name,
        f"a list {what}",
        f"{codes} LIST-LIMIT-BOUNDS LIST-PAGE-BOUNDS",
        f"/components/parameters/{parameter} /components/schemas /x-resources /x-http",
        "listPhones",
        shows=lambda talk: talk.list(**{parameter: sample}).status,
    )(reads_parameter(parameter, mend))


def _beginning(text: str) -> str | None:
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    return digits if digits and digits != text and int(digits) > 0 else None


def _python(text: str) -> str | None:
    try:
        return str(int(text)) if "_" in text and int(text) > 0 else None
    except ValueError:
        return None


_query("page-from-its-beginning", "reads a page as far as it has digits, as parseInt does", "page", "1x", _beginning)
_query("limit-from-its-beginning", "reads a limit as far as it has digits", "limit", "5x", _beginning)
_query("limit-with-underscores", "takes a limit of 1_0, as Python does", "limit", "1_0", _python)
_query(
    "limit-in-hexadecimal",
    "takes a limit of 0xa",
    "limit",
    "0xa",
    lambda text: str(int(text, 16)) if text.lower() in ("0x1", "0x5", "0xa", "0x10") else None,
)
_query(
    "page-with-a-sign",
    "takes a page of +1",
    "page",
    "+1",
    lambda text: text[1:] if text.startswith("+") and text[1:].isdecimal() and text.isascii() and int(text) else None,
)
_query("limit-with-spaces", "takes a limit with a space after it", "limit", "5 ", _stripped)
_query(
    "page-is-a-float",
    "takes a page of 1.0",
    "page",
    "1.0",
    lambda text: text[:-2] if text.endswith(".0") and text[:-2].isdecimal() and text[0] != "0" else None,
)
_query("type-filter-any-case", "takes a type in capital letters", "type", "Private", _lowered)
_query("status-filter-with-spaces", "takes a status with spaces at its ends", "status", " active", _stripped)
_query("empty-type-is-any", "takes an empty type for none", "type", "", lambda text: "private" if not text else None)
