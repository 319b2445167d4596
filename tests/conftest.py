"""Settings for all tests."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.public_documents import FOLDER

# Hypothesis uses the same examples in each run, without a deadline for slow machines.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

# A background job of a shell ignores SIGINT, and the processes that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_LONGEST = (
    "tests/proof/test_differing.py",
    "tests/contract_tests/runner/test_overlap.py",
    "tests/contract_tests/runner/test_documents.py",
    "tests/contract_tests/runner/test_interruption.py",
    "tests/contract_tests/runner/test_operation_probe.py",
    "tests/contract_tests/cli/test_check.py",
    "tests/proof/test_independent.py",
)
"""Files with tests of several seconds, which mostly wait for a service or for other processes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs more than `make test` does."""
    parser.addoption("--seeds", type=int, default=1, help="check each document of the tests with this many seeds  [1]")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """One worker per core for `-n auto`, plus two, since some tests wait. A variable of pytest-xdist overrides it."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 2


def pytest_collection_finish() -> None:
    """Keep the garbage collector from visiting thousands of collected tests during each test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest tests, so that at the end no worker is busy with one while the others are done."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of public OpenAPI documents, which are not part of the project."""
    if not FOLDER.is_dir():
        pytest.skip(f"there is no folder {FOLDER} with public documents; set CALLCAMP_CORPUS")
    return FOLDER
