"""Write an evaluation as files that anyone can open."""

from __future__ import annotations

import json
import platform
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import vtk

from ..errors import ResultWriteError
from ..report.contents import ReportContents
from ..report.report_folder import write_report_folder
from ..steps import Steps, in_background
from ..version import __version__
from .evaluation import Evaluation
from .report_notes import NO_NOTES, NamedText, ReportNotes

EVALUATION_FILE: Final = "evaluation.json"
_PACKAGES = ("slicer-core", "SimpleITK", "numpy", "scipy", "itk-elastix")


def report_steps(evaluation: Evaluation, folder: Path, notes: ReportNotes = NO_NOTES) -> Steps[tuple[Path, ...]]:
    """Write a web page, tables and plain data into a folder, without holding up who waits for it.

    :param folder: made if it does not exist; what is in it under the same names is replaced.
    :param notes: how the result came about.
    :returns: the files written, the web page last.
    :raises ResultWriteError: something could not be written. Where only the web page cannot be made, as the packages
        for it are missing, all else is there.
    """
    contents = report_contents(evaluation, notes)

    def write() -> tuple[Path, ...]:
        account = json.dumps(evaluation.as_dict(), indent=2, ensure_ascii=False) + "\n"
        try:
            folder.mkdir(exist_ok=True)
            (folder / EVALUATION_FILE).write_text(account, encoding="utf-8")
        except OSError as error:
            raise ResultWriteError(
                f"The report could not be written to {folder}: {error.strerror}.", "Choose another folder."
            ) from error
        return (folder / EVALUATION_FILE, *write_report_folder(contents, folder))

    return (yield from in_background(write))


def report_contents(evaluation: Evaluation, notes: ReportNotes = NO_NOTES) -> ReportContents:
    """What the report of an evaluation shows."""
    return ReportContents(
        fixed_name=evaluation.fixed_name,
        moving_name=evaluation.moving_name,
        transform_name=evaluation.transform_name,
        evidence=evaluation.evidence,
        created=datetime.now().astimezone(),
        pictures=evaluation.pictures,
        slice_reason=evaluation.slice_reason,
        settings=notes.settings,
        parameter_files=notes.parameter_files,
        commands=notes.commands,
        versions=(*notes.versions, *versions_in_use()),
        warnings=(*notes.warnings, *evaluation.warnings),
        methods=notes.methods,
    )


def versions_in_use() -> tuple[NamedText, ...]:
    """What this runs on, without anything that names the machine or its user."""
    found = [("ElastixPlus", __version__)]
    for package in _PACKAGES:
        try:
            found.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            continue
    system = f"{platform.system()} {platform.machine()}"
    python = ".".join(str(number) for number in sys.version_info[:3])
    return (*found, ("VTK", vtk.vtkVersion.GetVTKVersion()), ("Python", python), ("System", system))
