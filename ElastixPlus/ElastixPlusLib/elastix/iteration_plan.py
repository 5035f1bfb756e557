"""How many iterations a registration will make, read from its parameter files, and what they cost in proportion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .landmark_metric import landmark_metric_column
from .parameter_file import ParameterFile

# Defaults of elastix 5.0.1 and 5.3.1, seen in their logs.
DEFAULT_RESOLUTIONS = 3
DEFAULT_ITERATIONS = 500
DEFAULT_ITERATIONS_BY_OPTIMIZER = {"QuasiNewtonLBFGS": 100, "ConjugateGradient": 100, "ConjugateGradientFRPR": 100}

# Costs in units of one iteration of a linear transform; measured on volumes of 40 and 190 voxels a side.
LINEAR_TRANSFORMS = frozenset(
    {"TranslationTransform", "EulerTransform", "SimilarityTransform", "AffineTransform", "AffineDTITransform"}
    | {"AffineLogTransform"}
)
DEFORMABLE_ITERATION_UNITS = 3.0
SETUP_UNITS = 40.0
DEFORMABLE_SETUP_GROWTH = 2.5

_COUNT = re.compile(r"[0-9]{1,9}")
_MOST_RESOLUTIONS = 100  # more than any run has: those that do are refused before


@dataclass(frozen=True)
class StagePlan:
    """One stage.

    :param transform: elastix's name of the transform.
    :param iterations: the most iterations that each resolution makes; at least one resolution.
    :param landmark_column: heading of the mean landmark distance in elastix's output; None without landmarks.
    """

    transform: str
    iterations: tuple[int, ...]
    landmark_column: str | None = None

    @property
    def iteration_units(self) -> float:
        """Cost of one iteration."""
        return 1.0 if self.transform in LINEAR_TRANSFORMS else DEFORMABLE_ITERATION_UNITS

    def setup_units(self, resolution: int) -> float:
        """Cost of what comes before the first iteration: pyramid, grid, estimation of the step size."""
        if self.transform in LINEAR_TRANSFORMS:
            return SETUP_UNITS
        return float(SETUP_UNITS * DEFORMABLE_SETUP_GROWTH ** min(resolution, _MOST_RESOLUTIONS))

    def units_before(self, resolution: int) -> float:
        """Cost of all resolutions before one, counted from 0; of the whole stage if there is no such resolution."""
        return sum(
            self.setup_units(index) + count * self.iteration_units
            for index, count in enumerate(self.iterations[:resolution])
        )


@dataclass(frozen=True)
class IterationPlan:
    """All stages of a registration.

    :param stages: at least one.

    >>> plan = IterationPlan((StagePlan("EulerTransform", (500, 250)), StagePlan("BSplineTransform", (500,))))
    >>> plan.units_before(1, 0) == plan.stages[0].units_before(2)
    True
    """

    stages: tuple[StagePlan, ...]

    @classmethod
    def from_parameter_files(cls, parameter_files: Sequence[ParameterFile]) -> IterationPlan:
        """Read the plan from the files that elastix will get, in order.

        Where a file leaves something out, or has a number that elastix will refuse, elastix's default stands in.
        """
        return cls(tuple(_read_stage(parameters) for parameters in parameter_files))

    @property
    def total_units(self) -> float:
        """Cost of everything."""
        return self.units_before(len(self.stages), 0)

    def units_before(self, stage: int, resolution: int) -> float:
        """Cost of all that comes before a resolution; both counted from 0."""
        before = sum(plan.units_before(len(plan.iterations)) for plan in self.stages[:stage])
        return before + (self.stages[stage].units_before(resolution) if stage < len(self.stages) else 0.0)


def _read_stage(parameters: ParameterFile) -> StagePlan:
    optimizer = (parameters.get("Optimizer") or ("",))[0]
    default = DEFAULT_ITERATIONS_BY_OPTIMIZER.get(optimizer, DEFAULT_ITERATIONS)
    given = _number(parameters.get("NumberOfResolutions"), 0, DEFAULT_RESOLUTIONS)
    resolutions = min(max(given, 1), _MOST_RESOLUTIONS)
    counts = parameters.get("MaximumNumberOfIterations")
    return StagePlan(
        transform=(parameters.get("Transform") or ("",))[0],
        iterations=tuple(max(_number(counts, index, default), 1) for index in range(resolutions)),
        landmark_column=landmark_metric_column(parameters),
    )


def _number(values: tuple[str, ...] | None, index: int, default: int) -> int:
    """Read the value of a resolution as elastix does: the first one stands in for those that are missing."""
    if not values:
        return default
    text = values[index] if index < len(values) else values[0]
    return int(text) if _COUNT.fullmatch(text) else default
