"""Draws the README's console examples as a picture: `python -m tests.readme_picture` writes docs/terminal.svg.

The tests run those examples and compare what they print, so the picture shows what the commands print, too.
"""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.test_readme import README, STEPS, Step

PICTURE = README.parent / "docs" / "terminal.svg"
_WIDTH = 118
_SHOWN = ("make mock", "+12025550143", "nmae", "callcamp-check")
"""A word of each command in the picture."""
# Only local fonts: a picture that loads one from another host is empty behind a firewall.
_SVG = """\
<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  line-height: {line_height}px;
  font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """The picture, as SVG."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    for step in STEPS:
        if any(word in step.command for word in _SHOWN):
            console.print(_styled(step), soft_wrap=False)
    return console.export_svg(title="callcamp", code_format=_SVG, unique_id="terminal")


def _styled(step: Step) -> Text:
    command = Text.assemble(("$ ", "bold green"), (step.command, "bold"), "\n")
    printed = Text(step.printed, style="bright_black" if step.command == "make mock" else "")
    printed.highlight_words(["listening on", "The contract holds."], style="bold bright_green")
    return command + printed


def main(to: Path = PICTURE) -> None:
    """Write the picture."""
    to.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
