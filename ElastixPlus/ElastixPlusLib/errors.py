"""The tree of errors that ElastixPlus raises.

Every error says in one sentence *what* is wrong and in one sentence what to do about it (*remedy*), and knows the
exit code that the command line ends with. Anything else that escapes the library is a defect of the library.

==============================  ====  =============================================================
error                           code  raised when
==============================  ====  =============================================================
:class:`InputError`                2  something that was given cannot be used
:class:`EngineNotFoundError`       3  there is no elastix that could be run
:class:`ElastixFailedError`        4  elastix ran and ended with an error
:class:`ResultError`               5  the result could not be imported or written
:class:`RegistrationCancelled`   130  the user stopped the run
==============================  ====  =============================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Fix:
    """A change of what was asked for that takes a cause away: one click in the panel, one option on the command line.

    :param title: what it does, for a button, such as "Start from the landmarks".
    :param changes: fields of a :class:`.request.RegistrationRequest` with their new values.
    :param option: the same for the command line, such as "--initial landmarks".
    """

    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    option: str = ""


class ElastixPlusError(Exception):
    """Anything that ElastixPlus reports to its user.

    The attribute ``fix`` is the remedy as a change of the request, where there is one.

    :param what: one sentence, with the numbers and names that matter.
    :param remedy: one sentence that starts with what to do.

    >>> error = InputError("The fixed volume is empty.", "Choose a volume with voxels.")
    >>> str(error)
    'The fixed volume is empty. Choose a volume with voxels.'
    """

    exit_code = 1
    fix: Fix | None = None

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class InputError(ElastixPlusError):
    """Something that was given cannot be used; nothing has been run."""

    exit_code = 2


class VolumeError(InputError):
    """A volume cannot be read or cannot be registered."""


class MaskError(InputError):
    """A mask cannot be read or says nothing about its volume."""


class LandmarkError(InputError):
    """Landmarks cannot be read, paired or used."""


class InitialTransformError(InputError):
    """The transform to start from cannot be read or used."""


class ParameterFileError(InputError):
    """A parameter file cannot be read, or holds something that elastix would misread in silence.

    :param path: the file, if there is one.
    :param line_number: 1-based line of the fault, if it is known.
    """

    def __init__(self, what: str, remedy: str, path: Path | None = None, line_number: int | None = None) -> None:
        super().__init__(what, remedy)
        self.path = path
        self.line_number = line_number


class PresetError(InputError):
    """A preset does not exist or is incomplete."""


class RecordError(InputError):
    """The record of a run cannot be read, or does not fit what it is used with."""


class OutputPlaceError(InputError):
    """A result could not be written where it is wanted; found before the run."""


class EngineNotFoundError(ElastixPlusError):
    """There is no elastix that could be run.

    :param tried: the places looked at, in order, for the message's reader.
    """

    exit_code = 3

    def __init__(self, what: str, remedy: str, tried: tuple[str, ...] = ()) -> None:
        super().__init__(what, remedy)
        self.tried = tried


class ElastixFailedError(ElastixPlusError):
    """Elastix ran and ended with an error.

    :param exit_status: what the process returned; negative for a signal on POSIX, None if it never started.
    :param log_path: all that elastix printed; its parent is the run folder, which is kept.
    :param last_lines: the last meaningful lines of the log.
    """

    exit_code = 4

    def __init__(
        self,
        what: str,
        remedy: str,
        exit_status: int | None = None,
        log_path: Path | None = None,
        last_lines: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, remedy)
        self.exit_status = exit_status
        self.log_path = log_path
        self.last_lines = last_lines


class ResultError(ElastixPlusError):
    """Elastix succeeded, but its result could not be imported or written.

    The attribute ``run_folder`` is the folder of the run, if it was kept.
    """

    exit_code = 5
    run_folder: Path | None = None


class TransformImportError(ResultError):
    """A transform that elastix wrote cannot be expressed faithfully as a MRML transform."""


class ResultWriteError(ResultError):
    """A result could not be written to its file."""


class RegistrationCancelled(ElastixPlusError):
    """The user stopped the run; the scene and the output places are as they were."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("The registration was cancelled.", "Start it again when you are ready.")
