"""The rules of the folders beyond the layers in pyproject.toml, which `make lint` checks."""

from __future__ import annotations

import ast
import re
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("openapi", "mock_server", "contract_tests", "fixtures")
TARGET = "contract_tests/target/target.py"


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_there_are_no_import_cycles() -> None:
    """No chain of imports leads back to its start, imports for type checking included."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other: {', '.join(error.args[1])}")


def test_each_folder_states_its_purpose_and_importers() -> None:
    """The docstring of a folder's `__init__.py` states its purpose and names all that import it but its package."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    wrong: list[str] = []
    for folder in sorted({path.parent for package in PACKAGES for path in (ROOT / package).glob("*/**/*.py")}):
        name = ".".join(folder.relative_to(ROOT).parts)
        text = ast.get_docstring(_tree(folder / "__init__.py")) or ""
        sentences = re.split(r"[.;]\s+", text)
        permission = next((one for one in sentences if re.search(r" imports? (it|this one)\b", one)), "")
        named = re.findall(r"`([a-z_.]+)`", permission)
        allowed = [one for module in named for one in (_from(module) if " above" in permission else [module])]
        if not named and not permission.startswith("Everything "):
            wrong.append(f"{name} does not say who may import it")
        inside = [name, *graph.find_descendants(name)]
        importers = {one for module in inside for one in graph.find_modules_that_directly_import(module)} - set(inside)
        importers.discard(name.partition(".")[0])
        strangers = {one for one in importers if named and not any(f"{one}.".startswith(f"{ok}.") for ok in allowed)}
        wrong += [f"{name} does not name {one}, which imports it" for one in sorted(strangers)]
    assert wrong == []


def _layers(package: str) -> list[list[str]]:
    """The folders and modules of a package, the highest layer first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one.get("containers") == [package])
    return [layer.split(" | ") for layer in layers]


def _from(module: str) -> list[str]:
    """A folder and those above it: in the layers of its package, and the other packages."""
    package, _, folder = module.partition(".")
    layers = _layers(package)
    last = next(index for index, layer in enumerate(layers) if folder in layer)
    above = [f"{package}.{one}" for layer in layers[: last + 1] for one in layer]
    return [*above, *(one for one in PACKAGES if one != package)]


def test_contributing_lists_the_folders_in_layer_order() -> None:
    """CONTRIBUTING.md lists the folders of each package from the highest layer to the lowest."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for package in PACKAGES:
        listed = re.findall(r"^  (\w+)/", text.partition(f"\n{package}/ ")[2].partition("\n\n")[0], re.MULTILINE)
        layers = [[one for one in layer if (ROOT / package / one).is_dir()] for layer in _layers(package)]
        assert sorted(listed) == sorted(one for layer in layers for one in layer)
        heights = [next(index for index, layer in enumerate(layers) if one in layer) for one in listed]
        assert heights == sorted(heights), f"the order of {listed}"


def test_only_the_target_module_names_the_mock() -> None:
    """The check starts the mock as a process, in one module; no other string of its code names the mock's package."""
    naming = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "contract_tests").rglob("*.py")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("mock_server")
    }
    assert naming == {TARGET}
