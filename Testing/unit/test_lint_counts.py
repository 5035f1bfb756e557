"""Values that are too few or too many for resolutions, axes and metrics are found, with what elastix makes of them."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.lint_finding import Circumstances
from linted_files import COMBINED, POINTS, RIGID, SPLINE, found, the


def test_missing_values_for_resolutions_are_the_first_one():
    finding = the(found(MaximumNumberOfIterations="250 500"))
    assert (finding.severity, finding.kind) == ("warning", "count")
    assert finding.what.startswith("MaximumNumberOfIterations has 2 values for 3 resolutions, ")
    assert finding.what.endswith(" and elastix takes the first one, 250, for resolution 3.")
    assert finding.replacement == ("250", "500", "500")
    assert "for resolutions 3 to 4" in the(found(NumberOfResolutions="4", MaximumNumberOfIterations="2 5")).what


@pytest.mark.parametrize("values", ["500", "250 500 1000", "500 500"])
def test_one_value_or_one_for_each_resolution_is_right(values):
    assert found(MaximumNumberOfIterations=values) == ()


def test_without_a_number_of_resolutions_elastix_makes_three():
    assert found(NumberOfResolutions=None, MaximumNumberOfIterations="1 2 3") == ()
    assert "for 3 resolutions" in the(found(NumberOfResolutions=None, MaximumNumberOfIterations="1 2")).what


def test_values_that_are_too_many_are_passed_over():
    finding = the(found(NumberOfSpatialSamples="2000 2000 3000 4000"))
    assert (finding.severity, finding.replacement) == ("note", ("2000", "2000", "3000"))
    finding = the(found(RandomSeed="1 2"))
    assert (finding.severity, finding.replacement) == ("note", ("1",))


def test_weights_of_metrics_are_counted_against_resolutions():
    assert found(base=COMBINED, Metric0Weight="1 0.5 0.1") == ()
    assert the(found(base=COMBINED, Metric0Weight="1 0.5")).severity == "warning"


def test_a_line_without_values_is_a_warning():
    finding = the(found(MaximumNumberOfIterations='""'))
    assert finding.severity == "warning"
    assert "takes 500" in finding.what


def test_axes_have_one_value_or_three():
    assert found(base=SPLINE, FinalGridSpacingInPhysicalUnits="16") == ()
    assert found(base=SPLINE, FinalGridSpacingInPhysicalUnits="16 16 8") == ()
    finding = the(found(base=SPLINE, FinalGridSpacingInPhysicalUnits="16 8"))
    assert (finding.severity, "takes the first one, 16, for axis k" in finding.what) == ("warning", True)
    assert the(found(base=SPLINE, FinalGridSpacingInPhysicalUnits="16 8 8 8")).severity == "note"


def test_a_stage_has_one_transform():
    finding = the(found(Transform='"EulerTransform" "AffineTransform"'))
    assert (finding.severity, finding.parameter) == ("error", "Transform")


@pytest.mark.parametrize("values", ["4 2 1", "4 4 4 2 2 2 1 1 1", "2 2 2"])
def test_a_grid_schedule_has_one_value_or_three_for_each_resolution(values):
    assert found(base=SPLINE, GridSpacingSchedule=values) == ()


@pytest.mark.parametrize("values", ["4", "4 2", "8 4 2 1", "4 4 4 2 2 2"])
def test_any_other_grid_schedule_is_refused(values):
    finding = the(found(base=SPLINE, GridSpacingSchedule=values))
    assert (finding.severity, "elastix refuses" in finding.what) == ("error", True)


def test_an_incomplete_pyramid_schedule_is_dropped_as_a_whole():
    finding = the(found(FixedImagePyramidSchedule="4 2 1"))
    assert finding.severity == "warning"
    assert "passes over all of them and halves with each resolution" in finding.what
    assert finding.replacement == ("4", "4", "4", "2", "2", "2", "1", "1", "1")
    assert the(found(ImagePyramidSchedule="4 4 4 2")).replacement is None
    assert found(MovingImagePyramidSchedule="4 4 2 2 2 1 1 1 1") == ()


def test_regions_and_grids_of_samples_are_filled_up_otherwise():
    on = {"UseRandomSampleRegion": '"true"'}
    assert found(**on, SampleRegionSize="50") == ()
    assert found(**on, SampleRegionSize="50 50 50") == ()
    assert "takes the first one, 50, for the rest" in the(found(**on, SampleRegionSize="50 50 30")).what
    grid = RIGID | {"ImageSampler": '"Grid"', "Optimizer": '"QuasiNewtonLBFGS"'}
    assert "takes 2 for the rest" in the(found(base=grid, SampleGridSpacing="4 4 4")).what


@pytest.mark.parametrize(
    ("name", "values", "where"),
    [
        ("FixedImagePyramidSchedule", "1 1 1 2 2 2 4 4 4", "along axis i from 1 to 2 at resolution 2"),
        ("FixedImagePyramidSchedule", "4 4 1 2 2 1 1 1 2", "along axis k from 1 to 2 at resolution 3"),
        ("GridSpacingSchedule", "1 2 4", "from 1 to 2 at resolution 2"),
    ],
)
def test_a_schedule_that_goes_from_fine_to_coarse_is_a_warning(name, values, where):
    finding = the(found(base=SPLINE, **{name: values}))
    assert (finding.severity, where in finding.what) == ("warning", True)


def test_two_metrics_need_the_registration_that_combines_them():
    finding = the(found(base=COMBINED, Registration='"MultiResolutionRegistration"'))
    assert (finding.severity, finding.replacement) == ("error", ("MultiMetricMultiResolutionRegistration",))
    finding = the(found(base=COMBINED, Registration=None))
    assert (finding.parameter, finding.line_number) == ("Registration", 2)


def test_landmarks_beside_one_metric_are_combined_by_the_run():
    metrics = f'"AdvancedMeanSquares" {POINTS}'
    assert the(found(Metric=metrics)).severity == "note"
    assert found(base=COMBINED, Metric=metrics) == ()


def test_the_metric_of_the_landmarks_is_neither_alone_nor_there_twice():
    assert found(base=COMBINED, ImageSampler=None, Metric=POINTS)[0].severity == "error"
    assert the(found(base=COMBINED, Metric=f'"AdvancedMeanSquares" {POINTS} {POINTS}')).severity == "error"
    assert the(found(base=COMBINED, Metric=f'{POINTS} "AdvancedMeanSquares"')).severity == "note"


def test_components_number_one_or_as_many_as_metrics():
    two = {
        "FixedImagePyramid": '"FixedSmoothingImagePyramid" "FixedSmoothingImagePyramid"',
        "MovingImagePyramid": '"MovingSmoothingImagePyramid" "MovingSmoothingImagePyramid"',
        "Interpolator": '"LinearInterpolator" "LinearInterpolator"',
        "ImageSampler": '"RandomCoordinate" "RandomCoordinate"',
    }
    assert found(base=COMBINED, **two) == ()
    assert found(base=COMBINED, Interpolator=two["Interpolator"]) == ()
    three = '"LinearInterpolator" "LinearInterpolator" "LinearInterpolator"'
    assert "refuses" in the(found(base=COMBINED, Interpolator=three)).what


def test_pyramids_need_interpolators_and_samplers():
    pyramids = '"MovingSmoothingImagePyramid" "MovingSmoothingImagePyramid"'
    finding = the(found(base=COMBINED, MovingImagePyramid=pyramids, Interpolator='"LinearInterpolator"'))
    assert finding.replacement == ("LinearInterpolator", "LinearInterpolator")
    finding = the(found(base=COMBINED, FixedImagePyramid=pyramids.replace("Moving", "Fixed")))
    assert finding.replacement == ("RandomCoordinate", "RandomCoordinate")


def test_one_metric_without_combination_leaves_further_components_alone():
    assert found(Interpolator='"LinearInterpolator" "LinearInterpolator"') == ()


def test_a_weight_without_its_metric_is_a_warning():
    finding = the(found(base=COMBINED, Metric2Weight="0.1"))
    assert (finding.severity, finding.what) == (
        "warning",
        "Metric2Weight is for metric 2, and the metrics are numbered 0 to 1.",
    )
    assert found(base=COMBINED, Metric1Weight="0.1") == ()
    assert found(Circumstances(), Metric1NumberOfHistogramBins="32")[0].kind == "count"
