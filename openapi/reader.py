"""The only reader: turns a document's bytes into a frozen Contract, or raises a SpecError with all problems."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from openapi.contract import Contract, Inference
from openapi.document.bundle import Bundle, complete, open_bundle
from openapi.document.directions import DIRECTIONS, in_direction
from openapi.document.keywords import COMPONENTS, DOCUMENT, INFO, SERVER, read_assumptions, read_documented
from openapi.document.mending import mend_schemas
from openapi.document.node import Node, Reading
from openapi.document.references import drop_broken_references
from openapi.document.upgrade import upgrade
from openapi.errors import Problem, SpecError, in_order, spec_error
from openapi.examination import examine
from openapi.extensions.conventions import read_conventions
from openapi.extensions.http_rules import read_refusals
from openapi.extensions.resources import read_resources
from openapi.inference.resources import infer_resources
from openapi.media import compiled
from openapi.model.http import Operation
from openapi.model.resource import Resource
from openapi.operations import read_operations
from openapi.overlay import Overlay, apply_overlay, read_overlay
from openapi.schemas import Schemas

_VERSION = re.compile(r"3\.[012](\.[0-9]+.*)?")
_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, SpecError, TypeError, ValueError)
"""What a wrong inference may raise; the document is then served from its examples."""
_VARIABLE = re.compile(r"\{([^{}]*)\}")


def load(
    file: Path, overlays: Sequence[Path | Overlay] = (), allow_ref_outside: bool = False, infer: bool = True
) -> Contract:
    """The contract that `file` describes, an OpenAPI 3.0, 3.1 or 3.2 document in YAML or JSON.

    The `overlays` are applied to it in order. `Contract.warnings` are the problems that do not prevent serving.
    `allow_ref_outside` allows references to files outside the document's folder. With `infer`, resources are
    inferred if the document has no `x-resources`. Raises SpecError for the other problems, and for an overlay that
    can't be applied.
    """
    return _read(file, overlays, allow_ref_outside, infer)[0]


def bundled(file: Path, overlays: Sequence[Path | Overlay] = (), allow_ref_outside: bool = False) -> Bundle:
    """The document in one piece, unchanged except for references to other files, with the overlays applied.

    Raises SpecError.
    """
    bundle = open_bundle(file)
    complete(bundle, allow_ref_outside)
    for overlay in overlays:
        _apply(bundle, overlay)
    return bundle


def located(file: Path, pointers: Iterable[str], allow_ref_outside: bool = False) -> Mapping[str, tuple[Path, int]]:
    """The file and the line of each node of the document in `file`; of the nearest ancestor for nodes of an overlay.

    Raises SpecError.
    """
    bundle = open_bundle(file)
    complete(bundle, allow_ref_outside)
    return {pointer: bundle.locate(pointer)[:2] for pointer in pointers}


def problems(
    file: Path, overlays: Sequence[Path | Overlay] = (), allow_ref_outside: bool = False
) -> tuple[Problem, ...]:
    """All problems of `file`, errors first; none for a valid document.

    More thorough than `load`: every schema is compiled, every example and every default is checked.
    `callcamp-spec validate` prints the result.
    """
    try:
        contract, root = _read(file, overlays, allow_ref_outside, infer=False)
    except SpecError as error:
        return error.problems
    examine(root, contract)
    return in_order(root.reading.warnings)


def _read(
    file: Path, overlays: Sequence[Path | Overlay], allow_ref_outside: bool, infer: bool
) -> tuple[Contract, Node]:
    try:
        bundle = bundled(file, overlays, allow_ref_outside)
        root = Node(Reading(bundle.document, bundle.locate, bundle.main.warnings), bundle.document, "")
        return _contract(root, bundle, infer), root
    except RecursionError:
        raise SpecError(file, None, "", "is nested too deeply", "make it flatter, or split it into files") from None


def _contract(root: Node, bundle: Bundle, infer: bool) -> Contract:
    _check_frame(root)
    drop_broken_references(root, bundle.broken)
    upgrade(root)
    mend_schemas(root)
    for direction in DIRECTIONS:
        root.reading.schemas[direction] = Schemas(in_direction(root.value, direction))
    errors: list[Problem] = []
    operations = MappingProxyType({one.id: one for one in read_operations(root, errors)})
    if errors:
        # A keyword that names an unreadable operation is not at fault.
        raise spec_error(in_order([*errors, *root.reading.warnings]))
    infers = infer and "x-resources" not in root.value
    try:
        inference, resources = _infer(root, operations) if infers else (None, read_resources(root, operations))
        return Contract(
            file=bundle.main.file,
            files=tuple(bundle.sources),
            title=root["info"].text_of("title", "Untitled API"),
            version=str(root["info"].value.get("version", "0")),
            base_path=_base_path(root),
            operations=operations,
            resources=resources,
            refusals=read_refusals(root),
            conventions=read_conventions(root.get("x-http")),
            assumptions=read_assumptions(root),
            documented=read_documented(root),
            schemas=MappingProxyType({name: compiled(node) for name, node in _component_schemas(root)}),
            encoded=json.dumps(root.value, ensure_ascii=False).encode(),
            warnings=in_order(root.reading.warnings),
            inference=inference,
        )
    except SpecError as error:
        raise spec_error(in_order([*error.problems, *root.reading.warnings])) from None


def _infer(root: Node, operations: Mapping[str, Operation]) -> tuple[Inference, Mapping[str, Resource]]:
    """Write the inferred resources into the document. Inference never prevents serving a document."""
    try:
        found = infer_resources(root, operations)
        if found.resources:
            root.value["x-resources"] = copy.deepcopy(dict(found.resources))
        return found, read_resources(root, operations)
    except _MISTAKES as error:
        root.value.pop("x-resources", None)
        return Inference(undecided={"every operation": f"internal error of the inference: {error!r}"}), {}


def _apply(bundle: Bundle, overlay: Path | Overlay) -> None:
    given = overlay if isinstance(overlay, Overlay) else read_overlay(overlay)
    bundle.sources[given.source.file] = given.source
    for pointer, overlay_pointer in apply_overlay(bundle.document, given):
        for origins in (bundle.origins, bundle.broken):
            for inner in [one for one in origins if one == pointer or one.startswith(pointer + "/")]:
                del origins[inner]
        if overlay_pointer is not None:
            bundle.origins[pointer] = (given.source.file, overlay_pointer)


def _check_frame(root: Node) -> None:
    """Raise SpecError for anything but a supported OpenAPI document."""
    if "swagger" in root.value:
        advice = f"convert it to OpenAPI 3: npx swagger2openapi {root.reading.locate('')[0]} --outfile openapi.json"
        raise root["swagger"].fail(f"is OpenAPI {root.value['swagger']}, which is not supported", advice)
    version = root.mapping(required=("openapi",))["openapi"].value
    if not _VERSION.fullmatch(str(version)):
        raise root["openapi"].fail(f"is {version!r}", "write a version from 3.0 to 3.2, such as 3.1.0")
    root.object_of(DOCUMENT)
    if "info" not in root.value:
        root.warn("has no info", "add info: {title: …, version: …}")
        root.value["info"] = {"title": "Untitled API", "version": "0"}
    for name in ("title", "version"):
        if name not in root["info"].object_of(INFO).value:
            root["info"].warn(f"has no {name}", f"add {name}")
    if "components" in root.value:
        root["components"].object_of(COMPONENTS)


def _component_schemas(root: Node) -> Iterator[tuple[str, Node]]:
    components = root.get("components")
    if components:
        yield from components.fields_of("schemas")


def _base_path(root: Node) -> str:
    """The path of the first server."""
    for server in root.items_of("servers"):
        if "url" not in server.object_of(SERVER).value:
            server.warn("has no url and is ignored", "add url: https://example.org/api")
            continue
        url = _without_variables(server)
        try:
            path = urlsplit(url).path.rstrip("/")
        except ValueError:
            advice = "write one such as https://example.org/api"
            server["url"].warn(f"is {url!r}, which is not a URL, and is ignored", advice)
            continue
        return path if path.startswith("/") or not path else f"/{path.removeprefix('./')}"
    return ""


def _without_variables(server: Node) -> str:
    """The URL of a server, each variable with its default."""
    variables = server.value.get("variables") or {}
    return _VARIABLE.sub(lambda found: _default_of(server, variables, found[1]), server["url"].text())


def _default_of(server: Node, variables: Mapping[str, object], name: str) -> str:
    variable = variables.get(name)
    if isinstance(variable, dict) and "default" in variable:
        return str(variable["default"])
    server["url"].warn(f"has the variable {name} without a default", f"add variables: {{{name}: {{default: …}}}}")
    return name
