"""Services that differ as backends in one framework usually do."""

from __future__ import annotations

from tests.proof.differing.table import composite

composite(
    "express",
    "Express, with handlers written by hand",
    *("framework-404-is-html", "errors-with-error", "created-is-200", "no-location", "media-type-is-400"),
    *("unknown-fields-ignored", "paging-lenient", "unknown-value-finds-nothing", "conflict-is-400", "options-is-200"),
)
composite(
    "nestjs",
    "NestJS, with a validation pipe",
    *("errors-with-status-code", "no-location", "method-is-404", "no-allow", "malformed-key-is-400"),
    *("media-type-is-400", "empty-parameter-ignored", "unknown-fields-ignored", "nulls-left-out"),
)
composite(
    "fastapi",
    "FastAPI, with Pydantic models",
    *("errors-with-detail-list", "invalid-is-422", "media-type-is-422", "malformed-key-is-422", "no-location"),
    *("head-is-405", "unknown-fields-ignored", "last-of-repeated", "times-with-offset"),
)
composite(
    "spring",
    "Spring Boot, with bean validation",
    *("errors-with-timestamp", "no-location", "malformed-key-is-400", "unknown-fields-ignored"),
    *("null-is-absent", "options-is-200", "first-of-repeated", "paging-defaults"),
)
composite(
    "rails",
    "Rails, with strong parameters",
    *("errors-by-field", "invalid-is-422", "conflict-is-422", "method-is-404", "no-allow", "unknown-fields-ignored"),
    *("paging-clamped", "last-of-repeated", "text-is-trimmed", "second-delete-succeeds"),
)
composite(
    "laravel",
    "Laravel, with form requests",
    *("errors-with-errors-by-field", "invalid-is-422", "conflict-is-422", "unknown-fields-ignored"),
    *("text-is-trimmed", "empty-parameter-ignored", "times-with-offset", "no-location"),
)
composite(
    "django-rest-framework",
    "Django REST framework, with model serializers",
    *("errors-by-field", "conflict-is-400", "unknown-fields-ignored", "no-location", "options-is-200"),
    *("text-is-trimmed", "unknown-value-ignored", "page-past-end-refused"),
)
composite(
    "go-net-http",
    "Go with net/http and encoding/json",
    *("errors-with-error", "method-is-404", "no-allow", "no-location", "created-is-200", "unknown-fields-ignored"),
    *("null-is-absent", "times-in-seconds", "paging-lenient", "media-type-is-400", "first-of-repeated"),
)
