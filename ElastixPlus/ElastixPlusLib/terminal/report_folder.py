"""A folder that holds what a reader needs to judge and repeat a run."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ResultWriteError
from ..record.record_file import write_record
from .report_files import PAGE_FILE, RECORD_FILE, RUN_FILE, evaluation_report_files, parameter_name

if TYPE_CHECKING:
    from ..evaluation.evaluation import Evaluation
    from ..evaluation.report_notes import ReportNotes
    from ..result import RegistrationResult


@contextmanager
def staged_report(folder: Path | None) -> Iterator[Path | None]:
    """A hidden folder on the disk of the report, in which it is made; it is gone afterwards, whatever happens.

    :param folder: where the report will be; None where none is wanted, then there is no staged one either.
    :raises ResultWriteError: it cannot be made.
    """
    if folder is None:
        yield None
        return
    try:
        place = tempfile.TemporaryDirectory(prefix=".elastixplus-", dir=folder if folder.is_dir() else folder.parent)
    except OSError as error:
        raise _not_written(folder, error) from error
    with place as name:
        yield Path(name)


def publish_report(staged: Path, folder: Path) -> None:
    """Move a finished report to its place; what is there under the same names is replaced, links are followed.

    Files of an earlier report that this one does not have are removed, or they would be taken for a part of it.

    :raises ResultWriteError: the folder or a file cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        finished = sorted(staged.iterdir())
        for path in evaluation_report_files(folder):
            if path.name not in {file.name for file in finished}:
                path.unlink(missing_ok=True)
        for file in finished:
            shutil.move(file, (folder / file.name).resolve())
    except OSError as error:
        raise _not_written(folder, error) from error


def write_evaluation(evaluation: Evaluation, folder: Path, notes: ReportNotes) -> tuple[str, ...]:
    """Write the web page, tables and plain data of an evaluation.

    :param notes: how it came about.
    :returns: what could not be written as a package is missing, as sentences; all else is there then.
    :raises ResultWriteError: the folder or a file cannot be written.
    """
    from ..evaluation.report_of_evaluation import report_steps
    from ..report.report_packages import ReportPackageError
    from ..steps import run_to_end

    try:
        run_to_end(report_steps(evaluation, folder, notes))
    except ReportPackageError as error:
        return (f"{error.what} {error.remedy}",)
    return ()


def write_report(result: RegistrationResult, folder: Path) -> None:
    """Write ``run.json``, the record of the run and the parameter files as elastix got them.

    The landmarks are in a table of the evaluation.

    :raises ResultWriteError: the folder or a file cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        account = json.dumps(result.as_dict(), indent=2, ensure_ascii=False)
        (folder / RUN_FILE).write_text(account + "\n", encoding="utf-8")
        for stage, (name, text) in enumerate(result.parameter_files):
            heading = f"// stage {stage}, from {name}\n" if name else ""
            (folder / parameter_name(stage)).write_text(heading + text, encoding="utf-8")
        if result.record is not None:
            write_record(result.record, folder / RECORD_FILE)
    except OSError as error:
        raise _not_written(folder, error) from error


def where_the_report_is(folder: Path) -> str:
    """What to do with a report that has been written."""
    how = f"; open {PAGE_FILE} in a browser" if (folder / PAGE_FILE).exists() else ""
    return f"The report is in {folder}{how}."


def command_line(words: Sequence[str]) -> str:
    """What one types to do the same again.

    >>> command_line(["evaluate", "--fixed", "my ct.nrrd"])
    "elastixplus evaluate --fixed 'my ct.nrrd'"
    """
    join = subprocess.list2cmdline if sys.platform == "win32" else shlex.join
    return join(["elastixplus", *words])


def _not_written(folder: Path, error: OSError) -> ResultWriteError:
    return ResultWriteError(
        f"The report could not be written to {folder}: {error.strerror}.", "Choose another folder and run again."
    )
