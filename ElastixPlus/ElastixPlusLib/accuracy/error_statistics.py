"""Statistics of landmark distances, with a bootstrap confidence interval of their mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_FEWEST_FOR_INTERVAL = 3
_RESAMPLES = 5000
_SEED = 20_170_701
# The bootstrap takes time with n squared; beyond this many distances the interval is the same without it.
_MOST_FOR_BOOTSTRAP = 300
_NORMAL_QUANTILE = 1.959964
_ROUNDING = 1e-12


@dataclass(frozen=True)
class ErrorStatistics:
    """What n distances say, all in millimetres.

    :param sd_mm: standard deviation of the sample (n - 1); None for a single distance.
    :param p95_mm: 95th percentile, interpolated linearly.
    :param mean_interval_mm: 95 percent confidence interval of the mean; None for fewer than 3 distances.
    """

    n: int
    mean_mm: float
    rms_mm: float
    sd_mm: float | None
    median_mm: float
    p95_mm: float
    max_mm: float
    mean_interval_mm: tuple[float, float] | None


def error_statistics(errors_mm: npt.ArrayLike) -> ErrorStatistics | None:
    """Summarise distances.

    :param errors_mm: shape (n,), millimetres.
    :returns: plain numbers, the same ones in every run; None for no distances.
    :raises ValueError: a distance is negative or not a finite number, or the shape is another one.

    >>> found = error_statistics([1.0, 2.0, 3.0, 6.0])
    >>> found.mean_mm, found.median_mm, found.max_mm, round(found.rms_mm, 3), round(found.sd_mm, 3)
    (3.0, 2.5, 6.0, 3.536, 2.16)
    """
    errors = np.asarray(errors_mm, dtype=np.float64)
    if errors.ndim != 1 or not np.isfinite(errors).all() or (errors < 0).any():
        raise ValueError(f"Distances have to be a list of finite numbers of 0 or more, not {errors_mm!r}.")
    if not errors.size:
        return None
    return ErrorStatistics(
        n=errors.size,
        mean_mm=float(errors.mean()),
        rms_mm=float(np.sqrt(np.mean(errors**2))),
        sd_mm=float(errors.std(ddof=1)) if errors.size > 1 else None,
        median_mm=float(np.median(errors)),
        p95_mm=float(np.percentile(errors, 95)),
        max_mm=float(errors.max()),
        mean_interval_mm=_interval_of_mean(errors) if errors.size >= _FEWEST_FOR_INTERVAL else None,
    )


def distance_by_placing_mm(placing_sd_mm: float) -> float:
    """How far two landmarks of one place lie apart on average, as both are placed with an error.

    Errors are taken as normal and of one size along x, y and z: the difference of two has a standard deviation of
    sqrt(2) times theirs, and its length follows Maxwell's distribution, whose mean is sqrt(8 / pi) times that.

    :param placing_sd_mm: standard deviation of one landmark along each axis.

    >>> round(distance_by_placing_mm(1.0), 3)
    2.257
    """
    return float(np.sqrt(2.0) * np.sqrt(8.0 / np.pi) * placing_sd_mm)


def _interval_of_mean(errors_mm: FloatArray) -> tuple[float, float]:
    """95 percent confidence interval of the mean: bootstrap, bias-corrected and accelerated.

    Efron, "Better bootstrap confidence intervals", J. Am. Stat. Assoc. 82, 171-185, 1987. As every bootstrap it is too
    narrow for few distances: of landmark errors that are normal in x, y and z it holds the true mean in 84 percent of
    samples of 5, 90 percent of 10, 93 percent of 30 and 94 percent of 60 (simulated).
    """
    lowest, largest = float(errors_mm.min()), float(errors_mm.max())
    if largest - lowest <= _ROUNDING * largest:
        return lowest, largest  # all the same but for rounding, where a bootstrap divides nothing by nothing
    # The interval moves and grows with the distances; in standard deviations no power of them can vanish.
    relative = errors_mm / largest
    center, width = float(relative.mean()), float(relative.std(ddof=1))
    low, high = _standard_interval((relative - center) / width)
    return (
        max(lowest, largest * (center + width * low)),
        min(largest, largest * (center + width * high)),
    )


def _standard_interval(scores: FloatArray) -> tuple[float, float]:
    """The interval of :func:`_interval_of_mean` for distances less their mean, in standard deviations."""
    if scores.size > _MOST_FOR_BOOTSTRAP:
        half = float(_NORMAL_QUANTILE / np.sqrt(scores.size))
        return -half, half
    from scipy.stats import bootstrap

    # Numbers of RandomState are the same in every version of numpy, as the figures of a paper have to be.
    random = np.random.RandomState(_SEED)
    found = bootstrap((scores,), np.mean, n_resamples=_RESAMPLES, vectorized=True, method="BCa", random_state=random)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
