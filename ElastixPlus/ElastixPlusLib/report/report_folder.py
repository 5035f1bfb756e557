"""A report as files in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..errors import ResultWriteError
from .contents import ReportContents
from .html_report import html_report
from .tables import HELD_OUT_TABLE, LANDMARK_TABLE, STATISTICS_TABLE, STRUCTURE_TABLE, report_tables

PAGE_FILE: Final = "report.html"
TABLE_FILES: Final = (LANDMARK_TABLE, HELD_OUT_TABLE, STATISTICS_TABLE, STRUCTURE_TABLE)


def write_report_folder(contents: ReportContents, folder: Path) -> tuple[Path, ...]:
    """Write the tables, then the web page; the folder is made if only it is missing.

    :returns: the files written. A table of an earlier report that this one has no rows for is removed.
    :raises ReportPackageError: jinja2 or matplotlib is missing; the tables are there.
    :raises ResultWriteError: the folder or a file cannot be written.
    """
    written = write_tables(report_tables(contents.evidence), folder)
    write_html(contents, folder / PAGE_FILE)
    return (*written, folder / PAGE_FILE)


def write_html(contents: ReportContents, path: Path) -> None:
    """Write the report as one web page.

    :raises ReportPackageError: jinja2 or matplotlib is missing.
    :raises ResultWriteError: the file cannot be written.
    """
    page = html_report(contents)
    try:
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _not_written(path, error) from error


def write_tables(tables: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """Write tables into a folder and remove those of an earlier report that are not among them.

    A table with letters beyond ASCII begins with a byte order mark, without which Excel takes them for others; read it
    as "utf-8-sig". All others need none and have none.

    :param tables: text by file name, as of :func:`.tables.report_tables`.
    :returns: the files written.
    :raises ResultWriteError: the folder or a file cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        for name in TABLE_FILES:
            if name not in tables:
                (folder / name).unlink(missing_ok=True)
        for name, text in tables.items():
            (folder / name).write_bytes(text.encode("ascii" if text.isascii() else "utf-8-sig"))
    except OSError as error:
        raise _not_written(folder, error) from error
    return tuple(folder / name for name in tables)


def _not_written(place: Path, error: OSError) -> ResultWriteError:
    return ResultWriteError(
        f"The report could not be written to {place}: {error.strerror}.", "Choose another folder and write it again."
    )
