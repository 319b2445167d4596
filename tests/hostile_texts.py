"""Strings that attack a reader, a terminal, a shell, a CI job or a program: one set, for every writer."""

from __future__ import annotations

from fixtures import edge_texts

MARK = "BROKEN_OUT"
"""In every text; where it is not data, a text has broken out."""

HOSTILE_TEXTS: tuple[str, ...] = (
    *(f"{text}{MARK}" for text in edge_texts().values()),
    # Terminals.
    f"\x1b]0;title\x07{MARK}",
    f"\x1b[2J\x1b[31m{MARK}\x1b]0;title\x07",
    f"\x9b31m{MARK}",
    f"a\rb\nc\u2028{MARK}",
    f"\u2028{MARK}\u2029{MARK}\x85{MARK}\x0b{MARK}",
    f"\u202eright to left{MARK}",
    f"\x00\x08\x7f\uffff{MARK}",
    # CI jobs and HTTP.
    f"::error title=x::{MARK}",
    f"  ::stop-commands::{MARK}",
    f"\n::add-mask::{MARK}",
    f"##[set-env name=PATH]{MARK}",
    f"\r\n\r\n{MARK}: header",
    # Pages and markup.
    f"</code></pre><script>alert(1)</script>{MARK}",
    f"</script><script>{MARK}</script>",
    f"<img src=x onerror=alert(1)>{MARK}",
    f"{{{{ 7*7 }}}}{{% raw %}}{MARK}",
    f"]]><x/>&amp;&#0;{MARK}",
    f"```\n# {MARK}\n```",
    f"| cell | [{MARK}](javascript:alert(1))",
    # Programs, queries, spreadsheets and shells.
    f"*/ {MARK}; /*",
    f"// {MARK}\n{MARK};",
    f'""" + {MARK} + """',
    f"'''\n{MARK}\n'''",
    f'"; {MARK}; "',
    f"${{{MARK}}}`${{{MARK}}}",
    f"\\\n{MARK}\\",
    f"'); {MARK}; --",
    f"{{{MARK}}} {{{{ {MARK} }}}} %({MARK})s",
    f"=cmd|' /C {MARK}'!A0",
    f"@{MARK}",
    f"+{MARK}()",
    f"-{MARK}",
    f"$(touch {MARK})`touch {MARK}`",
    f"!!python/object/apply:os.system [{MARK}]",
    f"? {MARK}\n: {MARK}\n---\n{MARK}",
    f"#{MARK}",
)
