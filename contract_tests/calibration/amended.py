"""The document of a run with changes, as a contract."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openapi import Contract, load
from openapi.overlay import overlay_of

_INFO = {"title": "Differences", "version": "1"}


def amended(contract: Contract, actions: Sequence[Mapping[str, Any]]) -> Contract:
    """The contract with the actions of an overlay. Raises SpecError if that is not a valid document.

    The file of the document may have changed since the run began; the whole run uses the same document.
    """
    overlay = overlay_of({"overlay": "1.0.0", "info": _INFO, "actions": list(actions)})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "document.json")
        file.write_bytes(contract.encoded)
        return load(file, [overlay])
