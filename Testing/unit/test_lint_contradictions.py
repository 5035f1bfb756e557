"""Parameters that contradict each other or the run, need what is not there, or do nothing, are found."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.lint_finding import Circumstances
from linted_files import COMBINED, POINTS, RIGID, SPLINE, TWO, found, the


def test_direction_cosines_are_not_to_be_switched_off():
    finding = the(found(UseDirectionCosines='"false"'))
    assert (finding.severity, finding.replacement) == ("error", ("true",))
    assert found(UseDirectionCosines='"true"') == ()


def test_samples_in_a_mask_that_is_not_there_are_noted():
    finding = the(found(Circumstances(has_fixed_mask=False), ImageSampler='"RandomSparseMask"'))
    assert (finding.severity, finding.replacement) == ("note", ("RandomCoordinate",))
    for known in (None, True):
        assert found(Circumstances(has_fixed_mask=known), ImageSampler='"RandomSparseMask"') == ()


@pytest.mark.parametrize("name", ["ErodeMask", "ErodeFixedMask", "ErodeMovingMask"])
def test_a_region_of_interest_is_not_to_be_eroded(name):
    region = Circumstances(mask_edge="region")
    finding = the(found(region, **{name: '"true" "true" "false"'}))
    assert (finding.severity, finding.replacement) == ("warning", ("false",))
    assert found(region, **{name: '"false"'}) == ()
    for edge in (None, "artificial"):
        assert found(Circumstances(mask_edge=edge), **{name: '"true"'}) == ()


@pytest.mark.parametrize("side", ["fixed", "moving"])
def test_the_erosion_of_a_mask_that_is_not_there_is_noted(side):
    name = f"Erode{side.capitalize()}Mask"
    assert the(found(Circumstances(**{f"has_{side}_mask": False}), **{name: '"true"'})).severity == "note"
    for known in (None, True):
        assert found(Circumstances(**{f"has_{side}_mask": known}), **{name: '"true"'}) == ()


def test_both_volumes_are_computed_with_as_the_same_kind_of_number():
    short = {"FixedInternalImagePixelType": '"short"'}
    finding = the(found(**short))
    assert (finding.severity, finding.replacement) == ("error", ("float",))
    both = found(**short, MovingInternalImagePixelType='"short"')
    assert [one.severity for one in both] == ["warning", "warning"]
    assert found(FixedInternalImagePixelType='"float"', MovingInternalImagePixelType='"float"') == ()


@pytest.mark.parametrize("values", ['"false"', None, '"true" "false" "true"'])
def test_the_same_few_samples_in_every_iteration_are_a_warning(values):
    finding = the(found(NewSamplesEveryIteration=values))
    assert (finding.severity, finding.parameter, finding.replacement) == (
        "warning",
        "NewSamplesEveryIteration",
        ("true",),
    )


def test_an_optimiser_that_needs_steady_samples_may_keep_them():
    assert found(Optimizer='"QuasiNewtonLBFGS"', NewSamplesEveryIteration='"false"') == ()


@pytest.mark.parametrize(("sampler", "severity"), [("Full", "warning"), ("Grid", "note")])
def test_a_stochastic_optimiser_does_not_need_every_voxel(sampler, severity):
    finding = the(found(ImageSampler=f'"{sampler}"', NewSamplesEveryIteration=None))
    assert (finding.severity, finding.replacement) == (severity, ("RandomCoordinate",))
    assert found(ImageSampler=f'"{sampler}"', Optimizer='"QuasiNewtonLBFGS"') == ()


def test_sample_regions_that_do_nothing_are_noted():
    regions = {"UseRandomSampleRegion": '"true"', "SampleRegionSize": "50"}
    assert found(**regions) == ()
    assert the(found(**regions, ImageSampler='"Random"')).parameter == "UseRandomSampleRegion"
    assert the(found(SampleRegionSize="50")).what == "SampleRegionSize does nothing, as UseRandomSampleRegion is off."


def test_a_start_by_elastix_does_nothing_where_there_is_another():
    automatic = {"AutomaticTransformInitialization": '"true"', "AutomaticTransformInitializationMethod": '"Origins"'}
    assert found(**automatic) == ()
    finding = the(found(Circumstances(has_start=True), **automatic))
    assert (finding.severity, finding.replacement) == ("note", ("false",))
    assert the(found(AutomaticTransformInitializationMethod='"Origins"')).severity == "note"


def test_adding_displacements_is_noted():
    finding = the(found(HowToCombineTransforms='"Add"'))
    assert (finding.severity, finding.replacement) == ("note", ("Compose",))


def test_a_grid_has_one_spacing():
    both = {"FinalGridSpacingInVoxels": "8", "FinalGridSpacingInPhysicalUnits": "16"}
    assert the(found(base=SPLINE, **both)).severity == "error"
    finding = the([one for one in found(base=SPLINE, FinalGridSpacing="8") if one.severity == "warning"])
    assert finding.new_name == "FinalGridSpacingInVoxels"
    assert "8 voxels apart" in finding.what


def test_scales_are_estimated_or_given():
    assert the(found(Scales="1000")).what == "Scales does nothing, as AutomaticScalesEstimation is on."
    assert the(found(AutomaticScalesEstimation=None)).replacement == ("true",)
    assert found(AutomaticScalesEstimation='"false"', Scales="1000") == ()
    assert found(AutomaticScalesEstimation=None, Transform='"TranslationTransform"') == ()


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        ("Metric", "PCAMetric2", "4 dimensions"),
        ("Metric", "VarianceOverLastDimensionMetric", "4 dimensions"),
        ("Metric", "KNNGraphAlphaMutualInformation", "feature volumes"),
        ("Metric", "StatisticalShapePenalty", "shape model"),
        ("Metric", "PolydataDummyPenalty", "surface meshes"),
        ("Metric", "DistancePreservingRigidityPenalty", "needs a file"),
        ("Transform", "MultiBSplineTransformWithNormal", "sliding parts"),
        ("Transform", "DeformationFieldTransform", "finds none"),
        ("Transform", "WeightedCombinationTransform", "needs a file"),
        ("Interpolator", "RayCastInterpolator", "X-ray"),
        ("Registration", "MultiResolutionRegistrationWithFeatures", "feature volumes"),
    ],
)
def test_what_needs_more_than_there_can_be_says_why(kind, name, why):
    findings = [one for one in found(**{kind: f'"{name}"'}) if one.kind == "need"]
    assert (the(findings).severity, why in the(findings).what) == ("error", True)


def test_a_stack_of_slices_runs_and_is_noted():
    findings = [one for one in found(Transform='"EulerStackTransform"') if one.kind == "need"]
    assert the(findings).severity == "note"


def test_landmarks_that_a_stage_lives_on_are_missed_only_where_there_are_none():
    metrics = {"Metric": f'"AdvancedMeanSquares" {POINTS}'}
    for known in (None, True):
        assert found(Circumstances(has_landmarks=known), base=COMBINED, **metrics) == ()
        assert found(Circumstances(has_landmarks=known), base=SPLINE, Transform='"SplineKernelTransform"') == ()
    without = Circumstances(has_landmarks=False)
    assert the(found(without, base=COMBINED, **metrics)).severity == "error"
    assert the(found(without, base=SPLINE, Transform='"SplineKernelTransform"')).severity == "error"


def test_a_file_that_a_penalty_reads_has_to_be_there(tmp_path):
    rigidity = (
        SPLINE
        | COMBINED
        | {"Transform": SPLINE["Transform"], "Metric": TWO.replace("AdvancedMeanSquares", "TransformRigidityPenalty")}
    )
    rigidity.pop("AutomaticScalesEstimation")
    (tmp_path / "bones.mha").touch()
    assert found(base=rigidity) == ()
    assert found(base=rigidity, FixedRigidityImageName=f'"{tmp_path}/bones.mha"') == ()
    assert "a folder of its own" in the(found(base=rigidity, FixedRigidityImageName='"bones.mha"')).what
    assert "no such file" in the(found(base=rigidity, FixedRigidityImageName=f'"{tmp_path}/none.mha"')).what


@pytest.mark.parametrize("name", ["FixedImageDimension", "MovingImageDimension"])
def test_a_file_for_flat_images_is_refused(name):
    assert "for 2-dimensional images" in the(found(**{name: "2"})).what
    assert found(**{name: "3"}) == ()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"GridSpacingSchedule": "4 2 1"}, "GridSpacingSchedule does nothing with the Transform EulerTransform."),
        ({"BSplineInterpolationOrder": "3", "Interpolator": '"LinearInterpolator"'}, "with the Interpolator"),
        ({"NumberOfHistogramBins": "64", "Metric": '"AdvancedMeanSquares"'}, "with the Metric AdvancedMeanSquares"),
        ({"Metric0Weight": "0.5"}, "with the Registration MultiResolutionRegistration"),
        ({"SP_a": "1000"}, "as AutomaticParameterEstimation is on"),
        ({"RelaxationFactor": "0.7"}, "with the Optimizer AdaptiveStochasticGradientDescent"),
    ],
)
def test_what_does_nothing_is_noted(changes, what):
    finding = the(found(**changes))
    assert (finding.severity, finding.kind) == ("note", "unused")
    assert what in finding.what


def test_what_elastix_would_take_anyway_is_not_worth_a_note():
    assert found(GridSpacingSchedule="4 2 1", base=SPLINE) == ()
    assert found(base=SPLINE, AutomaticTransformInitialization='"false"') == ()
    assert found(NumberOfHistogramBins="32", Metric='"AdvancedMeanSquares"') == ()
    assert found(SP_a="1000", AutomaticParameterEstimation='"false"') == ()


def test_of_an_unknown_component_nobody_knows_what_it_reads():
    assert {one.kind for one in found(base=RIGID, Metric='"SiteMetric"', NumberOfHistogramBins="64")} == {"name"}


def test_a_spline_whose_step_size_is_estimated_without_its_region_is_told():
    local = {"ImageSampler": '"RandomCoordinate"', "UseRandomSampleRegion": '"true"'}
    finding = the(found(base=SPLINE, **local))
    assert (finding.severity, finding.replacement) == ("warning", ("MultiInputRandomCoordinate",))
    assert not found(base=RIGID, **local)
    assert not found(base=SPLINE, **(local | {"ImageSampler": '"MultiInputRandomCoordinate"'}))
    assert not found(base=SPLINE, **local, AutomaticParameterEstimation='"false"', SP_a="400.0")
