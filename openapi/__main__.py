"""`python -m openapi` is the command `callcamp-spec`."""

from __future__ import annotations

import sys

from openapi.cli.command import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
