"""How alike the grey values of two volumes are. Reported, never graded: this is what a registration has optimised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.generic]
FloatArray = npt.NDArray[np.float64]

# Enough to tell tissues apart, and few enough for chance not to look like information: the 4096 bins of the joint
# histogram need some 100,000 values. With fewer, unrelated values have an NMI above 1.
BINS = 64


@dataclass(frozen=True)
class Similarity:
    """Grey values at the same places of two volumes.

    :param ncc: normalised cross correlation, -1 to 1; None where one volume is constant.
    :param nmi: normalised mutual information after Studholme, (H(A) + H(B)) / H(A, B), 1 to 2; None likewise.
    :param msd: mean squared difference, in squared grey values.
    """

    n: int
    ncc: float | None
    nmi: float | None
    msd: float


@dataclass(frozen=True)
class SimilarityChange:
    """Similarity as loaded and after the registration, at the same places."""

    before: Similarity
    after: Similarity


def similarity(fixed: Values, moving: Values) -> Similarity | None:
    """Compare values of shape (n,) each; None for fewer than 2.

    NMI is that of Studholme, Hill and Hawkes (Pattern Recognition 32(1), 71-86, 1999) from a joint histogram of 64 by
    64 bins of equal width between the lowest and the highest of the values given, of each volume on its own. A few
    values far away from the others therefore leave few bins to the rest.

    :param fixed: of any type of number, finite; ``moving`` likewise, at the same places.
    :raises ValueError: the shapes differ, or values are not finite.

    >>> values = np.arange(100, dtype=np.uint8)
    >>> found = similarity(values, 100 - values)
    >>> round(found.ncc, 12), found.msd
    (-1.0, 3334.0)
    """
    if fixed.shape != moving.shape:
        raise ValueError(f"values of shapes {fixed.shape} and {moving.shape} are not at the same places")
    if fixed.size < 2:
        return None
    one, other = (np.asarray(values, dtype=np.float64).ravel() for values in (fixed, moving))
    difference = one - other
    msd = float(difference @ difference) / one.size
    # A place between 0 and 1 in the range of the values: neither measure depends on it, and no square overflows.
    places = [_place_in_range(values) for values in (one, other)]
    if places[0] is None or places[1] is None:
        return Similarity(one.size, None, None, msd)
    return Similarity(one.size, _cross_correlation(places[0], places[1]), _mutual(places[0], places[1]), msd)


def _place_in_range(values: FloatArray) -> FloatArray | None:
    """Values scaled to 0 to 1; None if all are the same."""
    lowest, highest = float(values.min()), float(values.max())
    if not np.isfinite([lowest, highest]).all():
        raise ValueError("values that are not finite numbers")
    return (values - lowest) / (highest - lowest) if highest > lowest else None


def _cross_correlation(one: FloatArray, other: FloatArray) -> float:
    """Pearson's coefficient of correlation."""
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip(one @ other / np.sqrt((one @ one) * (other @ other)), -1.0, 1.0))


def _mutual(one: FloatArray, other: FloatArray) -> float:
    """(H(A) + H(B)) / H(A, B) of values between 0 and 1."""
    bins_of_one, bins_of_other = (np.minimum((values * BINS).astype(np.intp), BINS - 1) for values in (one, other))
    joint = np.bincount(bins_of_one * BINS + bins_of_other, minlength=BINS * BINS).reshape(BINS, BINS)
    return (_entropy(joint.sum(axis=1)) + _entropy(joint.sum(axis=0))) / _entropy(joint.ravel())


def _entropy(counts: npt.NDArray[np.int_]) -> float:
    """Shannon entropy of a histogram in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
