"""How plausible a deformation is: volume change, folding, displacement and bending."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InputError

FloatArray = npt.NDArray[np.float64]

_PERCENTILES = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
_BINS = 60
_NARROWEST_HISTOGRAM = 0.02  # where hardly anything changes, the bins must not show rounding


@dataclass(frozen=True)
class DeformationStatistics:
    """A map from fixed to moving positions, measured at places in a region.

    :param n: places.
    :param is_linear: whether the determinant is the same everywhere, so that it says nothing of folding.
    :param jacobian_min: smallest determinant of the derivative; 1 keeps volume, below 0 is folded. All figures but
        ``folded_percent`` are of the places where they are finite numbers.
    :param jacobian_sd: root of the mean squared difference from the mean.
    :param folded_percent: share of places with a determinant of 0 or less, or none that is a finite number, as where
        an inverse meets a fold.
    :param jacobian_percentiles: determinant at the 1st, 5th, 25th, 50th, 75th, 95th and 99th percentile.
    :param bending_energy_per_mm2: mean over places of the sum of all squared second derivatives, in 1/mm².
    :param histogram_edges: rising, of bins of one width; the first and the last bin also count what lies beyond.
    :param histogram_counts: places per bin of ``histogram_edges`` (one longer).
    :param undefined: places among ``n`` without a finite determinant.
    """

    n: int
    is_linear: bool
    jacobian_min: float
    jacobian_max: float
    jacobian_mean: float
    jacobian_sd: float
    jacobian_percentiles: tuple[tuple[float, float], ...]
    folded_percent: float
    displacement_mean_mm: float
    displacement_p95_mm: float
    displacement_max_mm: float
    bending_energy_per_mm2: float
    histogram_edges: tuple[float, ...]
    histogram_counts: tuple[int, ...]
    undefined: int = 0


def deformation_statistics(
    determinants: FloatArray, displacements_mm: FloatArray, second_derivatives: FloatArray, is_linear: bool
) -> DeformationStatistics:
    """Summarise a map.

    :param determinants: shape (n,).
    :param displacements_mm: shape (n,), lengths.
    :param second_derivatives: shape (m, 3, 3, 3) in 1/mm, at m of the places; none are needed of a linear map.
    :raises InputError: there is no place at all, or none where the map is finite.

    >>> shrunk = np.array([0.5, 0.5, -0.5, 1.5])
    >>> found = deformation_statistics(shrunk, np.full(4, 2.0), np.full((1, 3, 3, 3), 0.1), is_linear=False)
    >>> found.jacobian_min, found.folded_percent, round(found.bending_energy_per_mm2, 6)
    (-0.5, 25.0, 0.27)
    """
    values = determinants[np.isfinite(determinants)]
    lengths_mm = displacements_mm[np.isfinite(displacements_mm)]
    if not len(values) or not len(lengths_mm):
        raise InputError(
            "The deformation cannot be measured: the transform is undefined everywhere in the region, or the region is "
            "empty.",
            "Choose another transform, or a mask that lies within the fixed volume.",
        )
    edges, counts = open_histogram(values)
    return DeformationStatistics(
        n=len(determinants),
        is_linear=is_linear,
        jacobian_min=float(values.min()),
        jacobian_max=float(values.max()),
        jacobian_mean=float(values.mean()),
        jacobian_sd=float(values.std()),
        jacobian_percentiles=tuple(zip(_PERCENTILES, np.percentile(values, _PERCENTILES).tolist(), strict=True)),
        folded_percent=100.0 * (1.0 - float(np.count_nonzero(values > 0)) / len(determinants)),
        displacement_mean_mm=float(lengths_mm.mean()),
        displacement_p95_mm=float(np.percentile(lengths_mm, 95.0)),
        displacement_max_mm=float(lengths_mm.max()),
        bending_energy_per_mm2=0.0 if is_linear else bending_energy_per_mm2(second_derivatives),
        histogram_edges=edges,
        histogram_counts=counts,
        undefined=len(determinants) - len(values),
    )


def bending_energy_per_mm2(second_derivatives: FloatArray) -> float:
    """Mean over places of the sum, over the coordinates of the result, of all nine squared second derivatives.

    Mixed derivatives count twice, as in Rueckert et al., IEEE Transactions on Medical Imaging 18(8), 712-721, 1999, and
    in elastix's TransformBendingEnergyPenalty (the squared Frobenius norm of the spatial Hessians). A displacement of
    ``a * x**2`` millimetres along any axis has the energy ``(2 * a)**2``.

    :param second_derivatives: shape (m, 3, 3, 3) in 1/mm; places that are not finite are left out.
    :returns: in 1/mm²; NaN if no place is left.

    >>> along_x = np.zeros((1, 3, 3, 3))
    >>> along_x[0, 2, 0, 0] = 0.2
    >>> round(bending_energy_per_mm2(along_x), 6)
    0.04
    """
    squares = np.square(second_derivatives).reshape(-1, 27).sum(axis=1)
    finite = squares[np.isfinite(squares)]
    return float(finite.mean()) if len(finite) else float("nan")


def open_histogram(values: FloatArray) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """A histogram of 60 bins that outliers do not flatten and that counts everything.

    It reaches half the distance between the 1st and the 99th percentile beyond either of them, but no further than
    there are values; its first and last bin also count what lies beyond.

    :param values: shape (n,), finite.
    :returns: 61 rising edges and 60 counts, which add up to n.

    >>> edges, counts = open_histogram(np.append(np.linspace(0.5, 1.5, 999), -40.0))
    >>> len(edges), sum(counts), edges[0] > -0.1, counts[0] >= 1
    (61, 1000, True, True)
    """
    low, high = np.percentile(values, (1.0, 99.0))
    beyond = (high - low) / 2
    low, high = max(low - beyond, values.min()), min(high + beyond, values.max())
    widen = max(_NARROWEST_HISTOGRAM - (high - low), 0.0) / 2
    edges = np.linspace(low - widen, high + widen, _BINS + 1)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return tuple(edges.tolist()), tuple(counts.tolist())
