"""Unknown and server-made fields in a body: stored, or ignored."""

from __future__ import annotations

from typing import Literal

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.mistakes import Fields, adopts, overlooks, takes
from tests.proof.talk import Talk

broken = Group("assumed: fields")
_SCHEMAS = {"create": "/components/schemas/RegisterPhone", "update": "/components/schemas/UpdatePhone"}
_OPERATIONS = {"create": "registerPhone", "update": "updatePhone"}
_SAMPLES: Fields = {
    "uuid": "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11",
    "status": "active",
    "smsEnabled": True,
    "createdAt": "2020-01-01T00:00:00.000Z",
    "updatedAt": "2020-01-01T00:00:00.000Z",
    "provider": "other",
    "countryCode": "FR",
    "referenceId": "PN-1",
    "number": "+12025550188",
}
_ASIDE: Fields = {"type": "shared"}


def _pointer(role: str) -> str:
    return f"{_SCHEMAS[role]} /components/schemas/Phone/properties"


def _sent(talk: Talk, role: str, fields: Fields) -> object:
    response = talk.create(**fields) if role == "create" else talk.update(talk.made()["uuid"], **fields)
    return response.status


def _adopted(role: Literal["create", "update"], field: str) -> None:
    verb = "a register" if role == "create" else "an update"
    broken(
        f"{role}-sets-{field}",
        f"{verb} takes {field} from the body",
        "ERROR-SERVER-MADE ERROR-UNKNOWN-MEMBER UPDATE-REFUSED",
        _pointer(role),
        _OPERATIONS[role],
        shows=lambda talk: _sent(talk, role, {**_ASIDE, field: _SAMPLES[field]}),
    )(adopts(role, field))


def _ignored(role: Literal["create", "update"], field: str) -> None:
    verb = "a register" if role == "create" else "an update"
    broken(
        f"{role}-ignores-{field}",
        f"{verb} ignores {field} in the body",
        "ERROR-SERVER-MADE ERROR-UNKNOWN-MEMBER UPDATE-REFUSED",
        _pointer(role),
        _OPERATIONS[role],
        shows=lambda talk: _sent(talk, role, {**_ASIDE, field: _SAMPLES[field]}),
    )(overlooks(role, lambda name, _value: name == field, None))


for _field in ("uuid", "status", "createdAt"):
    _adopted("create", _field)
for _field in ("smsEnabled", "updatedAt", "status"):
    _ignored("create", _field)
for _field in ("provider", "countryCode", "smsEnabled", "createdAt"):
    _adopted("update", _field)
for _field in ("uuid", "number", "referenceId", "updatedAt"):
    _ignored("update", _field)

broken(
    "update-unknown-ignored",
    "an update ignores fields that it does not know",
    "ERROR-UNKNOWN-MEMBER",
    _SCHEMAS["update"],
    "updatePhone",
    shows=lambda talk: _sent(talk, "update", {"name": "Desk", "nmae": "Desk"}),
)(overlooks("update", lambda name, _value: name not in ("name", "status", "type", *_SAMPLES)))
broken(
    "unknown-prototype-ignored",
    "a register ignores __proto__ and constructor in the body",
    "ERROR-UNKNOWN-MEMBER",
    _SCHEMAS["create"],
    "registerPhone",
    shows=lambda talk: _sent(talk, "create", {"__proto__": {"smsEnabled": True}}),
)(overlooks("create", lambda name, _value: name in ("__proto__", "constructor", "prototype")))
broken(
    "unknown-null-ignored",
    "a register ignores a field that it does not know if it is null",
    "ERROR-UNKNOWN-MEMBER",
    _SCHEMAS["create"],
    "registerPhone",
    shows=lambda talk: _sent(talk, "create", {"label": None}),
)(overlooks("create", lambda name, value: value is None and name not in ("number", "name", "type", *_SAMPLES)))


@broken(
    "unknown-stored",
    "a register stores a field that it does not know, and shows it",
    "ERROR-UNKNOWN-MEMBER",
    _SCHEMAS["create"],
    "registerPhone",
    shows=lambda talk: _sent(talk, "create", {"colour": "red"}),
)
class _Stores:
    """Stores unknown fields with the phone, as a document store does."""

    def __init__(self) -> None:
        self._more: dict[str, Fields] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        known = ("number", "name", "countryCode", "provider", "referenceId", "type", *_SAMPLES)
        more = {name: value for name, value in request.members.items() if name not in known}
        response = takes("create", lambda fields: {name: fields[name] for name in fields if name in known})(
            request, correct
        )
        if request.role == "create" and response.ok and more:
            self._more[response.json["uuid"]] = more
        return response.with_records(lambda phone: {**phone, **self._more.get(phone["uuid"], {})})
