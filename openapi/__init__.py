"""The contract: a hand-written OpenAPI document, and its one reader."""

from __future__ import annotations

from pathlib import Path

from openapi.contract import Assumption, Contract
from openapi.errors import Problem, Severity, SpecError
from openapi.json_value import JsonValue
from openapi.model.fields import (
    ConditionalInitialValue,
    Country,
    FieldRule,
    InitialValue,
    Magic,
    ServerMade,
    Transition,
    Unique,
)
from openapi.model.http import Example, Header, MediaType, Operation, Parameter, RequestBody, Response, SecurityScheme
from openapi.model.links import Condition, OnDelete, RecordAction, Reference, Referrers
from openapi.model.lists import (
    BulkCreate,
    Criterion,
    CursorPaging,
    Filter,
    Listing,
    ListResponse,
    Order,
    Paging,
    Search,
    Sort,
    SortTerm,
)
from openapi.model.refusals import Refusal, Refusals
from openapi.model.resource import Resource, Role
from openapi.reader import load, located, problems
from openapi.schemas import Schema
from openapi.violations import SchemaViolation

PHONES: Path = Path(__file__).with_name("phones.yaml")
"""The contract of the phone API."""

__all__ = [
    "PHONES",
    "Assumption",
    "BulkCreate",
    "Condition",
    "ConditionalInitialValue",
    "Contract",
    "Country",
    "Criterion",
    "CursorPaging",
    "Example",
    "FieldRule",
    "Filter",
    "Header",
    "InitialValue",
    "JsonValue",
    "ListResponse",
    "Listing",
    "Magic",
    "MediaType",
    "OnDelete",
    "Operation",
    "Order",
    "Paging",
    "Parameter",
    "Problem",
    "RecordAction",
    "Reference",
    "Referrers",
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
    "Sort",
    "SortTerm",
    "SpecError",
    "Transition",
    "Unique",
    "load",
    "located",
    "problems",
]
