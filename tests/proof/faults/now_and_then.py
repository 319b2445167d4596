"""Faults in about one of twenty responses."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response, refusal
from tests.proof.service import EveryNow

broken = Group("now and then")
ANY = "registerPhone getPhone listPhones updatePhone deletePhone"


class _NowAndThen:
    """Decides when to be wrong."""

    def __init__(self) -> None:
        self.now = EveryNow()


@broken("sometimes-500", "one response in twenty is a 500", "SCHEMA-SERVER-ERROR", "/", ANY)
class _Fails(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        return refusal(500, "try again") if self.now() and request.method in ("GET", "PATCH") else correct(request)


@broken(
    "sometimes-empty",
    "one list in twenty is empty",
    "CREATE-LISTED LIST- UPDATE- SEARCH- FILTER- CREATE- READ-",
    "/",
    ANY,
)
class _Empty(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return (
            response.with_members(phones=[], total=0, totalPages=0)
            if request.role == "list" and response.ok and self.now()
            else response
        )


@broken(
    "sometimes-one-more",
    "one total in twenty is one too many",
    "CREATE-LISTED LIST- CREATE- UPDATE- SEARCH- FILTER-",
    "/",
    ANY,
)
class _More(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return (
            response.with_members(total=response.json["total"] + 1)
            if request.role == "list" and response.ok and self.now()
            else response
        )


@broken(
    "sometimes-stale",
    "one get in twenty shows the phone as it was before its last update",
    "UPDATE-TEXT UPDATE- READ- MODEL-",
    "/",
    ANY,
)
class _Stale(_NowAndThen):
    def __init__(self) -> None:
        super().__init__()
        self._before: dict[str, object] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        before = correct.record(request.key)
        response = correct(request)
        if request.role == "update" and response.ok:
            self._before[request.key or ""] = before
        old = self._before.get(request.key or "")
        return response.with_json(old) if request.role == "read" and response.ok and old and self.now() else response


@broken(
    "sometimes-not-stored",
    "one register in twenty is not stored",
    "READ-ACCEPTED CREATE- READ- UPDATE- DELETE- LIST- MODEL-",
    "/",
    ANY,
)
class _NotStored(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "create" and response.ok and self.now():
            correct.drop(response.json["uuid"])
        return response


@broken(
    "sometimes-not-deleted", "one delete in twenty does nothing", "DELETE-GONE DELETE- CREATE- LIST- MODEL-", "/", ANY
)
class _NotDeleted(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role == "delete" and correct.record(request.key) and self.now():
            return json_response(200, {"success": True, "message": "Phone number deleted successfully"})
        return correct(request)


@broken("sometimes-another-schema", "one phone in twenty has a number for smsEnabled", "SCHEMA-BODY", "/", ANY)
class _Schema(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return response.with_records(lambda phone: {**phone, "smsEnabled": 0}) if self.now() else response


@broken(
    "sometimes-lost-update",
    "one update in twenty succeeds and is not stored",
    "UPDATE-ONLY-NAMED UPDATE- LIST- FILTER- MODEL-",
    "/",
    ANY,
)
class _LostUpdate(_NowAndThen):
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        before = correct.record(request.key) if request.role == "update" else None
        response = correct(request)
        if before is not None and response.ok and self.now():
            correct.set(before["uuid"], **{name: before[name] for name in ("name", "status", "type")})
        return response
