"""What the demo says on the terminal: with rich where it is installed, else in plain text."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from account import Account, Errors

_TITLE = "Error at the held-out landmarks in mm"
_HEADINGS = ("", "mean", "max", "time")


def say(text: str = "") -> None:
    """Print one paragraph at once, also into a pipe."""
    print(text, flush=True)


def show_table(account: Account) -> None:
    """The four rows, the last one set off."""
    rows = [_cells(errors) for errors in account.rows]
    if find_spec("rich") is None:
        say(plain_table(rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=_TITLE, title_justify="left", title_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row, style="bold green" if row is rows[-1] else None)
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 100).print(table)


def plain_table(rows: Sequence[Sequence[str]]) -> str:
    """The same with nothing but letters."""
    lines = [_TITLE]
    for first, *others in [_HEADINGS, *rows]:
        lines.append(f"  {first:<36}" + "".join(f"{cell:>10}" for cell in others))
    return "\n".join(lines)


def command_line(program: str, options: Sequence[tuple[str, str]]) -> str:
    """A command to copy, one option a line."""
    parts = [f"{program} register", *(f"    {name} {shlex.quote(value)}" for name, value in options)]
    return " \\\n".join(parts)


def shown(path: Path) -> str:
    """A path as the user would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _cells(errors: Errors) -> tuple[str, str, str, str]:
    seconds = "" if errors.seconds is None else f"{errors.seconds:.1f} s"
    return errors.name, f"{errors.mean:.2f}", f"{errors.largest:.2f}", seconds
