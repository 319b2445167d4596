"""One self-contained HTML page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contract_tests.reports import summary
from contract_tests.reports.result import Result
from contract_tests.target.printing import quoted
from openapi.wording import counted

# The only module where text from a service enters the page; everything is escaped here.
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(result: Result) -> str:
    """The page."""
    found = summary.causes(result)
    rows = summary.exercised(result)
    word, sentence = summary.verdict(result)
    return _PAGES.get_template("report.html.jinja").render(
        result=result,
        word=word,
        sentence=sentence,
        kinds={kind: [cause for cause in found if cause.kind == kind] for kind in ("broken", "refuted", "known")},
        lines={cause.name: summary.lines_of(result, cause) for cause in found},
        scripts={cause.name: summary.script_of(result, cause) for cause in found},
        tally=summary.tally(result),
        mode=summary.mode(result),
        rate=summary.observed_rate(result),
        parts=summary.PARTS,
        rows=rows,
        overall=summary.overall(rows),
        slowest=summary.slowest(result),
        without={name: summary.by_reason(result, name) for name in ("not judged", "not checked")},
        headline=summary.headline(result),
        judged_under=summary.judged_under,
        base=quoted(result.target),
        counted=counted,
    )
