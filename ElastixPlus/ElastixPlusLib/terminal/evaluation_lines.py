"""What an evaluation says, on the terminal: a table, or one sentence per line where nothing can be drawn."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence

from ..accuracy.tolerance import Statement
from .progress_line import has_rich
from .streams import in_encoding

_NARROWEST = 60


def evaluation_text(statements: Sequence[Statement], stream_name: str = "stdout") -> str:
    """Every statement, as a table if the stream is a terminal.

    :param stream_name: "stdout" or "stderr", where the text will go.
    """
    stream = getattr(sys, stream_name)
    try:
        is_terminal = bool(stream.isatty())
        encoding = stream.encoding or "ascii"
    except (AttributeError, ValueError):  # there is no such stream, or it is closed
        is_terminal, encoding = False, "utf-8"
    width = shutil.get_terminal_size().columns
    as_table = is_terminal and width >= _NARROWEST and has_rich()
    text = _table(statements, width) if as_table else "".join(f"{line.text}\n" for line in statements)
    return in_encoding(printable(text), encoding)


def printable(text: str) -> str:
    r"""A text without characters that would command the terminal: names of structures come from files.

    >>> printable("liver\x1b[2J\n")
    'liver?[2J\n'
    """
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def in_words(statement: Statement) -> str:
    """What a statement says beyond its quantity and value.

    >>> in_words(Statement("Folding", "none", "within", "Folding: none, within the tolerance used (no folding)."))
    'within the tolerance used (no folding).'
    """
    rest = statement.text.removeprefix(f"{statement.quantity}: {statement.value}, ")
    return rest.removeprefix(f"{statement.quantity} ")


def _table(statements: Sequence[Statement], width: int) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title, share in (("Quantity", 3), ("Value", 2), ("In words", 4)):
        table.add_column(title, ratio=share)
    table.expand = True
    for line in statements:
        # Not as a string: brackets in names are no markup.
        table.add_row(Text(line.quantity), Text(line.value), Text(in_words(line)))
    drawn = io.StringIO()
    Console(file=drawn, width=width, color_system=None).print(table)
    return drawn.getvalue()
