"""Settings for all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# Hypothesis uses the same examples in each run, without a deadline for slow machines.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

# A background job of a shell ignores SIGINT, and the processes that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
