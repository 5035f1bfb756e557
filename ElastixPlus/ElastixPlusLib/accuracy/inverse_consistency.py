"""How far a point is from where it started after going there by one registration and back by the other way round."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .error_statistics import ErrorStatistics, error_statistics

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ConsistencyStatistics:
    """Distances between points of the fixed volume and where there and back takes them.

    :param distances: without a confidence interval, as neighbouring points say nearly the same.
    :param outside_percent: share of points that the way there takes out of the moving volume, left out.
    """

    distances: ErrorStatistics
    outside_percent: float


def consistency_statistics(
    start_ras: FloatArray, back_ras: FloatArray, is_inside: npt.NDArray[np.bool_]
) -> ConsistencyStatistics | None:
    """Measure there-and-back distances.

    Points out of the moving volume are left out: the registration the other way round saw nothing there. A point that
    comes back from within it to a place that is not a finite number is left out as well.

    :param start_ras: shape (n, 3), world RAS millimetres; ``back_ras`` likewise.
    :param is_inside: shape (n,), whether the point came to lie within the moving volume.
    :returns: None if no point is left.

    >>> start = np.zeros((4, 3))
    >>> found = consistency_statistics(start, start + [0.0, 3.0, 4.0], np.array([True, True, True, False]))
    >>> found.distances.n, found.distances.mean_mm, found.outside_percent
    (3, 5.0, 25.0)
    """
    if not len(start_ras):
        return None
    distances_mm = np.linalg.norm(np.asarray(back_ras) - start_ras, axis=1)
    distances = error_statistics(distances_mm[is_inside & np.isfinite(distances_mm)])
    if distances is None:
        return None
    distances = replace(distances, mean_interval_mm=None)
    return ConsistencyStatistics(distances, 100.0 * float(np.mean(~is_inside)))
