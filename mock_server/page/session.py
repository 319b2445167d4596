"""The pages of a session: its network, its clock, and the list of sessions."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from mock_server.admin.blueprint import AdminContext
from mock_server.clock import rfc3339
from mock_server.page.rendering import Renderer
from mock_server.sessions.session import DEFAULT
from mock_server.settings.session_settings import PROFILES, Strictness, UpstreamMode
from openapi.json_value import JsonValue

PROFILE_WORDS: Mapping[str, str] = {
    "flaky": "late, and one in ten requests fails",
    "slow": "one to three seconds late",
    "offline": "every connection is reset",
    "rate-limited": "10 requests in 10 seconds",
}
"""A description of each profile."""

STRICTNESS_WORDS: Mapping[Strictness, str] = {
    Strictness.STRICT: "refuse it",
    Strictness.WARN: "respond, and list the violations",
    Strictness.OFF: "respond, without listing violations",
}
"""What happens to a request that breaks the document."""


MODE_WORDS: Mapping[UpstreamMode, str] = {
    UpstreamMode.MOCK: "the mock answers",
    UpstreamMode.FORWARD: "the service answers",
    UpstreamMode.COMPARE: "the service answers, and the mock is compared",
}
"""What each mode of a service behind the mock means."""


def _upstream(context: AdminContext) -> list[dict[str, JsonValue]]:
    """Each operation with its mode, its possible modes, and how many requests were forwarded."""
    upstream = context.mock.upstream
    if upstream is None:
        return []
    counts = upstream.findings.counts
    return [
        {
            "id": name,
            "mode": mode.value,
            "modes": {one.value: MODE_WORDS[one] for one in upstream.allowed_modes(name)},
            "forwarded": counts[name].forwarded if name in counts else 0,
            "failed": counts[name].failed if name in counts else 0,
        }
        for name, mode in upstream.modes(context.session).items()
    ]


def add_session_pages(blueprint: Blueprint, renderer: Renderer) -> None:
    """Add the pages of the network, the clock and the sessions."""
    context = renderer.context

    @blueprint.get("/page/network")
    def show_network() -> Response:
        behaviour = context.session.settings
        return renderer.page(
            "network.html",
            "network",
            operations=list(context.mock.contract.operations.values()),
            delays={name: str(delay) for name, delay in behaviour.delays.items()},
            behaviour=behaviour,
            profiles={name: PROFILE_WORDS.get(name, "") for name in PROFILES},
            strictness={one.value: words for one, words in STRICTNESS_WORDS.items()},
            upstream=_upstream(context),
            has_transitions=any(one.transitions for one in context.mock.contract.resources.values()),
        )

    @blueprint.get("/page/clock")
    def show_clock_page() -> Response:
        clock = context.session.clock
        return renderer.page("clock.html", "clock", now=rfc3339(clock.now()), is_frozen=clock.is_frozen)

    @blueprint.get("/page/sessions")
    def show_sessions() -> Response:
        rows = [
            {
                "name": session.name,
                "records": sum(len(collection) for collection in session.state.values()),
                "requests": len(session.journal),
                "rules": len(session.rules.all()),
            }
            for session in context.mock.sessions.all()
        ]
        return renderer.page("sessions.html", "sessions", rows=rows, default=DEFAULT)
