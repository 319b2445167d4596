"""/__mock/upstream: which operations are forwarded to the service behind the mock, and its deviations."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.http.messages import Deviation
from mock_server.sessions.session import Session
from mock_server.settings.session_settings import UpstreamMode
from mock_server.upstream.modes import check_modes
from mock_server.upstream.upstream import Upstream
from openapi.json_value import JsonValue

_MODES = [mode.value for mode in UpstreamMode]
_CHANGE = compiled(
    mode={"enum": _MODES},
    modes={"type": "object", "additionalProperties": {"enum": [*_MODES, None]}},
)


def add_upstream(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of the service behind the mock. They never show its address."""

    @blueprint.get("/upstream")
    def show_upstream() -> Response:
        return json_response(_shown(_upstream(context), context.session))

    @blueprint.put("/upstream")
    def change_upstream() -> Response:
        body, upstream, session = body_of(_CHANGE), _upstream(context), context.session
        if not body:
            raise AdminError(400, "The body is empty; send mode, or modes by operationId.")
        before = {"": UpstreamMode(body["mode"])} if "mode" in body else session.settings.modes
        modes = changed_modes(context, before, body.get("modes", {}))
        session.change_settings(session.settings.with_modes(modes))
        return json_response(_shown(upstream, session))


def changed_modes(
    context: AdminContext, modes: Mapping[str, UpstreamMode], given: Mapping[str, str | None]
) -> Mapping[str, UpstreamMode]:
    """`modes` with those `given` by operationId; None removes one. Raises AdminError."""
    upstream = _upstream(context)
    changed = {name: mode for name, mode in modes.items() if name not in given}
    changed |= {name: UpstreamMode(mode) for name, mode in given.items() if mode is not None}
    try:
        check_modes(changed, context.mock.contract.operations, writes=upstream.settings.writes)
    except ValueError as error:
        raise AdminError(400, f"/modes: {error}.", [{"path": "/modes", "message": str(error)}]) from None
    return changed


def _upstream(context: AdminContext) -> Upstream:
    if context.mock.upstream is None:
        raise AdminError(404, "The mock has no upstream service; start it with --upstream URL.")
    return context.mock.upstream


def _shown(upstream: Upstream, session: Session) -> JsonValue:
    counts, learner = upstream.findings.counts, upstream.learner
    return {
        "operations": {
            name: {
                "mode": mode.value,
                "forwarded": counts[name].forwarded if name in counts else 0,
                "failed": counts[name].failed if name in counts else 0,
            }
            for name, mode in upstream.modes(session).items()
        },
        "writes": upstream.settings.writes,
        "learned": {"records": learner.learned, "leftOut": learner.left_out} if learner else None,
        "deviations": [
            {"operationId": name, **shown_deviation(one), "count": count}
            for name, one, count in upstream.findings.deviations()
        ],
        "differences": upstream.findings.differences(),
    }


def shown_deviation(deviation: Deviation) -> dict[str, JsonValue]:
    """A deviation as /__mock/ shows it."""
    facts: dict[str, JsonValue] = {
        "of": deviation.of,
        "in": deviation.location,
        "path": deviation.path,
        "message": deviation.message,
        "rests_on": deviation.rests_on,
        "claim": deviation.claim,
        "why": deviation.why,
    }
    return {name: value for name, value in facts.items() if value is not None}
