"""What the check says about landmarks: their pairing, pairs that are out of place, and their arrangement."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import Fix
from .findings import Finding, Severity
from .landmark_correspondence import LikelyMistake
from .landmark_examination import Examination, examine_pairs, rms_mm
from .landmark_layout_findings import layout_findings
from .landmark_outliers import FEWEST_PAIRS
from .landmark_pairing import NOTE_BY_ORDER, NOTE_NOT_PLACED, LandmarkPairs, named

BoolArray = npt.NDArray[np.bool_]

_FEWEST_DRIVING = 3
_MOST_NAMED = 8
_HOPELESS_SIZE = 3.0
_PER_DIRECTION = 3**0.5  # from what is left per direction to a distance


def landmark_findings(
    pairs: LandmarkPairs, *, paired_by_order: bool, volume_extent_mm: float, start: str = "none"
) -> tuple[Finding, ...]:
    """Everything that the landmarks themselves say, before the volumes are looked at.

    Takes about 0.02 s for 32 pairs that fit, and 0.1 s where their order has to be puzzled out; belongs in the
    background.

    :param paired_by_order: the pairs were not found by their labels; see :func:`.landmark_pairing.is_by_order`.
    :param volume_extent_mm: diagonal of the fixed volume.
    :param start: the position to start from, as in a request; "landmarks" and its kin depend on the layout.

    >>> corners = np.array([[0.0, 0, 0], [80, 0, 0], [0, 90, 0], [0, 0, 70], [60, 50, 40], [20, 70, 50]])
    >>> moving = corners + 5.0
    >>> moving[4] += [0, 0, 40]
    >>> pairs = LandmarkPairs(tuple("abcdef"), corners, moving, np.ones(6, dtype=bool))
    >>> found = landmark_findings(pairs, paired_by_order=False, volume_extent_mm=300.0)
    >>> found[0].kind, found[0].fix.option
    ('outlying-landmarks', '--check-labels e')
    """
    examined = examine_pairs(pairs.fixed_ras, pairs.moving_ras)
    return (
        *account_findings(pairs),
        *_list_findings(pairs, examined),
        *_exchange_findings(pairs, examined),
        *_outlier_findings(pairs, examined),
        *_neighbour_findings(pairs, examined),
        *layout_findings(pairs, paired_by_order=paired_by_order, volume_extent_mm=volume_extent_mm, start=start),
    )


def account_findings(pairs: LandmarkPairs) -> tuple[Finding, ...]:
    """What was left out or decided while pairing."""
    return tuple(_account(note) for note in pairs.notes)


def _account(note: str) -> Finding:
    if note == NOTE_BY_ORDER:
        return Finding("paired-by-order", "note", note)
    return Finding("landmarks-left-out", "note" if note.startswith(NOTE_NOT_PLACED) else "warning", note)


def _list_findings(pairs: LandmarkPairs, examined: Examination) -> list[Finding]:
    """What is wrong with the list as a whole."""
    if examined.size_ratio != 1.0:
        return [_size_finding(examined.size_ratio)]
    if examined.mistake is not None:
        return [_mistake_finding(examined.mistake)]
    if not examined.fits_poorly or examined.fit is None:
        return []
    count, apart = len(pairs.labels), rms_mm(examined.fit)
    what = f"The {count} landmark pairs do not fit each other: after the best turn and shift they are {apart:.0f} mm "
    if count < FEWEST_PAIRS:
        remedy = f"Look at all of them again, or place at least {FEWEST_PAIRS} pairs."
        return [Finding("few-pairs-misfit", "note", what + "apart, and so few cannot tell which one is wrong.", remedy)]
    return [
        Finding(
            "landmarks-misfit",
            "warning",
            what + "apart, and there is no majority that agrees.",
            "Check that both lists belong to these volumes and that partners have the same label or place in the list.",
        )
    ]


def _size_finding(ratio: float) -> Finding:
    wider, narrower = ("moving", "fixed") if ratio > 1 else ("fixed", "moving")
    times = max(ratio, 1 / ratio)
    return Finding(
        "landmarks-of-other-size",
        "error" if times >= _HOPELESS_SIZE else "warning",
        f"The {wider} landmarks are {times:.1f} times as far apart as the {narrower} ones.",
        "Check that both lists belong to these volumes and that all of them are in millimetres.",
    )


def _mistake_finding(mistake: LikelyMistake) -> Finding:
    now, then = (_PER_DIRECTION * spread for spread in (mistake.spread_mm, mistake.undone_spread_mm))
    apart = f"they are {now:.0f} mm apart after the best turn and shift, {then:.0f} mm"
    if mistake.kind == "mirrored":
        return Finding(
            "mirrored-landmarks",
            "error",
            f"The moving landmarks are a mirror image of the fixed ones: {apart} if one list is mirrored.",
            "Check that left and right are the same in both volumes, and exchange the labels of left and right in one "
            "list if only they are wrong.",
        )
    if mistake.kind == "reversed":
        return Finding(
            "landmarks-in-reverse",
            "error",
            f"The lists of landmarks run against each other: {apart} if the last moving one is taken first.",
            "Turn round the order, or the labels, of one list.",
        )
    neighbour = "before" if mistake.kind == "one-late" else "after"
    return Finding(
        "landmarks-off-by-one",
        "error",
        f"Each fixed landmark seems to belong to the moving one {neighbour} its partner: {apart} if the moving list is "
        "shifted by one place.",
        "Look for a landmark that is missing or additional at the beginning of one list.",
    )


def _exchange_findings(pairs: LandmarkPairs, examined: Examination) -> list[Finding]:
    findings = []
    for exchange in examined.exchanged:
        one, other = (pairs.labels[place] for place in exchange)
        findings.append(
            Finding(
                "exchanged-landmarks",
                _severity(pairs, exchange),
                f"Pairs {one} and {other} seem to be exchanged: each agrees with all others once it has the partner of "
                "the other one.",
                "Exchange the two in one of the lists, or use them only to check.",
                _check_only_fix(pairs, examined, exchange),
            )
        )
    return findings


def _outlier_findings(pairs: LandmarkPairs, examined: Examination) -> list[Finding]:
    """One finding for those that drive, one for those that only check already."""
    alone = examined.suspects.copy()
    alone[[place for exchange in examined.exchanged for place in exchange]] = False
    findings = []
    for is_driving in (True, False):
        places = np.flatnonzero(alone & (pairs.drives == is_driving)).tolist()
        if not places:
            continue
        again = "this pair" if len(places) == 1 else "these pairs"
        them = "it" if len(places) == 1 else "them"
        findings.append(
            Finding(
                "outlying-landmarks" if is_driving else "outlying-check-landmarks",
                _severity(pairs, places),
                _off_sentence(pairs, examined, places),
                f"Look at {again} again, or use {them} only to check."
                if is_driving
                else f"Look at {again} again before trusting the error measured there.",
                _check_only_fix(pairs, examined, places),
            )
        )
    return findings


def _off_sentence(pairs: LandmarkPairs, examined: Examination, places: Sequence[int]) -> str:
    if len(places) == 1:
        place = places[0]
        return f"Pair {pairs.labels[place]} lies {examined.off_mm[place]:.0f} mm from where the other pairs expect it."
    farthest = sorted(places, key=lambda place: -examined.off_mm[place])[:_MOST_NAMED]
    shown = [f"{pairs.labels[place]} ({examined.off_mm[place]:.0f} mm)" for place in sorted(farthest)]
    more = len(places) - len(shown)
    listed = ", ".join(shown) + f" and {more} more" if more else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"Pairs {listed} lie far from where the other pairs expect them."


def _neighbour_findings(pairs: LandmarkPairs, examined: Examination) -> list[Finding]:
    return [
        Finding(
            "contradicting-landmarks",
            _severity(pairs, contradiction.pairs),
            f"Pairs {pairs.labels[contradiction.pairs[0]]} and {pairs.labels[contradiction.pairs[1]]} contradict each "
            f"other: they are {contradiction.fixed_apart_mm:.0f} mm apart in the fixed and "
            f"{contradiction.moving_apart_mm:.0f} mm in the moving volume, and their shifts differ by "
            f"{contradiction.shifts_differ_mm:.0f} mm.",
            "Look at both again: one of them is probably misplaced.",
        )
        for contradiction in examined.contradictions
    ]


def _severity(pairs: LandmarkPairs, places: Sequence[int]) -> Severity:
    """A warning if one of the pairs pulls; a pair that only checks can spoil the figure, but not the result."""
    return "warning" if pairs.drives[list(places)].any() else "note"


def _check_only_fix(pairs: LandmarkPairs, examined: Examination, places: Sequence[int]) -> Fix | None:
    """Use all suspects only to check, the same fix wherever it is offered; None if it changes or leaves nothing."""
    checks = examined.suspects | ~pairs.drives
    labels = tuple(label for label, is_check in zip(pairs.labels, checks, strict=True) if is_check)
    new = [label for label, is_new in zip(pairs.labels, examined.suspects & pairs.drives, strict=True) if is_new]
    is_told_apart = all(pairs.labels.count(label) == 1 and "," not in label for label in labels)
    if not pairs.drives[list(places)].any() or (~checks).sum() < _FEWEST_DRIVING or not is_told_apart:
        return None
    option = f"--check-labels {shlex.quote(','.join(labels))}"
    return Fix(f"Use {named(new)} only to check", {"check_labels": labels}, option)
