"""Turn what elastix prints into progress: where it is, how well it does, how much time is left.

elastix prints a line when a resolution begins, a header with the names of the columns, and a row per iteration::

    Resolution: 0
    1:ItNr  2:Metric  2:Metric0  2:Metric1  3a:Time  3b:StepSize  4:||Gradient0|| ...  Time[ms]
    0       -1.418917 -1.420351  0.014344   0.000000 73.696716    0.007380 ...         350.1

How many rows will come is known from the parameter files; what a row costs is measured while it runs. The native
program announces each stage by ``Running elastix with parameter file 1``; the library in the wheel does not, but both
print their version once per stage.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .iteration_plan import IterationPlan, StagePlan

_STAGE = re.compile(r'Running elastix with parameter file ([0-9]{1,9}): ".*"\.$')
_RESOLUTION = re.compile(r"Resolution: ([0-9]{1,3})$")
_ROW = re.compile(r"[0-9]{1,9}\t")
_ITERATION_COLUMN = "1:ItNr"
_METRIC_COLUMN = "2:Metric"
# Until elastix says that it is done, never show that it is.
_LARGEST_FRACTION = 0.99
_SECONDS_BEFORE_ESTIMATE = 0.5
_ROWS_BEFORE_RATE = 5


@dataclass(frozen=True)
class ProgressEvent:
    """Where a registration is. Stages and resolutions count from 1, as they are shown; 0 is "not yet".

    :param stage: the stage, of ``stage_count``.
    :param resolution: the resolution in this stage, of ``resolution_count``.
    :param iteration: iterations done in this resolution, of ``iteration_count`` planned.
    :param metric: what the optimiser minimises; None outside of the iterations.
    :param image_metric: the first part of ``metric`` that compares the images; None outside of the iterations.
    :param landmark_distance_mm: mean distance of the driving landmarks; None without landmarks in this stage.
    :param fraction: of the whole run, 0 to 1; never falls.
    :param seconds_left: estimated from the plan and the measured speed; None as long as there is too little to go by.
    :param phase: what is being done, in words.
    """

    stage: int
    stage_count: int
    resolution: int
    resolution_count: int
    iteration: int
    iteration_count: int
    fraction: float
    seconds_left: float | None
    phase: str
    metric: float | None = None
    image_metric: float | None = None
    landmark_distance_mm: float | None = None


class ProgressReader:
    """Reads the output of elastix line by line.

    :param plan: what will be run.
    :param clock: seconds that never go back, for tests.

    >>> from .iteration_plan import StagePlan
    >>> reader = ProgressReader(IterationPlan((StagePlan("EulerTransform", (100,)),)))
    >>> lines = ["ELASTIX version: 5.0.1", "Resolution: 0", "1:ItNr\\t2:Metric\\tTime[ms]", "0\\t-0.5\\t3.1"]
    >>> event = [reader.feed(line) for line in lines][-1]
    >>> event.iteration, event.iteration_count, event.metric
    (1, 100, -0.5)
    """

    def __init__(self, plan: IterationPlan, clock: Callable[[], float] = time.monotonic) -> None:
        self._plan = plan
        self._clock = clock
        self._started = clock()
        self._stage = 0
        self._stages_seen = 0
        self._stages_are_numbered = False
        self._resolution = -1
        self._iteration = 0
        self._first_row_at = self._started
        self._columns: dict[str, int] = {}
        self._fraction = 0.0
        self._finished = False

    def feed(self, line: str) -> ProgressEvent | None:
        """Read one line.

        :param line: as printed, without its end.
        :returns: what it tells, or None if nothing.
        """
        if self._finished:
            return None
        if _ROW.match(line):
            return self._read_row(line)
        if line.startswith(_ITERATION_COLUMN):
            self._columns = {name.strip(): index for index, name in enumerate(line.split("\t"))}
            return None
        return self._read_announcement(line.strip())

    def _read_announcement(self, line: str) -> ProgressEvent | None:
        if found := _STAGE.match(line):
            self._stages_are_numbered = True
            return self._enter_stage(int(found.group(1)))
        if line.startswith("ELASTIX version:") and not self._stages_are_numbered:
            return self._enter_stage(self._stages_seen)
        if found := _RESOLUTION.match(line):
            self._resolution = int(found.group(1))
            self._iteration = 0
            return self._event("Preparing the resolution", self._units_before())
        if line.startswith("Stopping condition:") and self._resolution >= 0:
            # An optimiser that stops early has done its part all the same.
            return self._event("Finishing the resolution", self._units_before(self._resolution + 1))
        if line.startswith("Creating the TransformParameterFile"):
            return self._event("Saving the transform", self._units_before(len(self._stage_plan.iterations)))
        if line.startswith("Total time elapsed"):
            self._finished = True
            return self._event("Done", self._plan.total_units)
        return None

    def _enter_stage(self, stage: int) -> ProgressEvent:
        self._stages_seen = stage + 1
        self._stage = min(stage, len(self._plan.stages) - 1)
        self._resolution = -1
        self._iteration = 0
        self._columns = {}
        return self._event("Reading the volumes", self._units_before(0))

    def _read_row(self, line: str) -> ProgressEvent | None:
        cells = line.split("\t")
        if self._resolution < 0 or _METRIC_COLUMN not in self._columns:
            return None
        self._iteration = int(cells[0]) + 1
        if self._iteration == 1:
            self._first_row_at = self._clock()
        stage = self._stage_plan
        iterations_done = min(self._iteration, self._iteration_count)
        units = self._units_before() + stage.setup_units(self._resolution) + iterations_done * stage.iteration_units
        event = self._event("Registering", units)
        return replace(
            event,
            metric=self._cell(cells, _METRIC_COLUMN),
            image_metric=self._cell(cells, self._image_metric_column()),
            landmark_distance_mm=self._cell(cells, stage.landmark_column or ""),
        )

    def _image_metric_column(self) -> str:
        """Where there are several metrics, each has a numbered column beside the one of their weighted sum."""
        numbered = (name for name in self._columns if name.startswith(_METRIC_COLUMN) and name != _METRIC_COLUMN)
        return next((name for name in numbered if name != self._stage_plan.landmark_column), _METRIC_COLUMN)

    def _cell(self, cells: list[str], column: str) -> float | None:
        index = self._columns.get(column, len(cells))
        try:
            value = float(cells[index]) if index < len(cells) else math.nan
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    @property
    def _stage_plan(self) -> StagePlan:
        return self._plan.stages[self._stage]

    @property
    def _iteration_count(self) -> int:
        """Iterations planned for this resolution; more come only if the plan was wrong."""
        iterations = self._stage_plan.iterations
        return iterations[min(max(self._resolution, 0), len(iterations) - 1)]

    def _units_before(self, resolution: int | None = None) -> float:
        return self._plan.units_before(self._stage, max(self._resolution if resolution is None else resolution, 0))

    def _event(self, phase: str, units: float) -> ProgressEvent:
        reached = 1.0 if self._finished else min(units / self._plan.total_units, _LARGEST_FRACTION)
        self._fraction = max(self._fraction, reached)
        stage = self._stage_plan
        return ProgressEvent(
            stage=self._stage + 1,
            stage_count=len(self._plan.stages),
            resolution=self._resolution + 1,
            resolution_count=max(len(stage.iterations), self._resolution + 1),
            iteration=self._iteration,
            iteration_count=max(self._iteration_count, self._iteration),
            fraction=self._fraction,
            seconds_left=self._seconds_left(units),
            phase=phase,
        )

    def _seconds_left(self, units: float) -> float | None:
        """Estimate what is left: this resolution by its own speed, what follows by the speed of the run so far."""
        if self._finished:
            return 0.0
        now = self._clock()
        elapsed = now - self._started
        if units <= 0 or elapsed < _SECONDS_BEFORE_ESTIMATE:
            return None
        seconds_per_unit = elapsed / units
        left = (self._plan.total_units - units) * seconds_per_unit
        rows = self._iteration - 1
        if rows >= _ROWS_BEFORE_RATE and units < self._units_before(self._resolution + 1):
            here = max(self._iteration_count - self._iteration, 0)
            by_plan = here * self._stage_plan.iteration_units * seconds_per_unit
            left += here * (now - self._first_row_at) / rows - by_plan
        return max(left, 0.0)
