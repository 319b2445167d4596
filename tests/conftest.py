"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# A property is tried with the same examples each time, and a slow machine fails none.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

# A shell has what it starts in the background ignore SIGINT, and what tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
