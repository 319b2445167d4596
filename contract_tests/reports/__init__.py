"""Renders the result of a run. To add a format, write a function from a Result to text and add it to `FORMATS`.

`contract_tests.runner` and the folders above it may import it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from contract_tests.reports.github import github
from contract_tests.reports.html import html
from contract_tests.reports.json_report import as_json
from contract_tests.reports.junit import junit
from contract_tests.reports.markdown import markdown
from contract_tests.reports.result import Outcome, PropertyRun, Question, Result, StoredDifference
from contract_tests.reports.scripts import write_scripts
from contract_tests.reports.summary import NOT_APPLICABLE
from contract_tests.reports.text import for_stream, text

__all__ = [
    "FORMATS",
    "NOT_APPLICABLE",
    "Outcome",
    "PropertyRun",
    "Question",
    "Result",
    "StoredDifference",
    "for_stream",
    "write_scripts",
]

FORMATS: Mapping[str, Callable[[Result], str]] = MappingProxyType(
    {"text": text, "json": as_json, "junit": junit, "markdown": markdown, "github": github, "html": html}
)
"""The writers by the name of their format."""
