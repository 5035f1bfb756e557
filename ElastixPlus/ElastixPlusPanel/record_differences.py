"""What has changed since a run: the record is held against one of the run that would be made now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from slicer.i18n import tr as _

from ElastixPlusLib.steps import Steps, in_background

from .record_filling import role_in_words

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest
    from ElastixPlusLib.record.run_record import InputIdentity, LandmarkUse, Matrix, RunRecord, StartUsed

SAME_PLACE_MM = 1e-3  # less is lost or won when a scene is saved and loaded
SAME_MATRIX = 1e-5
MOST_LABELS = 5


@dataclass(frozen=True)
class Differences:
    """What is not as it was.

    :param sentences: about volumes, masks, landmarks, the start and the engine.
    :param has_other_parameters: elastix would get other parameter files.
    """

    sentences: tuple[str, ...]
    has_other_parameters: bool = False


def difference_steps(record: RunRecord, request: RegistrationRequest) -> Steps[Differences]:
    """Find out what has changed since a run, in pieces of about 30 ms; checksums are computed in a thread.

    :param request: what would be run now; it is checked, but nothing is run.
    :raises ElastixPlusError: it cannot run at all.
    """
    preparation = yield from in_background(lambda: import_module("ElastixPlusLib.checking.preparation"))
    recording = yield from in_background(lambda: import_module("ElastixPlusLib.recording"))
    checked = yield from preparation.check_steps(replace(request, despite_findings=True))
    return differences_of(record, (yield from recording.record_steps(checked)))


def differences_of(record: RunRecord, now: RunRecord) -> Differences:
    """Hold the record of a run against that of one that has not been made yet."""
    from ElastixPlusLib.record.comparison import compare

    texts, texts_now = ([one.text for one in each.parameter_files] for each in (record, now))
    inputs = replace(
        now,
        inputs=record.inputs,
        masks=record.masks,
        landmarks=record.landmarks,
        start=record.start,
        parameter_files=record.parameter_files,
    )
    found = (*_of_inputs(record, now), *_of_masks(record, now), *_of_landmarks(record, now), *_of_start(record, now))
    return Differences((*found, *compare(record, inputs).differences), texts != texts_now)


def _of_inputs(record: RunRecord, now: RunRecord) -> Iterator[str]:
    for role in ("fixed", "moving"):
        before, after = record.input(role), now.input(role)
        if before is None or after is None:
            continue
        if before.sha256 != after.sha256:
            text = _("The voxels of the {what} are not those of the run: it was changed, or is another one.")
            yield text.format(what=role_in_words(role))
        elif not _is_same_place(before, after):
            yield _("The {what} lies elsewhere than in the run.").format(what=role_in_words(role))


def _is_same_place(before: InputIdentity, after: InputIdentity) -> bool:
    if before.geometry is None or after.geometry is None:
        return before.geometry == after.geometry
    matrix, matrix_now = (one.geometry.ijk_to_world_ras for one in (before, after) if one.geometry is not None)
    return _is_close(matrix, matrix_now)


def _of_masks(record: RunRecord, now: RunRecord) -> Iterator[str]:
    for role in ("fixed", "moving"):
        before, after = ([one.sha256 for one in each.masks if one.role == role] for each in (record, now))
        if before != after:
            yield _("The {what} is not that of the run.").format(what=role_in_words(f"{role}_mask"))


def _of_landmarks(record: RunRecord, now: RunRecord) -> Iterator[str]:
    before, after = ({one.label: one for one in each.landmarks} for each in (record, now))
    changed = [label for label, one in before.items() if label not in after or not _is_same_pair(one, after[label])]
    changed += [label for label in after if label not in before]
    if changed:
        labels = ", ".join(f'"{label}"' for label in changed[:MOST_LABELS])
        labels += ", ..." if len(changed) > MOST_LABELS else ""
        yield _("Landmarks are not those of the run: {labels}.").format(labels=labels)


def _is_same_pair(before: LandmarkUse, after: LandmarkUse) -> bool:
    places = np.array((before.fixed_ras, before.moving_ras)) - np.array((after.fixed_ras, after.moving_ras))
    return before.role == after.role and bool(np.abs(places).max() <= SAME_PLACE_MM)


def _of_start(record: RunRecord, now: RunRecord) -> Iterator[str]:
    if not _is_same_start(record.start, now.start):
        yield _("The position to start from is not that of the run.")


def _is_same_start(before: StartUsed, after: StartUsed) -> bool:
    if before.matrix_ras and after.matrix_ras:
        return _is_close(before.matrix_ras, after.matrix_ras, SAME_PLACE_MM)
    return before.sha256 == after.sha256


def _is_close(one: Matrix, other: Matrix, far: float = SAME_MATRIX) -> bool:
    # A matrix of a record may have any shape.
    return [len(row) for row in one] == [len(row) for row in other] and all(
        abs(before - after) <= far
        for row, other_row in zip(one, other, strict=True)
        for before, after in zip(row, other_row, strict=True)
    )
