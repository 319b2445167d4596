"""The contract: a hand-written OpenAPI document, and its one reader."""

from __future__ import annotations

from pathlib import Path

from openapi.contract import (
    Assumption,
    ConditionalInitialValue,
    Contract,
    Country,
    Example,
    FieldRule,
    Filter,
    Header,
    InitialValue,
    JsonValue,
    ListAnswer,
    Listing,
    Magic,
    MediaType,
    Operation,
    Order,
    Paging,
    Parameter,
    Refusal,
    Refusals,
    RequestBody,
    Resource,
    Response,
    Role,
    Search,
    ServerMade,
    Transition,
    Unique,
)
from openapi.errors import SpecError
from openapi.reader import load
from openapi.schemas import Schema
from openapi.violations import SchemaViolation

PHONES: Path = Path(__file__).with_name("phones.yaml")
"""The contract of the phone API."""

__all__ = [
    "PHONES",
    "Assumption",
    "ConditionalInitialValue",
    "Contract",
    "Country",
    "Example",
    "FieldRule",
    "Filter",
    "Header",
    "InitialValue",
    "JsonValue",
    "ListAnswer",
    "Listing",
    "Magic",
    "MediaType",
    "Operation",
    "Order",
    "Paging",
    "Parameter",
    "Refusal",
    "Refusals",
    "RequestBody",
    "Resource",
    "Response",
    "Role",
    "Schema",
    "SchemaViolation",
    "Search",
    "ServerMade",
    "SpecError",
    "Transition",
    "Unique",
    "load",
]
