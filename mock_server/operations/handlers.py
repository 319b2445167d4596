"""The handlers of the operations, built at start: one function per operation from a request to its response."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from mock_server.http.body_words import may_be_empty
from mock_server.http.errors import ErrorWriter, RefusedError, invalid
from mock_server.http.messages import HttpRequest, HttpResponse, Violation
from mock_server.http.request_bodies import is_readable
from mock_server.http.validation import Values, build_reader
from mock_server.operations.authorization import build_admission
from mock_server.operations.bulk_creates import bulk_creator
from mock_server.operations.declared_responses import DeclaredResponses, UndeclaredResponseError
from mock_server.operations.idempotency import with_idempotency
from mock_server.operations.links import link_adder
from mock_server.operations.lists import list_writer, query_reader
from mock_server.operations.preconditions import with_preconditions, without_required_condition
from mock_server.operations.record_errors import RECORD_ERRORS, refusal_of
from mock_server.operations.refusals import Refuser
from mock_server.operations.responses import created_writer, record_writer
from mock_server.operations.scopes import key_reader, scope_reader
from mock_server.operations.simulation import Pipeline, Simulation, marked
from mock_server.records.state import State
from mock_server.sessions.samples import sampler
from mock_server.sessions.session import Session
from mock_server.store.store import Query, UnknownKeyError
from openapi.contract import Contract
from openapi.envelope import Envelope
from openapi.errors import SpecError
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.links import GONE, RecordAction
from openapi.model.refusals import Refusal
from openapi.model.resource import Resource, Role

Handler: TypeAlias = Callable[[Session, HttpRequest], HttpResponse]
"""Answers the requests to one operation. Never raises."""

_MERGE_PATCH = "application/merge-patch+json"

_Act: TypeAlias = Callable[[State, Values], HttpResponse]


class Handlers:
    """The handlers of a contract's operations, by operationId. The session comes with each request.

    `declared` are the responses that each operation can be made to give; `refusers` write its refusals; `pipelines`
    answer without a simulation.
    """

    def __init__(self, contract: Contract, token: str | None = None, seed: int | None = None) -> None:
        self.errors = ErrorWriter(contract.refusals)
        sample = sampler(seed)
        self.declared = {one.id: DeclaredResponses(one, self.errors, sample) for one in contract.operations.values()}
        self.refusers = {one.id: Refuser(one, self.errors, sample) for one in contract.operations.values()}
        self.pipelines: dict[str, Pipeline] = {}
        self.by_operation: Mapping[str, Handler] = {
            operation_id: self._handler(contract, operation, token)
            for operation_id, operation in contract.operations.items()
        }

    def _handler(self, contract: Contract, operation: Operation, token: str | None) -> Handler:
        admit = build_admission(operation, token)
        reader = build_reader(contract, without_required_condition(contract, operation))
        declared = self.declared[operation.id]
        act = _with_magic(contract, declared, operation, _action(contract, operation, declared))
        refuse = self.refusers[operation.id]
        pipeline = self.pipelines[operation.id] = Pipeline(admit, reader, act, refuse)
        simulate = Simulation(operation, pipeline, declared, self.errors).handle
        read = reader.strictly

        def handle(session: Session, request: HttpRequest) -> HttpResponse:
            if request.has_preferences or not session.is_plain:
                return simulate(session, request)
            try:
                if admit is not None:
                    admit(request)
                return act(session.state, read(request))
            except RefusedError as refused:
                return refuse(refused)

        return handle


def _with_magic(contract: Contract, declared: DeclaredResponses, operation: Operation, act: _Act) -> _Act:
    """`act`, except for the values with which the document forces a response (`magic`)."""
    resource, role = contract.role_of(operation.id) or (None, None)
    if resource is None or role is not Role.CREATE or not resource.magic:
        return act
    try:
        responses: Mapping[tuple[str, JsonValue], HttpResponse] = {
            (magic.field, value): marked(declared.respond(status, None), f"magic {magic.field}")
            for magic in resource.magic
            for value, status in magic.statuses.items()
        }
    except UndeclaredResponseError as error:
        advice = "add the example, or remove the magic value"
        raise SpecError(contract.file, None, f"{resource.pointer}/magic", f"impossible: {error}", advice) from None
    fields, envelope = tuple(magic.field for magic in resource.magic), resource.request(operation.id)

    def act_or_refuse(state: State, values: Values) -> HttpResponse:
        record = (envelope.unwrap(values.body) if envelope.record else values.body) or {}
        for field in fields:
            value = record.get(field)
            if isinstance(value, str) and (field, value) in responses:
                return responses[field, value]
        return act(state, values)

    return act_or_refuse


def _action(contract: Contract, operation: Operation, declared: DeclaredResponses) -> _Act:
    action = contract.action_of(operation.id)
    part, bulk = contract.role_of(operation.id), contract.bulk_of(operation.id)
    content = operation.body.content if operation.body else {}
    if (part or action or bulk) and content and not any(map(is_readable, content)):
        problem = f"takes {' or '.join(content)}, which records can't be read from"
        raise SpecError(contract.file, None, operation.pointer, problem, "declare application/json too")
    if action is not None:
        act = with_preconditions(contract, action[0], operation, _of_action(contract, *action, operation, declared))
        act = with_idempotency(action[0], operation, act)
        return _guarded(contract, action[0], operation, act, takes_fields=False)
    if bulk is not None:
        act = _with_headers(bulk_creator(contract, bulk[0], operation, bulk[1]), declared)
        act = with_idempotency(bulk[0], operation, act)
        return _guarded(contract, bulk[0], operation, act, takes_fields=False)
    if part is None:
        return lambda _state, values: declared.success(values.headers.get("accept"))
    resource, role = part
    if role is Role.DELETE:
        act = _delete(contract, resource, operation, declared)
    else:
        counts = resource.listing.response.headers if role is Role.LIST and resource.listing else {}
        act = _with_headers(_ACTIONS[role](contract, resource, operation), declared, counts)

    act = with_idempotency(resource, operation, with_preconditions(contract, resource, operation, act))
    return _guarded(contract, resource, operation, act, takes_fields=role in (Role.CREATE, Role.UPDATE, Role.REPLACE))


def _with_headers(act: _Act, declared: DeclaredResponses, own: Collection[str] = ()) -> _Act:
    """`act`, with the headers that the document declares for its response, except its `own`."""
    headers = tuple(one for one in declared.headers() if one[0] not in own)
    if not headers:
        return act

    def with_headers(state: State, values: Values) -> HttpResponse:
        response = act(state, values)
        return response._replace(headers=(*response.headers, *headers))

    return with_headers


def _guarded(contract: Contract, resource: Resource, operation: Operation, act: _Act, *, takes_fields: bool) -> _Act:
    """`act` on the record in the body, with errors of the records as refusals."""
    refused, envelope = partial(refusal_of, contract, resource), resource.request(operation.id)

    tells_gone = resource.soft_delete is not None and GONE in operation.responses

    def guarded(state: State, values: Values) -> HttpResponse:
        if envelope.record:
            values = values._replace(body=envelope.unwrap(values.body))
        if takes_fields and not isinstance(values.body, dict):
            raise invalid(
                [Violation("body", envelope.record, "the body must be an object with the fields of a record")]
            )
        try:
            return act(state, values)
        except RECORD_ERRORS as error:
            refusal = _below(envelope, refused(error))
            if tells_gone and isinstance(error, UnknownKeyError) and state[resource.name].was_deleted(error.key):
                refusal.status = int(GONE)
            raise refusal from None
        except RefusedError as error:
            raise _below(envelope, error) from None

    return guarded


def _below(envelope: Envelope, refused: RefusedError) -> RefusedError:
    """The refusal of a request whose body has the record in an envelope."""
    if not envelope.record:
        return refused
    violations = [
        one._replace(path=envelope.record + one.path) if one.location == "body" else one for one in refused.violations
    ]
    return (
        invalid(violations)
        if refused.refusal is Refusal.INVALID
        else RefusedError(refused.refusal, refused.message, violations)
    )


def _list(contract: Contract, resource: Resource, operation: Operation) -> _Act:
    name = resource.name
    if resource.listing is None:
        raise TypeError(f"{resource.pointer} has an operation list but no list")
    write = list_writer(
        operation, resource.listing.response, resource.shown.get(Role.LIST), resource.response(operation.id)
    )
    ignores_unknown = contract.conventions["query/unknown-values"] == "ignored"
    reader = query_reader(resource.listing, ignores_unknown=ignores_unknown)
    query_of = _scoped_query(contract, resource, operation, reader)
    add_links = link_adder(contract, operation, resource.listing)
    refuses = resource.listing.paging is not None and resource.listing.paging.refuses_past_end
    if add_links is None and not refuses:
        return lambda state, values: write(state[name].list(query_of(state, values)))

    def list_or_refuse(state: State, values: Values) -> HttpResponse:
        listed = state[name].list(query_of(state, values))
        if refuses and listed.offset and listed.offset >= listed.total:
            raise RefusedError(Refusal.UNKNOWN_RECORD, f"Unknown page {listed.page}; the last page is {listed.pages}.")
        response = write(listed)
        return response if add_links is None else add_links(response, listed, values)

    return list_or_refuse


def _scoped_query(
    contract: Contract, resource: Resource, operation: Operation, read: Callable[[Mapping[str, JsonValue]], Query]
) -> Callable[[State, Values], Query]:
    """A function from a request to the records of the parent in its path."""
    scope = scope_reader(contract, resource, operation)
    if scope is None:
        return lambda _state, values: read(values.query)

    def query_of(state: State, values: Values) -> Query:
        query = read(values.query)
        return query._replace(filters=(*query.filters, *scope(state, values).items()))

    return query_of


def _create(contract: Contract, resource: Resource, operation: Operation) -> _Act:
    name = resource.name
    write, scope = created_writer(contract, resource, operation), scope_reader(contract, resource, operation)
    if scope is None:
        return lambda state, values: write(state[name].create(values.body), {})
    return lambda state, values: write(state[name].create({**values.body, **scope(state, values)}), values.path)


def _read(contract: Contract, resource: Resource, operation: Operation) -> _Act:
    name, key = resource.name, key_reader(contract, resource, operation)
    write = record_writer(operation, resource.shown.get(Role.READ), resource.response(operation.id))
    return lambda state, values: write(state[name].read(key(state, values)))


def _update(contract: Contract, resource: Resource, operation: Operation) -> _Act:
    name, key = resource.name, key_reader(contract, resource, operation)
    write = record_writer(operation, resource.shown.get(Role.UPDATE), resource.response(operation.id))
    content = operation.body.content if operation.body else {}
    if may_be_empty(contract, operation):
        return _update_or_nothing(contract, resource, operation)
    if not any(one.startswith(_MERGE_PATCH) for one in content):
        return lambda state, values: write(state[name].update(key(state, values), values.body))

    def update(state: State, values: Values) -> HttpResponse:
        is_patch = (values.headers.get("content-type") or "").lower().startswith(_MERGE_PATCH)
        change = state[name].merge if is_patch else state[name].update
        return write(change(key(state, values), values.body))

    return update


def _update_or_nothing(contract: Contract, resource: Resource, operation: Operation) -> _Act:
    """An update that returns the record as it is if the body has no fields."""
    name, key = resource.name, key_reader(contract, resource, operation)
    write = record_writer(operation, resource.shown.get(Role.UPDATE), resource.response(operation.id))

    def update(state: State, values: Values) -> HttpResponse:
        collection, wanted = state[name], key(state, values)
        return write(collection.update(wanted, values.body) if values.body else collection.read(wanted))

    return update


def _replace(contract: Contract, resource: Resource, operation: Operation) -> _Act:
    name, key = resource.name, key_reader(contract, resource, operation)
    write = record_writer(operation, resource.shown.get(Role.REPLACE), resource.response(operation.id))
    if resource.creates_by_replace:
        new = replace(operation, success=operation.responses["201"])
        write_new = record_writer(new, resource.shown.get(Role.REPLACE), resource.response(operation.id))

        def replace_or_create(state: State, values: Values) -> HttpResponse:
            stored, is_new = state[name].replace_or_create(key(state, values), values.body)
            return (write_new if is_new else write)(stored)

        return replace_or_create
    field = resource.parent.field if resource.parent else ""
    if not field:
        return lambda state, values: write(state[name].replace(key(state, values), values.body))

    def replace_below(state: State, values: Values) -> HttpResponse:
        found = key(state, values)
        return write(state[name].replace(found, {**values.body, field: state[name].peek(found).record[field]}))

    return replace_below


def _delete(contract: Contract, resource: Resource, operation: Operation, declared: DeclaredResponses) -> _Act:
    name, key = resource.name, key_reader(contract, resource, operation)
    accepts_unknown = contract.conventions["deletes/unknown-record"] == "accepted"
    soft = resource.soft_delete
    if soft is not None and soft.shows_record:
        write, sets = record_writer(operation), soft.sets

        def delete_and_show(state: State, values: Values) -> HttpResponse:
            return write(state[name].marked(state[name].delete(key(state, values)), sets))

        return delete_and_show

    def delete(state: State, values: Values) -> HttpResponse:
        try:
            state[name].delete(key(state, values))
        except UnknownKeyError:
            if not accepts_unknown:
                raise
        return declared.success(values.headers.get("accept"))

    return delete


def _of_action(
    contract: Contract, resource: Resource, action: RecordAction, operation: Operation, declared: DeclaredResponses
) -> _Act:
    """An action: it returns the record if the document says so, and otherwise what it declares."""
    name, key = resource.name, key_reader(contract, resource, operation)
    media = next(iter(operation.success.content.values()), None)
    envelope = resource.response(operation.id)
    write = record_writer(operation, None, envelope)
    schema = envelope.schema or (media.schema if media else None)
    shows_record = schema is not None and schema.pointer == resource.record.pointer

    def act(state: State, values: Values) -> HttpResponse:
        sent = values.body if isinstance(values.body, dict) else {}
        stored = state[name].act(key(state, values), action, sent)
        return write(stored) if shows_record else declared.success(values.headers.get("accept"))

    return _with_headers(act, declared) if shows_record else act


_ACTIONS: Mapping[Role, Callable[[Contract, Resource, Operation], _Act]] = {
    Role.LIST: _list,
    Role.CREATE: _create,
    Role.READ: _read,
    Role.UPDATE: _update,
    Role.REPLACE: _replace,
}
