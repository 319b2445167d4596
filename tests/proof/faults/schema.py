"""Responses of another shape than the schema says."""

from __future__ import annotations

from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse

broken = Group("schema")
PHONE = "/components/schemas/Phone"
LIST = "/components/schemas/PhoneList"
ANY = "listPhones registerPhone getPhone updatePhone"


@broken("flags-are-digits", "smsEnabled is 0 or 1, as in the database", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).with_records(lambda phone: {**phone, "smsEnabled": int(phone["smsEnabled"])})


@broken("names-in-snake-case", "createdAt is called created_at", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def renamed(phone: dict[str, Any]) -> dict[str, Any]:
        return {"created_at" if name == "createdAt" else name: value for name, value in phone.items()}

    return correct(request).with_records(renamed)


@broken("nulls-left-out", "a field that is null is left out", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).with_records(lambda phone: {name: text for name, text in phone.items() if text is not None})


@broken("times-without-zone", "times are in SQL format, with a space and no zone", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).with_records(
        lambda phone: {**phone, "updatedAt": phone["updatedAt"].replace("T", " ").rstrip("Z")}
    )


@broken("total-is-text", "total is a string, as the driver returns big integers", "SCHEMA-BODY", LIST, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return (
        response.with_members(total=str(response.json["total"])) if request.role == "list" and response.ok else response
    )


@broken("list-in-an-envelope", "a list has another envelope, data", "SCHEMA-BODY", LIST, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_json({"data": response.json}) if request.role == "list" and response.ok else response


@broken("no-phones-is-null", "an empty list is null, like an empty slice in Go", "SCHEMA-BODY", LIST, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return (
        response.with_members(phones=response.json["phones"] or None)
        if request.role == "list" and response.ok
        else response
    )


@broken(
    "deleted-is-the-phone",
    "a delete returns the phone",
    "SCHEMA-BODY",
    "/components/schemas/Deleted",
    "deletePhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    record = correct.record(request.key)
    response = correct(request)
    return response.with_json(record) if request.role == "delete" and response.ok else response


@broken("error-of-another-shape", "an error has only the field error", "SCHEMA-BODY", "/components/schemas/Error", ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_json({"error": response.json["message"]}) if not response.ok and response.body else response


@broken("list-as-text", "a list has the media type text/html", "SCHEMA-MEDIA-TYPE", "/paths/~1phones/get", "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return (
        response.with_header("Content-Type", "text/html; charset=utf-8")
        if request.role == "list" and response.ok
        else response
    )
