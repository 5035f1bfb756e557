"""Write an evaluation as files that anyone can open."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
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

NamedText = tuple[str, str]

EVALUATION_FILE: Final = "evaluation.json"
_PACKAGES = ("slicer-core", "SimpleITK", "numpy", "scipy", "itk-elastix")


def report_steps(
    evaluation: Evaluation,
    folder: Path,
    settings: Sequence[NamedText] = (),
    parameter_files: Sequence[NamedText] = (),
    commands: Sequence[str] = (),
    versions: Sequence[NamedText] = (),
    warnings: Sequence[str] = (),
) -> Steps[tuple[Path, ...]]:
    """Write a web page, tables and plain data into a folder, without holding up who waits for it.

    :param folder: made if it does not exist; what is in it under the same names is replaced.
    :param settings: name and value of what was chosen.
    :param parameter_files: name and text, as elastix got them.
    :param commands: command lines that repeat it.
    :param versions: name and version of what else was used, such as elastix.
    :param warnings: what else the reader should know.
    :returns: the files written, the web page last.
    :raises ResultWriteError: something could not be written. Where only the web page cannot be made, as the packages
        for it are missing, all else is there.
    """
    contents = report_contents(evaluation, settings, parameter_files, commands, versions, warnings)

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


def report_contents(
    evaluation: Evaluation,
    settings: Sequence[NamedText] = (),
    parameter_files: Sequence[NamedText] = (),
    commands: Sequence[str] = (),
    versions: Sequence[NamedText] = (),
    warnings: Sequence[str] = (),
) -> ReportContents:
    """What the report of an evaluation shows; the parameters are those of :func:`report_steps`."""
    return ReportContents(
        fixed_name=evaluation.fixed_name,
        moving_name=evaluation.moving_name,
        transform_name=evaluation.transform_name,
        evidence=evaluation.evidence,
        created=datetime.now().astimezone(),
        pictures=evaluation.pictures,
        slice_reason=evaluation.slice_reason,
        settings=tuple(settings),
        parameter_files=tuple(parameter_files),
        commands=tuple(commands),
        versions=(*versions, *versions_in_use()),
        warnings=(*warnings, *evaluation.warnings),
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
