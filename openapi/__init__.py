"""The contract: a hand-written OpenAPI document, and its one reader."""

from __future__ import annotations

from pathlib import Path

from openapi.contract import (
    Action,
    Assumption,
    Condition,
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
    OnDelete,
    Operation,
    Order,
    Paging,
    Parameter,
    Reference,
    Refusal,
    Refusals,
    RequestBody,
    Resource,
    Response,
    Role,
    Search,
    SecurityScheme,
    ServerMade,
    Transition,
    Unique,
)
from openapi.errors import Problem, Severity, SpecError
from openapi.reader import load, located, problems
from openapi.schemas import Schema
from openapi.violations import SchemaViolation

PHONES: Path = Path(__file__).with_name("phones.yaml")
"""The contract of the phone API."""

__all__ = [
    "PHONES",
    "Action",
    "Assumption",
    "Condition",
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
    "OnDelete",
    "Operation",
    "Order",
    "Paging",
    "Parameter",
    "Problem",
    "Reference",
    "Refusal",
    "Refusals",
    "RequestBody",
    "Resource",
    "Response",
    "Role",
    "Schema",
    "SchemaViolation",
    "Search",
    "SecurityScheme",
    "ServerMade",
    "Severity",
    "SpecError",
    "Transition",
    "Unique",
    "load",
    "located",
    "problems",
]
