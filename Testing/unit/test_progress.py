"""Progress from what elastix prints: where it is, how far the landmarks are, how long it will take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ElastixPlusLib.elastix.iteration_plan import IterationPlan, StagePlan
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.progress import ProgressEvent, ProgressReader

LANDMARKS = "CorrespondingPointsEuclideanDistanceMetric"
SINGLE_HEADER = "1:ItNr\t2:Metric\t3a:Time\t3b:StepSize\t4:||Gradient||\tTime[ms]"
LANDMARK_HEADER = (
    "1:ItNr\t2:Metric\t2:Metric0\t2:Metric1\t3a:Time\t3b:StepSize\t4:||Gradient0||\t4:||Gradient1||"
    "\t4:||Gradient||\tTime0[ms]\tTime1[ms]\tTime[ms]"
)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def plan() -> IterationPlan:
    """A rigid stage, then a B-spline stage with landmarks."""
    rigid = StagePlan("EulerTransform", (40, 20))
    return IterationPlan((rigid, StagePlan("BSplineTransform", (30, 30), landmark_column="2:Metric1")))


def single_row(iteration: int) -> str:
    return f"{iteration}\t-1.382277\t0.000000\t7.882675\t0.164793\t91.1"


def landmark_row(iteration: int, distance: float) -> str:
    return f"{iteration}\t-1.4189\t-1.4203\t{distance:.6f}\t0.0\t73.69\t0.007\t0.157\t0.0178\t2.2\t0.0\t350.1"


def output_of_a_run(plan: IterationPlan, *, native: bool, stop_early_at: int | None = None) -> Iterator[str]:
    """What an engine prints for a plan; the wheel does not announce its stages."""
    for number, stage in enumerate(plan.stages):
        if native:
            yield f'Running elastix with parameter file {number}: "p{number}.txt".'
        yield "ELASTIX version: 5.0.1"
        yield "Reading images..."
        for resolution, iterations in enumerate(stage.iterations):
            yield f"Resolution: {resolution}"
            yield 'WARNING: The parameter "MaximumStepLength", requested at entry number 0, does not exist at all.'
            yield SINGLE_HEADER if stage.landmark_column is None else LANDMARK_HEADER
            for iteration in range(min(iterations, stop_early_at or iterations)):
                yield single_row(iteration) if stage.landmark_column is None else landmark_row(iteration, 1.5)
            yield f"Time spent in resolution {resolution} (ITK initialization and iterating): 0.120 s."
            yield "Stopping condition: Maximum number of iterations has been reached."
        yield "Creating the TransformParameterFile took 0.00s"
        if native:
            yield f'Running elastix with parameter file {number}: "p{number}.txt", has finished.'
    yield "Total time elapsed: 1.0s."


def events_of(reader: ProgressReader, lines: Iterator[str]) -> list[ProgressEvent]:
    return [event for line in lines if (event := reader.feed(line)) is not None]


@pytest.mark.parametrize("native", [True, False])
def test_every_iteration_is_reported_at_its_place(plan: IterationPlan, clock: Clock, native: bool):
    events = events_of(ProgressReader(plan, clock), output_of_a_run(plan, native=native))
    places = [(event.stage, event.resolution, event.iteration) for event in events if event.metric is not None]
    expected = [(1, 1, 40), (1, 2, 20), (2, 1, 30), (2, 2, 30)]
    assert places == [(stage, level, n + 1) for stage, level, count in expected for n in range(count)]
    assert {(event.stage_count, event.resolution_count) for event in events} == {(2, 2)}


@pytest.mark.parametrize("stop_early_at", [None, 7])
@pytest.mark.parametrize("native", [True, False])
def test_the_fraction_only_rises_and_ends_at_one(
    plan: IterationPlan, clock: Clock, native: bool, stop_early_at: int | None
):
    lines = output_of_a_run(plan, native=native, stop_early_at=stop_early_at)
    fractions = [event.fraction for event in events_of(ProgressReader(plan, clock), lines)]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.05
    assert fractions[-2] == pytest.approx(0.99)
    assert fractions[-1] == 1.0


def test_an_optimiser_that_stops_early_still_finishes_its_resolution(plan: IterationPlan, clock: Clock):
    full = events_of(ProgressReader(plan, clock), output_of_a_run(plan, native=True))
    short = events_of(ProgressReader(plan, clock), output_of_a_run(plan, native=True, stop_early_at=3))
    assert short[0].iteration_count == 40

    def starts(events: list[ProgressEvent]) -> list[float]:
        return [event.fraction for event in events if event.phase == "Preparing the resolution"]

    assert starts(short) == starts(full)


def test_the_landmark_distance_is_read_from_its_own_column(plan: IterationPlan, clock: Clock):
    reader = ProgressReader(plan, clock)
    lines = ['Running elastix with parameter file 1: "p1.txt".', "Resolution: 0", LANDMARK_HEADER]
    events_of(reader, iter(lines))
    event = reader.feed(landmark_row(3, 2.25))
    assert event is not None
    assert (event.metric, event.landmark_distance_mm, event.iteration) == (-1.4189, 2.25, 4)


def test_the_image_metric_is_told_apart_from_the_sum_and_from_the_landmarks(plan: IterationPlan, clock: Clock):
    reader = ProgressReader(plan, clock)
    headings = "1:ItNr\t2:Metric\t2:Metric1\t2:Metric0\t3a:Time"
    events_of(reader, iter(["ELASTIX version: 5.0.1", 'Running elastix with parameter file 1: "p1.txt".']))
    events_of(reader, iter(["Resolution: 0", headings]))
    event = reader.feed("0\t-0.5\t2.25\t-0.75\t1.0")
    assert event is not None
    assert (event.metric, event.image_metric, event.landmark_distance_mm) == (-0.5, -0.75, 2.25)


def test_a_single_metric_is_the_image_metric(clock: Clock):
    reader = ProgressReader(IterationPlan((StagePlan("AffineTransform", (100,)),)), clock)
    events_of(reader, iter(["ELASTIX version: 5.0.1", "Resolution: 0", "1:ItNr\t2:Metric\t3a:Time"]))
    event = reader.feed("0\t-0.5\t1.0")
    assert event is not None
    assert (event.metric, event.image_metric) == (-0.5, -0.5)


def test_a_stage_without_landmarks_reports_none_even_with_several_metrics(clock: Clock):
    reader = ProgressReader(IterationPlan((StagePlan("BSplineTransform", (30,)),)), clock)
    events_of(reader, iter(["ELASTIX version: 5.0.1", "Resolution: 0", LANDMARK_HEADER]))
    event = reader.feed(landmark_row(0, 2.25))
    assert event is not None
    assert event.landmark_distance_mm is None


def test_columns_are_found_by_name_whatever_the_optimiser_prints(clock: Clock):
    reader = ProgressReader(IterationPlan((StagePlan("AffineTransform", (100,)),)), clock)
    lines = ["ELASTIX version: 5.0.1", "Resolution: 0", "1:ItNr\t1a:SrchDirNr\t1b:LineItNr\t2:Metric\t3:StepLength"]
    events_of(reader, iter(lines))
    event = reader.feed("0\t0\t5\t-1.225718\t67.907965")
    assert event is not None
    assert event.metric == -1.225718


@pytest.mark.parametrize("row", ["0\t", "0\tnan\t1", "0\t\t\t", "12\tgarbage"])
def test_a_row_without_a_number_still_counts(plan: IterationPlan, clock: Clock, row: str):
    reader = ProgressReader(plan, clock)
    events_of(reader, iter(["ELASTIX version: 5.0.1", "Resolution: 0", SINGLE_HEADER]))
    event = reader.feed(row)
    assert event is not None
    assert event.metric is None


def test_time_left_follows_the_measured_speed(clock: Clock):
    reader = ProgressReader(IterationPlan((StagePlan("EulerTransform", (1000,)),)), clock)
    events_of(reader, iter(["ELASTIX version: 5.0.1", "Resolution: 0", SINGLE_HEADER]))
    clock.now += 2.0
    event = None
    for iteration in range(501):
        event = reader.feed(single_row(iteration))
        clock.now += 0.01
    assert event is not None
    assert event.seconds_left == pytest.approx(499 * 0.01, rel=0.05)


def test_time_left_is_unknown_at_first_and_none_at_the_end(plan: IterationPlan, clock: Clock):
    events = events_of(ProgressReader(plan, clock), output_of_a_run(plan, native=True))
    assert events[0].seconds_left is None
    assert events[-1].seconds_left == 0.0


def test_time_left_expects_a_deformable_stage_to_be_slower_than_the_rigid_one(plan: IterationPlan, clock: Clock):
    reader = ProgressReader(plan, clock)
    event = None
    for line in ["ELASTIX version: 5.0.1", "Resolution: 0", SINGLE_HEADER, *map(single_row, range(40))]:
        event = reader.feed(line) or event
        clock.now += 0.1
    assert event is not None
    assert event.seconds_left is not None
    assert event.seconds_left > 20 * 0.1 + 60 * 0.1


def test_more_iterations_and_stages_than_planned_do_no_harm(clock: Clock):
    plan = IterationPlan((StagePlan("EulerTransform", (2,)),))
    more = IterationPlan((StagePlan("EulerTransform", (9, 9)), StagePlan("EulerTransform", (9,))))
    events = events_of(ProgressReader(plan, clock), output_of_a_run(more, native=True))
    assert all(event.iteration <= event.iteration_count for event in events)
    assert all(event.resolution <= event.resolution_count and event.stage <= event.stage_count for event in events)
    assert events[-1].fraction == 1.0


def test_what_transformix_prints_after_the_run_is_not_progress(plan: IterationPlan, clock: Clock):
    reader = ProgressReader(plan, clock)
    events_of(reader, output_of_a_run(plan, native=True))
    assert reader.feed("ELASTIX version: 5.0.1") is None


def parameters(*lines: str) -> ParameterFile:
    return ParameterFile.parse("".join(f"({line})\n" for line in lines))


def test_a_plan_is_read_from_the_parameter_files():
    plan = IterationPlan.from_parameter_files(
        [
            parameters('Transform "EulerTransform"', "NumberOfResolutions 2", "MaximumNumberOfIterations 40 20"),
            parameters(
                'Transform "BSplineTransform"',
                f'Metric "AdvancedMattesMutualInformation" "{LANDMARKS}"',
                "NumberOfResolutions 3",
                "MaximumNumberOfIterations 30",
            ),
        ]
    )
    assert plan.stages == (
        StagePlan("EulerTransform", (40, 20), None),
        StagePlan("BSplineTransform", (30, 30, 30), "2:Metric1"),
    )


@pytest.mark.parametrize(
    ("lines", "iterations"),
    [
        ([], (500, 500, 500)),
        (["NumberOfResolutions 1", 'Optimizer "QuasiNewtonLBFGS"'], (100,)),
        (["NumberOfResolutions 3", "MaximumNumberOfIterations 5 7"], (5, 7, 5)),
        (["NumberOfResolutions 2", "MaximumNumberOfIterations 5 6 7"], (5, 6)),
        (["NumberOfResolutions 0", "MaximumNumberOfIterations 0"], (1,)),
        (["NumberOfResolutions two"], (500, 500, 500)),
    ],
)
def test_what_a_parameter_file_leaves_out_is_as_in_elastix(lines: list[str], iterations: tuple[int, ...]):
    assert IterationPlan.from_parameter_files([parameters(*lines)]).stages[0].iterations == iterations


def test_the_landmark_distance_is_found_among_ten_metrics(clock: Clock):
    """elastix numbers the columns with two digits then."""
    metrics = " ".join(['"AdvancedMattesMutualInformation"'] * 9 + [f'"{LANDMARKS}"'])
    plan = IterationPlan.from_parameter_files([ParameterFile(f'(Transform "EulerTransform")\n(Metric {metrics})\n')])
    reader = ProgressReader(plan, clock)
    names = ["1:ItNr", "2:Metric", *(f"2:Metric{index:02d}" for index in range(10)), "Time[ms]"]
    reader.feed("Resolution: 0")
    reader.feed("\t".join(names))
    event = reader.feed("\t".join(["0", "-1.0", *(f"{index}.5" for index in range(10)), "3.0"]))
    assert event is not None
    assert event.landmark_distance_mm == 9.5
