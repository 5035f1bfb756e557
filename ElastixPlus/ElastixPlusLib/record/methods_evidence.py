"""Sentences of a methods section: what the result is, and what the landmarks say of it.

What is left at pairs that drove is an FRE and never called accuracy; a TRE is only measured at pairs kept back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..report.citations import FRE_IS_NOT_TRE, TG_132
from ..report.number_words import millimetres
from ..report.shown_text import one_line
from .methods_sentence import Sentence, counted
from .run_record import LandmarkUse, RunRecord

_KINDS = {
    "linear": "a linear transform",
    "bspline": "a B-spline transform",
    "grid": "a displacement grid",
    "composite": "a composite transform",
}


@dataclass(frozen=True)
class Distances:
    """What distances say, in millimetres.

    :param sd_mm: standard deviation of the sample (n - 1); None for a single distance.
    """

    n: int
    mean_mm: float
    sd_mm: float | None
    largest_mm: float


def distances(values_mm: Sequence[float]) -> Distances | None:
    """Summarise distances; None where there are none.

    >>> distances([1.0, 2.0, 3.0])
    Distances(n=3, mean_mm=2.0, sd_mm=1.0, largest_mm=3.0)
    """
    if not values_mm:
        return None
    values = np.array(values_mm, dtype=np.float64)
    sd_mm = float(values.std(ddof=1)) if values.size > 1 else None
    return Distances(values.size, float(values.mean()), sd_mm, float(values.max()))


def distance_words(found: Distances) -> str:
    """Mean, standard deviation and largest; of one distance the distance.

    >>> distance_words(Distances(3, 2.0, 1.0, 3.0))
    '2.00 mm on average (standard deviation 1.00 mm, largest 3.00 mm)'
    """
    if found.sd_mm is None:
        return f"{millimetres(found.mean_mm)} mm"
    return (
        f"{millimetres(found.mean_mm)} mm on average (standard deviation {millimetres(found.sd_mm)} mm, largest "
        f"{millimetres(found.largest_mm)} mm)"
    )


def evidence_sentences(record: RunRecord) -> Iterator[Sentence]:
    """What came out, and how far it is known to be right."""
    if record.result is not None:
        kind = _KINDS.get(record.result.kind, one_line(record.result.kind))
        yield Sentence(f"The result is {kind} that takes positions in the fixed volume to the moving volume.")
    check = [one for one in record.landmarks if one.role == "check"]
    drive = [one for one in record.landmarks if one.role == "drive"]
    if check:
        yield _target_error(check)
    elif drive:
        yield Sentence("No landmark was kept back, so no target registration error is known.")
    else:
        yield Sentence("No landmarks were used, so no target registration error is known.")
    if drive:
        yield _fiducial_error(drive)


def before_and_after(pairs: Sequence[LandmarkUse]) -> tuple[Distances | None, Distances | None]:
    """Distances before, and after where they are known of all pairs."""
    after = [one.after_mm for one in pairs if one.after_mm is not None]
    return distances([one.before_mm for one in pairs]), distances(after) if len(after) == len(pairs) else None


def _target_error(pairs: Sequence[LandmarkUse]) -> Sentence:
    before, after = before_and_after(pairs)
    is_one = len(pairs) == 1
    kept = (
        f"{counted(len(pairs), 'pair of landmarks')} {'was' if is_one else 'were'} kept back to check the result and "
        "did not drive the registration"
    )
    if before is None or after is None:
        return Sentence(f"{kept}; what was left there is not recorded.")
    return Sentence(
        f"{kept}: the target registration error (TRE) there was {distance_words(after)}, and the distance before the "
        f"registration {distance_words(before)}.",
        (TG_132,),
    )


def _fiducial_error(pairs: Sequence[LandmarkUse]) -> Sentence:
    before, after = before_and_after(pairs)
    where = f"At the {counted(len(pairs), 'pair of landmarks')} that drove the registration"
    if before is None or after is None:
        return Sentence(f"{where}, what was left is not recorded.")
    return Sentence(
        f"{where}, the distance was {distance_words(before)} before it and {distance_words(after)} after it; this "
        "fiducial registration error (FRE) says how closely the landmarks were followed, not how accurate the "
        "registration is elsewhere.",
        (FRE_IS_NOT_TRE,),
    )
