"""Bodies that should be refused and are not, or the other way round."""

from __future__ import annotations

import json
import re
from typing import Any

from openapi.strict_json import NotJsonError, read_json
from tests.proof.catalogue import Group
from tests.proof.correct import DROPPED, Correct
from tests.proof.messages import Request, ServiceResponse, refusal

broken = Group("validation")
CREATE = "/components/schemas/RegisterPhone"
UPDATE = "/components/schemas/UpdatePhone"
NUMBER = "/components/schemas/Number"
BOTH = "registerPhone updatePhone"
JSON_RULES = "/x-http /components/responses /paths"


def as_documented(request: Request, correct: Correct) -> ServiceResponse:
    """The correct service's response; the fault is in the document that it follows."""
    return correct(request)


def _is_strict_json(body: bytes) -> bool:
    """Whether a body can be encoded again: without NaN and repeated names, which would be other faults."""
    try:
        read_json(body)
    except NotJsonError:
        return False
    return True


def mended(request: Request, correct: Correct, **members: Any) -> ServiceResponse:
    """The response to the same request with changed fields in its body."""
    # Encoding the body again would drop repeated names: that would be another fault.
    same = all(request.members.get(name) == value for name, value in members.items())
    return correct(request if same else request.with_json({**request.members, **members}))


broken(
    "name-one-more",
    "a registration accepts a name of 101 characters",
    "ERROR-BOUNDS",
    f"{CREATE}/properties/name",
    "registerPhone",
    document={f"{CREATE}/properties/name/maxLength": 101},
)(as_documented)
broken(
    "number-of-16-digits",
    "a registration accepts a number of 16 digits",
    "ERROR-PATTERN SCHEMA-BODY",
    NUMBER,
    "registerPhone",
    document={f"{NUMBER}/pattern": "^\\+[1-9][0-9]{6,15}$"},
)(as_documented)
broken(
    "empty-update",
    "an update without fields succeeds",
    "UPDATE-REFUSED ERROR-",
    UPDATE,
    "updatePhone",
    document={f"{UPDATE}/minProperties": DROPPED},
)(as_documented)


@broken(
    "unknown-member-taken",
    "a registration ignores unknown fields",
    "ERROR-UNKNOWN-MEMBER",
    CREATE,
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role != "create" or not isinstance(request.json, dict) or not _is_strict_json(request.body):
        return correct(request)
    known = (
        "number",
        "name",
        "countryCode",
        "provider",
        "referenceId",
        "type",
        "uuid",
        "status",
        "smsEnabled",
        "createdAt",
        "updatedAt",
    )
    return correct(request.with_json({name: value for name, value in request.json.items() if name in known}))


@broken(
    "mass-assignment",
    "a registration stores smsEnabled and createdAt from the body",
    "ERROR-SERVER-MADE ERROR-UNKNOWN-MEMBER SCHEMA-BODY",
    f"{CREATE} /components/schemas/Phone/properties",
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    names = ("smsEnabled", "createdAt")
    adopted = {name: value for name, value in request.members.items() if name in names}
    if request.role != "create" or not adopted:
        return correct(request)
    response = correct(request.with_json({name: value for name, value in request.members.items() if name not in names}))
    if not response.ok:
        return response
    correct.rewrite({**response.json, **adopted})
    return response.with_members(**adopted)


@broken(
    "number-changes",
    "an update changes the number",
    "ERROR-UNKNOWN-MEMBER UPDATE-REFUSED ERROR-SERVER-MADE",
    f"{UPDATE} /components/schemas/Phone/properties/number",
    "updatePhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    number = request.members.get("number")
    good = isinstance(number, str) and re.fullmatch(r"\+[1-9][0-9]{6,14}", number)
    if request.role != "update" or not good or not correct.record(request.key):
        return correct(request)
    rest = {name: value for name, value in request.members.items() if name != "number"}
    response = correct(request.with_json(rest or {"type": (correct.record(request.key) or {})["type"]}))
    if not response.ok:
        return response
    correct.set(request.key or "", number=number)
    return response.with_json(correct.record(request.key))


@broken(
    "number-tidied", "a registration removes spaces and dashes from a number", "ERROR-PATTERN", NUMBER, "registerPhone"
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    number = request.members.get("number")
    if request.role != "create" or not isinstance(number, str):
        return correct(request)
    return mended(request, correct, number=re.sub(r"[\s().-]", "", number))


@broken(
    "number-in-other-digits",
    "a registration accepts full-width and Arabic digits",
    "ERROR-PATTERN",
    NUMBER,
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    number = request.members.get("number")
    if request.role != "create" or not isinstance(number, str) or number.isascii():
        return correct(request)
    return mended(request, correct, number="".join(str(int(one)) if one.isdecimal() else one for one in number))


@broken(
    "type-letters-lowered", "a type in upper case is accepted", "ERROR-ENUMERATION", "/components/schemas/Type", BOTH
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    kind = request.members.get("type")
    return mended(request, correct, type=kind.lower()) if isinstance(kind, str) else correct(request)


@broken(
    "numbers-made-text",
    "a registration converts numbers to strings",
    "ERROR-TYPE ERROR-ONE-RULE",
    CREATE,
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    texts = {
        name: str(value)
        for name, value in request.members.items()
        if name in ("name", "provider", "referenceId") and type(value) in (int, float)
    }
    return mended(request, correct, **texts) if request.role == "create" and texts else correct(request)


@broken(
    "null-is-absent",
    "a registration treats null as a missing field",
    "ERROR-TYPE ERROR-UNKNOWN-MEMBER ERROR-ONE-RULE",
    f"{CREATE} /components/schemas/CountryCode /components/schemas/Type",
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role != "create" or None not in request.members.values():
        return correct(request)
    return correct(request.with_json({name: value for name, value in request.members.items() if value is not None}))


@broken("comments-in-json", "a body with a trailing comma or a comment is accepted", "ERROR-NOT-JSON", JSON_RULES, BOTH)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role not in ("create", "update") or request.json is not None:
        return correct(request)
    text = request.body.decode("utf-8", "ignore")
    lenient = re.sub(r",\s*([}\]])", r"\1", re.sub(r"/\*.*?\*/|//[^\n\"]*$", "", text))
    try:
        return correct(request.with_json(json.loads(lenient)))
    except (ValueError, RecursionError):
        return correct(request)


@broken(
    "member-twice", "of a repeated field of a body, the last value applies", "ERROR-AMBIGUOUS-JSON", JSON_RULES, BOTH
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request.with_json(request.json)) if isinstance(request.json, dict) else correct(request)


@broken(
    "deep-json-is-500", "a deeply nested body is answered with 500", "SCHEMA-SERVER-ERROR ERROR-HARD-JSON", "/", BOTH
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return refusal(500, "maximum recursion depth exceeded") if request.body.count(b"[") > 500 else correct(request)


@broken("large-body-taken", "a body may have any size", "ERROR-TOO-LARGE", "/x-http /components/responses", BOTH)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if len(request.body) <= 1_048_576 or not isinstance(request.json, dict):
        return correct(request)
    return correct(request.with_json(request.json))


@broken(
    "length-in-utf-16",
    "an update counts lengths in UTF-16, as JavaScript does",
    "UPDATE-TEXT ERROR-BOUNDS-INSIDE",
    f"{UPDATE}/properties",
    "updatePhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    name = request.members.get("name")
    if request.role == "update" and isinstance(name, str) and len(name.encode("utf-16-le", "replace")) > 200:
        return correct(request) if len(name) > 100 else refusal(400, "name is too long")
    return correct(request)
