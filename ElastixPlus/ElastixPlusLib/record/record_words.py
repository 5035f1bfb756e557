"""The whole record of a run in readable sections, for a panel and for a terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..elastix.parameter_file import ParameterFile
from ..errors import ParameterFileError
from ..report.number_words import millimetres, number, share
from ..report.shown_text import one_line
from .methods_evidence import before_and_after, distance_words
from .methods_sentence import counted
from .methods_setting import FITS, volume_words
from .methods_stages import seconds_words, stage_words
from .run_record import InputIdentity, Matrix, Point, RunRecord, words_of_role

Row = tuple[str, str]

_VOLUMES = ("fixed", "moving", "further_fixed", "further_moving")
_STARTS = {
    "none": "as loaded",
    "centers": "centres of the volumes",
    "gravity": "centres of gravity",
    "landmarks": "rigid fit of the driving landmarks",
    "landmarks-similarity": "rigid fit of the driving landmarks, with scaling",
    "landmarks-affine": "affine fit of the driving landmarks",
    "transform": "a transform that was given",
}
_ERRORS = {"drive": "fiducial registration error (FRE)", "check": "target registration error (TRE)"}
_ROLES = {"drive": "driving", "check": "check"}


@dataclass(frozen=True)
class Section:
    """A part of a record.

    :param rows: name and value, one line each, without anything that a terminal would obey.
    """

    title: str
    rows: tuple[Row, ...]


def record_rows(record: RunRecord) -> tuple[Section, ...]:
    """Everything in a record, in the order in which one wants to know it; what was not used is left out.

    >>> from .run_record import Choices, Ending, EngineIdentity, Software
    >>> failed = RunRecord(
    ...     "2026-11-28T13:05:00Z", Software("1.0", "", "3.12", "Linux", 8), EngineIdentity("elastix"),
    ...     Choices("rigid"), (), ending=Ending("failed", 4, "Elastix was killed."))
    >>> record_rows(failed)[0].rows[1:]
    (('Ended', 'failed, with exit code 4'), ('What was wrong', 'Elastix was killed.'))
    """
    sections = (
        ("When and how it ended", _ending(record)),
        ("Software", _software(record)),
        ("Engine", _engine(record)),
        ("Volumes", _inputs(record, _VOLUMES)),
        ("Masks", _masks(record)),
        ("Landmarks", _landmarks(record)),
        ("Start", _start(record)),
        ("Preset and changes", _preset(record)),
        ("Parameter files", _parameter_files(record)),
        ("Command", [("Command", shlex.join(record.command))] if record.command else []),
        ("Findings and warnings", _findings(record)),
        ("Times", _times(record)),
        ("Result", _result(record)),
    )
    cleaned = ((title, tuple((one_line(name), one_line(value)) for name, value in rows)) for title, rows in sections)
    return tuple(Section(title, rows) for title, rows in cleaned if rows)


def when_in_words(made_at: str) -> str:
    """When a run began.

    >>> when_in_words("2026-11-28T13:05:00Z")
    '2026-11-28 13:05:00 UTC'
    """
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z", made_at)
    return f"{found[1]} {found[2]} UTC" if found else made_at


def _ending(record: RunRecord) -> Iterator[Row]:
    ending = record.ending
    yield "Began", when_in_words(record.made_at)
    yield "Ended", "done" if ending.state == "done" else f"failed, with exit code {ending.exit_code}"
    if ending.what:
        yield "What was wrong", ending.what
    if ending.remedy:
        yield "What to do", ending.remedy
    if ending.elastix_status is not None:
        yield "elastix ended with", str(ending.elastix_status)


def _software(record: RunRecord) -> Iterator[Row]:
    software = record.software
    yield "ElastixPlus", software.elastixplus
    if software.host:
        yield "Application", software.host
    yield "Python", software.python
    yield "System", software.platform
    yield "Processors", str(software.processors)


def _engine(record: RunRecord) -> Iterator[Row]:
    engine = record.engine
    if engine.name == "none":
        yield "Engine", "none: the landmarks alone made the transform"
        return
    yield "Engine", f"{engine.name} {engine.version}".strip()
    if engine.elastix_version and engine.elastix_version != engine.version:
        yield "Version of elastix in it", engine.elastix_version
    if engine.path:
        yield "Path", engine.path
    if engine.sha256:
        yield "SHA-256", engine.sha256
    threads = record.choices.threads
    yield "Threads", str(threads) if threads else f"one for each processor ({record.software.processors})"
    seeds = [seed or "elastix's own" for seed in record.seeds]
    if seeds:
        yield ("Seed", seeds[0]) if len(set(seeds)) == 1 else ("Seeds of the stages", ", ".join(seeds))


def _inputs(record: RunRecord, roles: Sequence[str]) -> Iterator[Row]:
    for role in roles:
        given = record.inputs_of(role)
        for index, one in enumerate(given, 1):
            count = f" {index}" if len(given) > 1 else ""
            title = words_of_role(role)
            yield from _input(f"{title[:1].upper()}{title[1:]}{count}", one)


def _input(title: str, given: InputIdentity) -> Iterator[Row]:
    yield title, given.name
    if given.file:
        yield f"{title}: file", given.file
    if given.geometry is not None:
        yield f"{title}: voxels", f"{volume_words(given.geometry)}, {given.geometry.scalar_type}"
        yield f"{title}: voxels to RAS mm", _matrix_text(given.geometry.ijk_to_world_ras)
    if given.sha256:
        yield f"{title}: SHA-256", given.sha256


def _masks(record: RunRecord) -> Iterator[Row]:
    choices = record.choices
    for role in ("fixed", "moving"):
        found = getattr(choices, f"{role}_mask")
        if found:
            yield f"{role.capitalize()} mask", f"found in the volume: {found}"
        yield from _inputs(record, (f"{role}_mask",))
        yield from _segments(f"{role.capitalize()} mask", getattr(choices, f"{role}_mask_segments"))
        yield from _inputs(record, (f"{role}_exclude",))
        yield from _segments(f"{role.capitalize()} exclude", getattr(choices, f"{role}_exclude_segments"))
    for mask in record.masks:
        percent = f" ({share(100.0 * mask.voxels / mask.of_voxels)})" if mask.of_voxels > 0 else ""
        title = f"{mask.role.capitalize()} mask as elastix got it"
        yield title, f"{mask.voxels:,} of {mask.of_voxels:,} voxels{percent}, edge: {mask.edge}"
        yield f"{title}: SHA-256", mask.sha256
    if record.masks:
        yield "Edge as it was chosen", choices.mask_edge
        yield "Margin", f"{number(choices.mask_margin_mm)} mm"


def _segments(title: str, names: Sequence[str]) -> Iterator[Row]:
    if names:
        yield f"{title}: segments", ", ".join(names)


def _landmarks(record: RunRecord) -> Iterator[Row]:
    yield from _inputs(record, ("fixed_landmarks", "moving_landmarks"))
    for role in ("drive", "check"):
        pairs = [one for one in record.landmarks if one.role == role]
        before, after = before_and_after(pairs)
        if before is not None:
            left = "" if after is None else f"; {_ERRORS[role]}: {distance_words(after)}"
            pairs_word = counted(len(pairs), "pair")
            yield f"{_ROLES[role].capitalize()} landmarks", f"{pairs_word}; before: {distance_words(before)}{left}"
    if record.landmarks and not record.choices.landmark_fit:
        yield "Strength", str(record.choices.landmark_weight)
    if record.choices.skip_unusable_landmarks:
        yield "Unusable landmarks", "left out"
    for one in record.landmarks:
        after_words = "" if one.after_mm is None else f", after {millimetres(one.after_mm)} mm"
        yield (
            f"Pair {one.label}",
            f"{_ROLES.get(one.role, one.role)}; before {millimetres(one.before_mm)} mm{after_words}; fixed "
            f"{_point_text(one.fixed_ras)}, moving {_point_text(one.moving_ras)} (RAS mm)",
        )


def _start(record: RunRecord) -> Iterator[Row]:
    start = record.start
    yield "Started from", _STARTS.get(start.name, start.name)
    yield from _inputs(record, ("initial",))
    if start.matrix_ras:
        yield "Fixed to moving, RAS mm", _matrix_text(start.matrix_ras)
    if start.sha256:
        yield "SHA-256", start.sha256


def _preset(record: RunRecord) -> Iterator[Row]:
    choices = record.choices
    yield "Preset", choices.preset or "none, own parameter files"
    if choices.landmark_fit:
        yield "Landmarks alone", FITS.get(choices.landmark_fit, choices.landmark_fit)
    for change in choices.overrides:
        yield "Changed", change
    if not choices.landmark_fit:
        yield "Crop", choices.crop
    yield "Kind of transform", choices.transform_kind
    if choices.despite_findings:
        yield "Run despite findings", "yes"


def _parameter_files(record: RunRecord) -> Iterator[Row]:
    for index, file in enumerate(record.parameter_files, 1):
        try:
            words = stage_words(ParameterFile.parse(file.text))
        except ParameterFileError as error:
            words = error.what
        yield f"Stage {index}", f"{file.name}: {words}" if file.name else words


def _findings(record: RunRecord) -> Iterator[Row]:
    for one in record.findings:
        yield one.severity.capitalize(), f"{one.what} {one.remedy}".strip()
    told = {one.what for one in record.findings}
    for warning in record.warnings:
        if not any(warning.startswith(what) for what in told if what):
            yield "Warning", warning


def _times(record: RunRecord) -> Iterator[Row]:
    seconds = record.seconds
    if seconds is not None:
        yield "Check and export", seconds_words(seconds.export)
        yield "elastix", seconds_words(seconds.elastix)
        yield "Import", seconds_words(seconds.import_)
        yield "Total", seconds_words(seconds.total)


def _result(record: RunRecord) -> Iterator[Row]:
    if record.result is not None:
        yield "Transform", record.result.kind
        yield "SHA-256", record.result.sha256
        places = min(len(record.result.probes_ras), len(record.result.mapped_ras))
        if places:
            yield "Kept to compare with", f"where it takes {counted(places, 'position')}"


def _matrix_text(matrix: Matrix) -> str:
    """The rows of a matrix but the last one, which always is 0 0 0 1."""
    return "; ".join(" ".join(f"{value:.6g}" for value in row) for row in matrix[:3])


def _point_text(point: Point) -> str:
    return " ".join(number(value, 2, keep_zeros=True) for value in point)
