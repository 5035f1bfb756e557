"""What the report of a result says of the run that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ElastixPlusLib.evaluation.settings import settings_in_words

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest, RegistrationResult


def notes_of_run(request: RegistrationRequest, result: RegistrationResult) -> dict[str, Any]:
    """The optional arguments of ``report_steps`` that a run fills in."""
    engine = result.engine
    return {
        "settings": settings_in_words(request),
        "parameter_files": result.parameter_files,
        "versions": () if engine.name == "none" else ((engine.name, engine.version),),
        "warnings": result.warnings,
    }
