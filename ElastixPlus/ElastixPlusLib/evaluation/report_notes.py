"""What a report says beside what was measured: how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import RecordError
from ..record.methods_text import methods_as_text
from ..request import RegistrationRequest
from .settings import settings_in_words

if TYPE_CHECKING:
    from ..result import RegistrationResult

NamedText = tuple[str, str]


@dataclass(frozen=True)
class ReportNotes:
    """How the result of an evaluation came about.

    :param settings: name and value of what was chosen.
    :param parameter_files: name and text, as elastix got them.
    :param commands: command lines that repeat it.
    :param versions: name and version of what was used besides this library, such as elastix.
    :param warnings: what the reader should know besides the warnings of the evaluation.
    :param methods: text for the methods section of a paper, with its references; empty for none.
    """

    settings: tuple[NamedText, ...] = ()
    parameter_files: tuple[NamedText, ...] = ()
    commands: tuple[str, ...] = ()
    versions: tuple[NamedText, ...] = ()
    warnings: tuple[str, ...] = ()
    methods: str = ""


NO_NOTES: Final = ReportNotes()


def notes_of_registration(
    request: RegistrationRequest, result: RegistrationResult, commands: tuple[str, ...] = ()
) -> ReportNotes:
    """What a report of the result of a registration has to say of the run that made it."""
    engine = result.engine
    return ReportNotes(
        settings=settings_in_words(request),
        parameter_files=result.parameter_files,
        commands=commands,
        versions=((engine.name, engine.version),) if engine.version else (),
        warnings=result.warnings,
        methods=_methods(result),
    )


def _methods(result: RegistrationResult) -> str:
    try:
        return methods_as_text(result.record) if result.record is not None else ""
    except RecordError:  # the report is worth writing without it
        return ""
