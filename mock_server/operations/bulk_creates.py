"""Operations that create several records at once, or none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from mock_server.http.errors import RefusedError, invalid
from mock_server.http.messages import HttpResponse
from mock_server.http.validation import Values
from mock_server.operations.lists import list_writer
from mock_server.operations.record_errors import RecordError, refusal_of
from mock_server.operations.scopes import scope_reader
from mock_server.records.collection import ListPage
from mock_server.records.errors import ItemError
from mock_server.records.state import State
from openapi.contract import Contract
from openapi.model.http import Operation
from openapi.model.lists import BulkCreate
from openapi.model.refusals import Refusal
from openapi.model.resource import Resource
from openapi.pointers import join, resolve

_Act: TypeAlias = Callable[[State, Values], HttpResponse]


def bulk_creator(contract: Contract, resource: Resource, operation: Operation, bulk: BulkCreate) -> _Act:
    """A function that creates the records in a body, and returns them in order. It raises RefusedError."""
    write = list_writer(operation, bulk.response, bulk.shown, resource.response(operation.id))
    scope, name = scope_reader(contract, resource, operation), resource.name

    def create_all(state: State, values: Values) -> HttpResponse:
        above = scope(state, values) if scope else {}
        sent = [{**one, **above} for one in resolve(values.body, bulk.body)]
        try:
            made = state[name].create_all(sent)
        except ItemError as error:
            refused = refusal_of(contract, resource, cast("RecordError", error.reason))
            raise _at_item(refused, join(bulk.body, error.index)) from None
        items = [one.encoded for one in made]
        return write(ListPage(items, len(items), 1, 0, len(items), 1))

    return create_all


def _at_item(refused: RefusedError, pointer: str) -> RefusedError:
    """The refusal of a request because of the record at `pointer` in its body."""
    found = [one._replace(path=pointer + one.path) if one.location == "body" else one for one in refused.violations]
    if refused.refusal is Refusal.INVALID:
        return invalid(found)
    return RefusedError(refused.refusal, refused.message, found)
