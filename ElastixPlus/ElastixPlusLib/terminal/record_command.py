"""``elastixplus record``: what the record of a run says, and what can be made from it."""

from __future__ import annotations

import argparse
import io
import shlex
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, OutputPlaceError, RecordError, ResultWriteError
from ..record.bibtex import references_as_bibtex
from ..record.methods_text import methods_as_text, methods_text
from ..record.record_file import read_record
from ..record.record_json import record_text
from ..record.record_words import Section, record_rows
from ..record.run_record import RunRecord
from .evaluation_lines import printable
from .interrupts import Interrupts
from .output_places import check_folder
from .progress_line import has_rich
from .report_files import parameter_name
from .streams import put_out, say

_NARROWEST, _WIDEST = 60, 120
_NAME_WIDTH = 30


def run_record(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command; see :func:`.record_arguments.add_record` for the options.

    :raises ElastixPlusError: with the exit code of the command.
    """
    if options.json and (options.methods or options.bibtex):
        raise InputError(
            "The record as JSON cannot be mixed with other texts.", "Leave out --json, or --methods and --bibtex."
        )
    record = read_record(options.record)
    texts = _texts(options, record)
    if options.parameters is not None:
        say(_write_parameters(record, options.parameters))
    elif not texts:
        texts = [_sections_text(record_rows(record))]
    if texts:
        put_out("\n".join(texts))
    return 0


def _texts(options: argparse.Namespace, record: RunRecord) -> list[str]:
    texts = [record_text(record)] if options.json else []
    if options.methods:
        texts.append(printable(methods_as_text(record)))
    if options.bibtex:
        texts.append(printable(references_as_bibtex(methods_text(record).references)))
    return texts


def _write_parameters(record: RunRecord, folder: Path) -> str:
    """Write the parameter files to the letter, under names that the record has no part in.

    :returns: what can be done with them.
    :raises OutputPlaceError: there is something, or nothing can be made there.
    """
    if not record.parameter_files:
        raise RecordError("The record holds no parameter files: the landmarks alone made the transform.", "Repeat it.")
    if folder.exists() or folder.is_symlink():
        raise OutputPlaceError(f"There already is something at {folder}.", "Give the name of a new folder.")
    check_folder(folder.resolve().parent, "parameter files")
    places = [folder / parameter_name(stage) for stage in range(len(record.parameter_files))]
    try:
        contents = [one.text.encode("utf-8") for one in record.parameter_files]
    except UnicodeEncodeError as error:
        raise RecordError(
            "A parameter file in the record holds letters that no file can hold.", "Choose another record."
        ) from error
    try:
        folder.mkdir()
        for place, content in zip(places, contents, strict=True):
            with place.open("xb") as file:
                file.write(content)
    except OSError as error:
        raise ResultWriteError(
            f"The parameter files could not be written to {folder}: {error.strerror}.", "Choose another folder."
        ) from error
    names = shlex.join(str(place) for place in places)
    pull = ""
    if any(one.role == "drive" for one in record.landmarks):
        pull = " The weight of the landmarks is in them: leave out --landmark-weight."
    return f"The parameter files are in {folder}: `register --parameters {names}` takes them.{pull}"


def _sections_text(sections: Sequence[Section]) -> str:
    return printable(_drawn(sections) if _is_wide_terminal() else _lines(sections))


def _lines(sections: Sequence[Section]) -> str:
    """One line per row, for files and other programs."""
    parts = []
    for section in sections:
        rows = [f"  {name}: {value}" for name, value in section.rows]
        parts.append("\n".join([section.title, *rows]) + "\n")
    return "\n".join(parts)


def _drawn(sections: Sequence[Section]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = min(shutil.get_terminal_size().columns, _WIDEST)
    drawn = io.StringIO()
    console = Console(file=drawn, width=width, color_system=None)
    for section in sections:
        # Not as strings: brackets in names are no markup.
        console.print(Text(section.title))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(min_width=_NAME_WIDTH, max_width=_NAME_WIDTH)
        table.add_column(ratio=1, overflow="fold")
        for name, value in section.rows:
            table.add_row(Text(textwrap.indent(name, "  ")), Text(value))
        console.print(table)
        console.print()
    return drawn.getvalue()


def _is_wide_terminal() -> bool:
    try:
        is_terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):  # there is no standard output, or it is closed
        return False
    return is_terminal and shutil.get_terminal_size().columns >= _NARROWEST and has_rich()
