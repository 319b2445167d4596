"""Makes archive entries of exchanges, as they happen or from the journal."""

from __future__ import annotations

from functools import cached_property
from secrets import token_bytes

from mock_server.recording.exchange import Exchange
from mock_server.recording.exchange_redactor import ExchangeRedactor
from mock_server.recording.har import archive_entry
from mock_server.recording.redactor import Redactor
from mock_server.recording.substitutes import Substitutes
from mock_server.sessions.journal import LONGEST_BODY_BYTES, Entry
from openapi.contract import Contract
from openapi.model.http import Operation


class Recorder:
    """Writes the exchanges of one contract as archive entries. With the same `substitutes`, values are equal."""

    def __init__(self, contract: Contract, substitutes: Substitutes | None = None) -> None:
        self._contract = contract
        self.substitutes = substitutes or Substitutes(token_bytes(32))

    @cached_property
    def redactor(self) -> Redactor:
        """The redactor of single values, created on first use."""
        return Redactor(self._contract, self.substitutes)

    @cached_property
    def _exchanges(self) -> ExchangeRedactor:
        return ExchangeRedactor(self._contract, self.redactor)

    def redacted_query(self, query: str, operation: Operation | None) -> str:
        """The query of a request to `operation`, as in a recording."""
        return self._exchanges.query(query, operation)

    def entry(self, exchange: Exchange) -> str:
        """The entry of an exchange, on one line."""
        return archive_entry(self._exchanges.redacted(exchange))

    def journal_entry(self, entry: Entry) -> str:
        """The entry of an exchange in the journal."""
        response_body = entry.response_body
        is_whole = len(response_body) == entry.response_length
        body = entry.body if entry.body is None or len(entry.body) < LONGEST_BODY_BYTES else None
        return self.entry(
            Exchange(
                at=entry.at,
                took_ms=entry.notes.delay_ms,
                method=entry.method,
                path=entry.path,
                query=entry.query,
                fields=entry.fields,
                body=body,
                operation=self._contract.operations.get(entry.operation_id),
                path_values=entry.path_values,
                status=entry.status,
                response_fields=entry.response.headers,
                response_body=(b"" if entry.method == "HEAD" else response_body) if is_whole else None,
            )
        )
