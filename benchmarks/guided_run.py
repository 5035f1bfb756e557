"""Run a case as a user does who knows of no guidance, and as one who is guided."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hard_case import HardCase

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import ElastixPlusError, InputError
from ElastixPlusLib.preflight import preflight, with_offered_fixes

ASTRAY_MM = 5.0
GOOD_VOXELS = 1.5


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    :param error_mm: mean distance from the truth; None if there is no result.
    :param refusal: why it was refused before elastix was started.
    :param failure: why it failed after that.
    :param fixes: the titles of what the check offered and was applied.
    :param seconds: of all of it.
    """

    error_mm: float | None
    seconds: float
    refusal: str = ""
    failure: str = ""
    fixes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Why there is no result."""
        return self.refusal or self.failure

    @property
    def went_wrong(self) -> bool:
        """Whether a user was left without a usable result."""
        return self.error_mm is None or self.error_mm > ASTRAY_MM


def plain_run(case: HardCase, threads: int) -> Outcome:
    """What a user gets who has no guidance: from where the volumes lie, with all of both, whatever the check says."""
    initial = "none" if case.plain.initial == "auto" else case.plain.initial
    request = replace(case.plain, initial=initial, crop="none", despite_findings=True, threads=threads)
    return _registered(case, request, time.perf_counter(), ())


def guided_run(case: HardCase, threads: int, rounds: int = 3, preset: str | None = None) -> Outcome:
    """What a user gets who gives what is asked for and applies every fix that the check offers.

    :param rounds: how often the check is made; a fix may bring up something else.
    :param preset: another one than the user has chosen.
    """
    started = time.perf_counter()
    request = replace(case.plain, threads=threads, **case.more)
    if preset is not None:
        request = replace(request, preset=preset)
    request, made = with_offered_fixes(request, rounds)
    fixes = [fix.title for fix in made]
    errors = [finding.sentence for finding in preflight(request).findings if finding.severity == "error"]
    if errors:  # the first one is the reason that a user is given
        return Outcome(None, time.perf_counter() - started, refusal=errors[0], fixes=tuple(fixes))
    return _registered(case, request, started, fixes)


def succeeded(case: HardCase, outcome: Outcome) -> bool:
    """Whether guidance has done what is expected of it."""
    if case.expectation == "refused":
        return case.refusal in outcome.refusal
    return outcome.error_mm is not None and outcome.error_mm < GOOD_VOXELS * case.voxel_mm


def _registered(case: HardCase, request: RegistrationRequest, started: float, fixes: Sequence[str]) -> Outcome:
    try:
        result = register(request)
    except InputError as error:
        return Outcome(None, time.perf_counter() - started, refusal=str(error), fixes=tuple(fixes))
    except ElastixPlusError as error:
        return Outcome(None, time.perf_counter() - started, failure=str(error), fixes=tuple(fixes))
    seconds = time.perf_counter() - started
    return Outcome(case.error_mm(result.transform), seconds, fixes=tuple(fixes))
