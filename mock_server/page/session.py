"""The pages of a session: its network, its clock, and the sessions that there are."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from mock_server.clock import rfc3339
from mock_server.page.rendering import Renderer
from mock_server.sessions.session import DEFAULT
from mock_server.settings.session_settings import PROFILES, Strictness

PROFILE_WORDS: Mapping[str, str] = {
    "flaky": "late, and one in ten requests fails",
    "slow": "one to three seconds late",
    "offline": "every connection is reset",
    "rate-limited": "10 requests in 10 seconds",
}
"""What each profile is like."""

STRICTNESS_WORDS: Mapping[Strictness, str] = {
    Strictness.STRICT: "refuse it",
    Strictness.WARN: "answer, and say what was wrong",
    Strictness.OFF: "answer, and say nothing",
}
"""What becomes of a request that breaks the document."""


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
