"""The phone API written with connexion: the document routes and validates, a dictionary stores the phones.

    python connexion_phones.py DOCUMENT PHONES PORT

DOCUMENT is in OpenAPI 3.0, PHONES is a JSON file, newest first. It runs in the peer's own environment and imports
nothing from this project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

Phone = dict[str, Any]
Result = tuple[Any, int] | tuple[Any, int, dict[str, str]]

_NEW: Phone = {"name": None, "provider": None, "countryCode": "US", "type": "private", "smsEnabled": False}
_MISSING = ({"success": False, "message": "There is no phone with this uuid."}, 404)
_TAKEN = ({"success": False, "message": "A phone with this number exists already."}, 409)


class Handlers:
    """The operations. They return a value, a status and headers, as connexion expects."""

    def __init__(self, phones: list[Phone]) -> None:
        self._phones = {phone["uuid"]: phone for phone in reversed(phones)}
        self._numbers = {phone["number"] for phone in phones}

    async def list(self, search: str = "", page: int = 1, limit: int = 10, **others: str) -> Result:
        """One page, newest first. Connexion passes the user among the query parameters."""
        text, filters = search.lower(), {name: others[name] for name in ("status", "type") if name in others}
        found = [
            phone
            for phone in reversed(self._phones.values())
            if all(phone[name] == value for name, value in filters.items())
            and any(text in (phone[name] or "").lower() for name in ("number", "name", "provider"))
        ]
        start = (page - 1) * limit
        counts = {"total": len(found), "page": page, "limit": limit, "totalPages": -(-len(found) // limit)}
        return {"phones": found[start : start + limit], **counts}, 200

    async def register(self, body: Phone) -> Result:
        """Register a phone."""
        if body["number"] in self._numbers:
            return _TAKEN
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status = "pending" if body.get("type") == "ordered" else "registered"
        taken = {name: value for name, value in body.items() if name != "referenceId"}
        phone = {"uuid": str(uuid4()), **_NEW, **taken, "status": status, "createdAt": now, "updatedAt": now}
        self._phones[phone["uuid"]] = phone
        self._numbers.add(phone["number"])
        return phone, 201, {"Location": f"/api/phones/{phone['uuid']}"}

    async def get(self, uuid: str) -> Result:
        """Read a phone."""
        phone = self._phones.get(uuid)
        return _MISSING if phone is None else (phone, 200)

    async def update(self, uuid: str, body: Phone) -> Result:
        """Update a phone."""
        phone = self._phones.get(uuid)
        if phone is None:
            return _MISSING
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._phones[uuid] = {**phone, **body, "updatedAt": now}
        return self._phones[uuid], 200

    async def delete(self, uuid: str) -> Result:
        """Delete a phone."""
        phone = self._phones.pop(uuid, None)
        if phone is None:
            return _MISSING
        self._numbers.remove(phone["number"])
        return {"success": True, "message": "Phone number deleted successfully"}, 200


def main(document: str, phones: str, port: int) -> None:
    """Serve until the process ends."""
    handlers = Handlers(json.loads(Path(phones).read_text(encoding="utf-8")))
    operations: dict[str, Callable[..., Any]] = {
        "listPhones": handlers.list,
        "registerPhone": handlers.register,
        "getPhone": handlers.get,
        "updatePhone": handlers.update,
        "deletePhone": handlers.delete,
    }
    connexion: Any = import_module("connexion")
    resolver: Any = import_module("connexion.resolver")
    uvicorn: Any = import_module("uvicorn")
    app = connexion.AsyncApp(__name__)
    app.add_api(Path(document), base_path="/api", resolver=resolver.Resolver(operations.__getitem__))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
