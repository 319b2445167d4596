"""The phones of the relational service: a table in SQLite, and one transaction for each request.

A unique index detects duplicate numbers, `instr` on case-folded columns searches, `RETURNING` returns what was written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import phonenumbers

_TABLE = """
CREATE TABLE phone (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL UNIQUE,
    name TEXT,
    folded_name TEXT,
    provider TEXT,
    folded_provider TEXT,
    reference TEXT,
    type TEXT NOT NULL,
    country TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,  -- milliseconds since 1970
    updated INTEGER NOT NULL CHECK (updated >= created)
)
"""
_INSERT = """
INSERT INTO phone (uuid, number, name, folded_name, provider, folded_provider, reference, type, country, status,
    created, updated)
SELECT :uuid, :number, :name, :folded_name, :provider, :folded_provider, :referenceId, :type, :countryCode,
    iif(:type = 'ordered', 'pending', 'registered'), instant, instant
FROM (SELECT max(:now, coalesce(max(created), 0)) AS instant FROM phone)
RETURNING *
"""
_UPDATE = """
UPDATE phone SET
    name = coalesce(:name, name),
    folded_name = coalesce(:folded_name, folded_name),
    status = coalesce(:status, status),
    type = coalesce(:type, type),
    updated = max(:now, updated + 1)
WHERE uuid = :uuid
RETURNING *
"""
_MATCHING = """
FROM phone
WHERE (:status IS NULL OR status = :status) AND (:type IS NULL OR type = :type)
    AND (instr(number, :text) OR instr(folded_name, :text) OR instr(folded_provider, :text))
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FARTHEST = 1 << 62
_FIRST = (
    {"number": "+12025550101", "name": "Front desk", "provider": "twilio"},
    {"number": "+12025550102", "type": "shared"},
    {"number": "+12025550103", "name": "Überlingen", "type": "ordered", "countryCode": "DE"},
    {"number": "+12025550104", "provider": "vapi"},
)


class TakenError(Exception):
    """Another phone has the number."""


class MissingError(Exception):
    """No phone has this uuid."""


class Phones:
    """The phones in a database in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "phones.sqlite"
        with self._transaction() as database:
            database.execute(_TABLE)
        for members in _FIRST:
            self.register(members)

    def register(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Add a phone. Raises TakenError."""
        names = ("number", "name", "provider", "referenceId", "type", "countryCode")
        row = dict.fromkeys(names) | {"type": "private", "countryCode": _country(members["number"])} | dict(members)
        folded = {f"folded_{name}": _folded(row[name]) for name in ("name", "provider")}
        try:
            with self._transaction() as database:
                values = {**row, **folded, "uuid": str(uuid4()), "now": _now()}
                return _shown(database.execute(_INSERT, values).fetchone())
        except sqlite3.IntegrityError:
            raise TakenError from None

    def read(self, uuid: str) -> dict[str, Any]:
        """The phone with a uuid. Raises MissingError."""
        with self._transaction() as database:
            return _shown(database.execute("SELECT * FROM phone WHERE uuid = ?", [uuid]).fetchone())

    def update(self, uuid: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Change a phone. Raises MissingError."""
        values = {"name": None, "status": None, "type": None, **members, "uuid": uuid, "now": _now()}
        values["folded_name"] = _folded(values["name"])
        with self._transaction() as database:
            return _shown(database.execute(_UPDATE, values).fetchone())

    def delete(self, uuid: str) -> None:
        """Remove a phone. Raises MissingError."""
        with self._transaction() as database:
            if not database.execute("DELETE FROM phone WHERE uuid = ?", [uuid]).rowcount:
                raise MissingError

    def page(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """One page of the matching phones, newest first."""
        page, limit = wanted.get("page", 1), wanted.get("limit", 10)
        values = {"status": wanted.get("status"), "type": wanted.get("type"), "text": _folded(wanted.get("search", ""))}
        values |= {"limit": limit, "start": min((page - 1) * limit, _FARTHEST)}
        with self._transaction() as database:
            (total,) = database.execute(f"SELECT count(*) {_MATCHING}", values).fetchone()
            statement = f"SELECT * {_MATCHING} ORDER BY position DESC LIMIT :limit OFFSET :start"
            phones = [_shown(row) for row in database.execute(statement, values)]
        return {"total": total, "totalPages": -(-total // limit), "page": page, "limit": limit, "phones": phones}

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=20, isolation_level=None)) as database:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA synchronous = OFF")
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")


def _shown(row: sqlite3.Row | None) -> dict[str, Any]:
    if row is None:
        raise MissingError
    return {
        "createdAt": _written(row["created"]),
        "updatedAt": _written(row["updated"]),
        "uuid": row["uuid"],
        "number": row["number"],
        "name": row["name"],
        "type": row["type"],
        "status": row["status"],
        "provider": row["provider"],
        "countryCode": row["country"],
        "smsEnabled": False,
    }


def _now() -> int:
    return (datetime.now(UTC) - _EPOCH) // _MILLISECOND


def _written(milliseconds: int) -> str:
    return f"{_EPOCH + milliseconds * _MILLISECOND:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def _folded(text: str | None) -> str | None:
    return text if text is None else text.casefold()


def _country(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "US"
    regions = [phonenumbers.region_code_for_number(parsed)]
    regions += phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(parsed.country_code or 0, ())
    return next((region for region in regions if region and region not in ("001", "ZZ")), "US")
