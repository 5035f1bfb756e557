"""How far apart the landmarks are where a registration starts."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..errors import Fix
from .findings import Finding
from .initial_alignment import flatness
from .landmark_examination import examine_pairs
from .landmark_layout import FEWEST_FOR_TURN, NEARLY_FLAT, turn_degrees
from .landmark_pairing import LandmarkPairs
from .robust_rigid_fit import fit_of_trusted

FloatArray = npt.NDArray[np.float64]

FROM_LANDMARKS = Fix("Start from the landmarks", {"initial": "landmarks"}, "--initial landmarks")

# Experts of elastix in 3D Slicer ask for 10 mm and 5 to 10 degrees, and see runs fail beyond 15 to 20 degrees.
_FAR_DEGREES, _FAR_MM = 15.0, 30.0
# Measured with the rigid preset, template brain to another brain and to another head, turned or shifted along three
# axes each: all of 33 starts turned by 15 to 45 degrees came out right, 4 of 6 turned by 55 or 60 went astray; all of
# 21 shifted by 20 to 80 mm came out right, 1 of 3 shifted by 90 mm and 3 of 3 shifted by 120 mm went astray.
_ASTRAY_DEGREES, _ASTRAY_MM = 50.0, 100.0
_DOUBTS = 2.0  # standard deviations by which a turn may be smaller than a few landmarks show it


def start_findings(
    pairs: LandmarkPairs, start_mapped_fixed_ras: FloatArray, *, start: str = "none"
) -> tuple[Finding, ...]:
    """What is still to be turned and shifted after the start, as the landmarks show it.

    Pairs that only check are asked, too; those that are out of place are not.

    :param start_mapped_fixed_ras: shape (n, 3), where the start takes the fixed landmarks of *all* pairs, world RAS
        millimetres.
    :param start: the position to start from, as in a request; a start from landmarks is not offered again.
    :returns: one finding at most; none where the lists do not fit each other anyway.

    >>> corners = np.array([[0.0, 0, 0], [80, 0, 0], [0, 90, 0], [0, 0, 70]])
    >>> pairs = LandmarkPairs(tuple("abcd"), corners, corners + [50.0, 0, 0], np.ones(4, dtype=bool))
    >>> start_findings(pairs, corners)[0].what
    'Where the registration starts, the landmarks are shifted by 50 mm.'
    """
    remaining = remaining_motion(start_mapped_fixed_ras, pairs.moving_ras)
    if remaining is None:
        return ()
    degrees, surely_degrees, shift_mm = remaining
    if surely_degrees <= _FAR_DEGREES and shift_mm <= _FAR_MM:
        return ()
    is_astray = surely_degrees > _ASTRAY_DEGREES or shift_mm > _ASTRAY_MM
    moved = [f"turned by {degrees:.0f} degrees"] if surely_degrees > _FAR_DEGREES else []
    moved += [f"shifted by {shift_mm:.0f} mm"] if shift_mm > _FAR_MM else []
    fix = _fix(pairs, start)
    return (
        Finding(
            "far-apart-landmarks",
            "error" if is_astray else "warning",
            f"Where the registration starts, the landmarks are {' and '.join(moved)}.",
            "Start from the landmarks." if fix is not None else _other_remedy(start),
            fix,
        ),
    )


def remaining_motion(mapped_ras: FloatArray, moving_ras: FloatArray) -> tuple[float, float, float] | None:
    """The turn in degrees, the turn less what may be an error of placing, and the shift in mm at the landmarks' middle.

    :param mapped_ras: shape (n, 3), fixed landmarks where the start takes them; ``moving_ras`` their partners.
    :returns: turns are 0 where too few landmarks, or landmarks on one line, do not show them; None without landmarks
        and for lists that do not fit each other.

    >>> corners = np.array([[0.0, 0, 0], [80, 0, 0], [0, 90, 0], [0, 0, 70]])
    >>> remaining_motion(corners, corners + [50.0, 0, 0])
    (0.0, 0.0, 50.0)
    """
    if len(mapped_ras) == 0:
        return None
    examined = examine_pairs(mapped_ras, moving_ras)
    if examined.fits_poorly or examined.mistake is not None or examined.size_ratio != 1.0:
        return None
    agreeing = ~examined.suspects
    mapped, moving = mapped_ras[agreeing], moving_ras[agreeing]
    shift_mm = float(np.linalg.norm((moving - mapped).mean(axis=0)))
    if len(mapped) < FEWEST_FOR_TURN or flatness(mapped)[0] < NEARLY_FLAT:
        return 0.0, 0.0, shift_mm
    fit = fit_of_trusted(mapped, moving, np.ones(len(mapped), dtype=np.bool_))
    degrees = turn_degrees(fit.turn)
    arms = mapped - mapped.mean(axis=0)
    # The axis about which the landmarks have the shortest arms is the one whose turn is known least.
    shortest = (arms**2).sum() - float(np.linalg.eigvalsh(arms.T @ arms)[-1])
    doubt = math.degrees(_DOUBTS * fit.spread_mm / math.sqrt(shortest))
    return degrees, max(0.0, degrees - doubt), shift_mm


def _fix(pairs: LandmarkPairs, start: str) -> Fix | None:
    driving = pairs.driving.fixed_ras
    is_determined = len(driving) >= FEWEST_FOR_TURN and flatness(driving)[0] >= NEARLY_FLAT
    return FROM_LANDMARKS if is_determined and not start.startswith("landmarks") else None


def _other_remedy(start: str) -> str:
    if start.startswith("landmarks"):
        return "Look at the landmarks again, or start from a transform that you know."
    return f"Let at least {FEWEST_FOR_TURN} pairs drive that are not on one line, and start from the landmarks."
