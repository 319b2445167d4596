"""Answers of another shape than the schema says."""

from __future__ import annotations

from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Answer, Request

broken = Group("schema")
PHONE = "/components/schemas/Phone"
LIST = "/components/schemas/PhoneList"
ANY = "listPhones registerPhone getPhone updatePhone"


@broken("flags-are-digits", "smsEnabled is 0 or 1, as in the database", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, ask: Correct) -> Answer:
    return ask(request).with_records(lambda phone: {**phone, "smsEnabled": int(phone["smsEnabled"])})


@broken("names-in-snake-case", "createdAt is called created_at", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, ask: Correct) -> Answer:
    def renamed(phone: dict[str, Any]) -> dict[str, Any]:
        return {"created_at" if name == "createdAt" else name: value for name, value in phone.items()}

    return ask(request).with_records(renamed)


@broken("nulls-left-out", "a field that is null is left out", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, ask: Correct) -> Answer:
    return ask(request).with_records(lambda phone: {name: text for name, text in phone.items() if text is not None})


@broken("times-without-zone", "times are in SQL format, with a space and no zone", "SCHEMA-BODY", PHONE, ANY)
def _(request: Request, ask: Correct) -> Answer:
    return ask(request).with_records(
        lambda phone: {**phone, "updatedAt": phone["updatedAt"].replace("T", " ").rstrip("Z")}
    )


@broken("total-is-text", "total is a string, as the driver returns big integers", "SCHEMA-BODY", LIST, "listPhones")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    return answer.with_members(total=str(answer.json["total"])) if request.role == "list" and answer.ok else answer


@broken("list-in-an-envelope", "a list has another envelope, data", "SCHEMA-BODY", LIST, "listPhones")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    return answer.with_json({"data": answer.json}) if request.role == "list" and answer.ok else answer


@broken("no-phones-is-null", "an empty list is null, like an empty slice in Go", "SCHEMA-BODY", LIST, "listPhones")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    return answer.with_members(phones=answer.json["phones"] or None) if request.role == "list" and answer.ok else answer


@broken(
    "deleted-is-the-phone",
    "a delete returns the phone",
    "SCHEMA-BODY",
    "/components/schemas/Deleted",
    "deletePhone",
)
def _(request: Request, ask: Correct) -> Answer:
    record = ask.record(request.key)
    answer = ask(request)
    return answer.with_json(record) if request.role == "delete" and answer.ok else answer


@broken("error-of-another-shape", "an error has only the field error", "SCHEMA-BODY", "/components/schemas/Error", ANY)
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    return answer.with_json({"error": answer.json["message"]}) if not answer.ok and answer.body else answer


@broken("list-as-text", "a list has the media type text/html", "SCHEMA-MEDIA-TYPE", "/paths/~1phones/get", "listPhones")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    return (
        answer.with_header("Content-Type", "text/html; charset=utf-8")
        if request.role == "list" and answer.ok
        else answer
    )
