"""The plan of the folders, where the layers in pyproject.toml cannot state it; `make lint` checks those."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("openapi", "mock_server", "contract_tests", "fixtures")
TARGET = "contract_tests/target/target.py"


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_modules_import_each_other_in_a_circle() -> None:
    """No chain of imports leads back to its start, imports for type checking included."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other: {', '.join(error.args[1])}")


def test_each_folder_says_what_it_is_for_and_who_may_import_it() -> None:
    """The docstring of a folder's `__init__.py` states its purpose and names the modules that may import it."""
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).glob("*/**/*.py")}
    docstrings = {str(path.relative_to(ROOT)): ast.get_docstring(_tree(path / "__init__.py")) for path in folders}
    assert [name for name, text in sorted(docstrings.items()) if "import" not in (text or "")] == []


def test_only_the_target_names_the_mock() -> None:
    """The check starts the mock as a process, in one module; no other string of its code names the mock's package."""
    naming = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "contract_tests").rglob("*.py")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("mock_server")
    }
    assert naming == {TARGET}
