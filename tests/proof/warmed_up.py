"""Computes, where it is imported, what Hypothesis otherwise computes in each process.

That are its tables of characters, and the constants in the source of the modules that are loaded by now.
"""

from __future__ import annotations

from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import notice_initialization_restarted, set_hypothesis_home_dir


@settings(max_examples=1, database=None, deadline=None)
@given(st.characters(), st.characters(codec="utf-8"))
def _draw(_some: str, _encodable: str) -> None:
    pass


with TemporaryDirectory() as _folder:
    # Hypothesis would write .hypothesis to the working directory.
    set_hypothesis_home_dir(_folder)
    _draw()
set_hypothesis_home_dir(None)
# As if nothing was computed: its plugin for pytest warns of slow code that ran before it was loaded.
notice_initialization_restarted(warn=False)
