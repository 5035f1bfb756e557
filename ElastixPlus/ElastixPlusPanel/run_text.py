"""What the panel says about a run, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from ElastixPlusLib.errors import ElastixPlusError

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationResult
    from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport, PairError
    from ElastixPlusLib.elastix.progress import ProgressEvent

_MINUTE = 90  # seconds from which on minutes are easier to read


def progress_text(event: ProgressEvent) -> str:
    """Where a run is and how long it will take."""
    where = _("Stage {stage} of {stages}").format(stage=event.stage, stages=event.stage_count)
    if event.resolution:
        where += ", " + _("resolution {resolution} of {resolutions}").format(
            resolution=event.resolution, resolutions=event.resolution_count
        )
    return where if event.seconds_left is None else f"{where}, {time_left_text(event.seconds_left)}"


def time_left_text(seconds: float) -> str:
    """A time that is only an estimate, said as one."""
    if seconds >= _MINUTE:
        return _("about {minutes} min left").format(minutes=round(seconds / 60))
    return _("about {seconds} s left").format(seconds=max(round(seconds), 1))


def result_text(result: RegistrationResult, said_elsewhere: Collection[str] = ()) -> str:
    """The outcome in a few lines: distances of check and driving landmarks, time, and what to know about it.

    :param said_elsewhere: warnings that are shown otherwise.
    """
    lines = [
        text
        for role, name in (("check", _("Check landmarks")), ("drive", _("Driving landmarks")))
        if (text := _distances(result.landmarks, role, name))
    ]
    lines.append(_done_text(result))
    return "\n".join([*lines, *(warning for warning in result.warnings if warning not in said_elsewhere)])


def error_text(error: Exception) -> str:
    """Cause and remedy, on a line each."""
    if isinstance(error, ElastixPlusError):
        return f"{error.what}\n{error.remedy}"
    return _("Something went wrong that was not foreseen: {error}").format(error=f"{type(error).__name__}: {error}")


def _done_text(result: RegistrationResult) -> str:
    engine, seconds = result.engine, result.seconds.total
    if engine.name == "none":
        return _("Fit of the landmarks, done in {seconds:.1f} s.").format(seconds=seconds)
    return _("Done in {seconds:.0f} s with {engine} {version}.").format(
        seconds=seconds, engine=engine.name, version=engine.version
    )


def _distances(report: LandmarkReport, role: str, name: str) -> str:
    pairs = [pair for pair in report.pairs if pair.role == role]
    summary = report.summary(role)
    if summary.before_mm is None or summary.after_mm is None:
        return ""
    text = _("{name}: {before:.1f} → {after:.1f} mm, {count} pairs; worst: {worst} ({worst_mm:.1f}\u00a0mm)")
    worst = max(pairs, key=_after)
    return text.format(
        name=name,
        before=summary.before_mm,
        after=summary.after_mm,
        count=summary.n,
        worst=worst.label,
        worst_mm=worst.after_mm,
    )


def _after(pair: PairError) -> float:
    return pair.after_mm
