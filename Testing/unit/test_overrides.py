"""Changes of single parameters for one run: read as typed, made where they belong, refused where they mean nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.pyramid_schedule import resolution_count
from ElastixPlusLib.errors import InputError, ParameterFileError, PresetError
from ElastixPlusLib.presets import find_preset
from ElastixPlusLib.presets.overrides import (
    Override,
    overridden,
    parse_override,
    preset_with_overrides,
    with_overrides,
)
from ElastixPlusLib.presets.resolution_lists import is_factor_schedule, is_per_resolution, resized, with_resolutions

RIGID = """// my rigid stage
(Transform "EulerTransform")
(Metric "AdvancedMattesMutualInformation")
(NumberOfResolutions 3)
(MaximumNumberOfIterations 100 200 300) // coarse to fine
(ImageSampler "RandomCoordinate")
(Optimizer "AdaptiveStochasticGradientDescent")
(NumberOfSpatialSamples 2048)
"""
BSPLINE = """(Transform "BSplineTransform")
(Metric "AdvancedMattesMutualInformation")
(ImageSampler "RandomCoordinate")
(Optimizer "AdaptiveStochasticGradientDescent")
(FinalGridSpacingInVoxels 8 8 4)
(GridSpacingSchedule 4 2 1)
(NumberOfResolutions 3)
(MaximumNumberOfIterations 500)
(NumberOfSpatialSamples 1000 2000 3000)
(ImagePyramidSchedule 4 4 1 2 2 1 1 1 1)
"""


def changed(*texts, files=(RIGID, BSPLINE)):
    """The stages with changes as they are typed."""
    return with_overrides([ParameterFile.parse(text) for text in files], [parse_override(text) for text in texts])


def refusal(*texts, files=(RIGID, BSPLINE)):
    with pytest.raises(InputError) as caught:
        changed(*texts, files=files)
    assert isinstance(caught.value, PresetError | ParameterFileError)
    assert caught.value.remedy
    return caught.value


# ---- Read as typed


@pytest.mark.parametrize(
    ("text", "stage", "parameter", "values"),
    [
        ("MaximumNumberOfIterations=100", "all", "MaximumNumberOfIterations", ("100",)),
        ("all.MaximumNumberOfIterations=100", "all", "MaximumNumberOfIterations", ("100",)),
        ("bspline.FinalGridSpacingInPhysicalUnits=8", "bspline", "FinalGridSpacingInPhysicalUnits", ("8",)),
        ("B-Spline.FinalGridSpacingInPhysicalUnits=7.5", "bspline", "FinalGridSpacingInPhysicalUnits", ("7.5",)),
        ("Euler.SP_a=1", "rigid", "SP_a", ("1",)),
        ("02.NumberOfSpatialSamples=2048,4096", "2", "NumberOfSpatialSamples", ("2048", "4096")),
        (" 2 . NumberOfSpatialSamples = 2048 4096 ", "2", "NumberOfSpatialSamples", ("2048", "4096")),
        ("2.NumberOfSpatialSamples=2048 , 4096", "2", "NumberOfSpatialSamples", ("2048", "4096")),
        ('ResultImageName="a b","c,d"', "all", "ResultImageName", ("a b", "c,d")),
        ("ResultImageName='a=b' c", "all", "ResultImageName", ("a=b", "c")),
        ("rigid.SP_alpha=", "rigid", "SP_alpha", ()),
    ],
)
def test_a_change_is_read_as_it_is_typed(text, stage, parameter, values):
    assert parse_override(text) == Override(stage, parameter, values)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "=",
            "=4",
            "MaximumNumberOfIterations",
            ".SP_a=1",
            "SP_a=1,,2",
            "SP_a=,1",
            "SP_a=1,",
            'SP_a="1',
            'SP_a=""',
        ),
        *("0.SP_a=1", "-1.SP_a=1", "1.5.SP_a=1", "second.SP_a=1", "²." + "SP_a=1", None, 8),
    ],
)
def test_a_change_that_is_not_understood_is_refused_with_how_to_write_it(text):
    with pytest.raises(PresetError) as caught:
        parse_override(text)
    assert caught.value.remedy


WORD = st.text(st.characters(codec="ascii", categories=("L", "N", "Zs", "P"), exclude_characters="\"'/"), min_size=1)


@given(
    st.builds(
        Override,
        st.sampled_from(["all", "translation", "rigid", "similarity", "affine", "bspline", "1", "12"]),
        st.from_regex(r"[A-Za-z_0-9]+", fullmatch=True),
        st.lists(WORD, max_size=4).map(tuple),
    )
)
def test_a_change_reads_back_as_it_is_written(override):
    assert parse_override(str(override)) == override


# ---- Made where they belong


def test_a_change_for_a_kind_of_stage_is_made_in_all_of_that_kind_and_in_no_other():
    rigid, bspline, again = changed("bspline.MaximumNumberOfIterations=7", files=(RIGID, BSPLINE, BSPLINE))
    assert rigid.text == RIGID
    assert bspline.get("MaximumNumberOfIterations") == again.get("MaximumNumberOfIterations") == ("7",)


def test_a_change_for_a_number_is_made_in_that_stage_alone_and_keeps_everything_else():
    rigid, bspline = changed("1.MaximumNumberOfIterations=7")
    assert rigid.text == RIGID.replace("100 200 300", "7")
    assert bspline.text == BSPLINE


def test_a_change_for_no_stage_is_made_in_all_of_them_also_where_the_file_did_not_name_it():
    assert [file.get("NumberOfHistogramBins") for file in changed("NumberOfHistogramBins=16")] == [("16",)] * 2


def test_of_two_changes_of_one_parameter_the_later_one_counts():
    rigid, bspline = changed("MaximumNumberOfIterations=10", "bspline.MaximumNumberOfIterations=20")
    assert (rigid.get("MaximumNumberOfIterations"), bspline.get("MaximumNumberOfIterations")) == (("10",), ("20",))


def test_nothing_behind_the_equals_sign_removes_the_parameter():
    assert changed("bspline.GridSpacingSchedule=")[1].text == BSPLINE.replace("(GridSpacingSchedule 4 2 1)\n", "")


def test_the_values_of_a_file_are_written_as_elastix_reads_them():
    (file,) = changed("SP_a=1e3", "NewSamplesEveryIteration=true", "SP_A=0.50", files=(RIGID,))
    assert file.text.endswith('(NewSamplesEveryIteration "true")\n(SP_A 0.5)\n')
    assert "(SP_a 1000)\n" in file.text


def test_the_stages_are_those_before_any_change():
    rigid, _ = changed("1.Transform=AffineTransform", "rigid.MaximumNumberOfIterations=5")
    assert rigid.first("Transform", "") == "AffineTransform"
    assert rigid.get("MaximumNumberOfIterations") == ("5",)


def test_a_grid_spacing_takes_the_place_of_the_one_in_the_other_unit_and_says_so():
    made = overridden([ParameterFile.parse(BSPLINE)], [parse_override("FinalGridSpacingInPhysicalUnits=9")])
    assert made.files[0].get("FinalGridSpacingInPhysicalUnits") == ("9",)
    assert "FinalGridSpacingInVoxels" not in made.files[0]
    assert "FinalGridSpacingInVoxels" in made.notes[0]


def test_a_common_pyramid_schedule_is_not_overruled_by_one_for_a_side():
    stage = BSPLINE + "(FixedImagePyramidSchedule 8 8 8 4 4 4 1 1 1)\n"
    (file,) = changed("ImagePyramidSchedule=6,3,1", files=(stage,))
    assert "FixedImagePyramidSchedule" not in file
    assert file.get("ImagePyramidSchedule") == tuple("666333111")


def test_what_only_a_b_spline_has_is_changed_in_the_b_spline_stages_alone():
    rigid, bspline = changed("FinalGridSpacingInPhysicalUnits=9")
    assert rigid.text == RIGID
    assert bspline.get("FinalGridSpacingInPhysicalUnits") == ("9",)


def test_a_change_is_made_only_where_it_does_something_once_all_changes_are_made():
    rigid, bspline = changed("NumberOfHistogramBins=16", "rigid.Metric=AdvancedNormalizedCorrelation")
    assert "NumberOfHistogramBins" not in rigid
    assert bspline.get("NumberOfHistogramBins") == ("16",)
    assert "no effect" in refusal("NumberOfHistogramBins=16", "Metric=AdvancedNormalizedCorrelation").what


def test_a_second_metric_takes_the_registration_that_adds_metrics_up():
    made = overridden(
        [ParameterFile.parse(RIGID)],
        [parse_override("Metric=AdvancedMattesMutualInformation,AdvancedNormalizedCorrelation")],
    )
    assert made.files[0].first("Registration", "") == "MultiMetricMultiResolutionRegistration"
    assert "MultiMetricMultiResolutionRegistration" in made.notes[0]


# ---- Numbers of resolutions


def test_fewer_resolutions_keep_the_values_of_the_finest_ones():
    rigid, bspline = changed("NumberOfResolutions=2")
    assert rigid.get("MaximumNumberOfIterations") == ("200", "300")
    assert rigid.get("NumberOfSpatialSamples") == ("2048",)
    assert bspline.get("NumberOfSpatialSamples") == ("2000", "3000")
    assert bspline.get("GridSpacingSchedule") == ("2", "1")
    assert bspline.get("ImagePyramidSchedule") == ("2", "2", "1", "1", "1", "1")
    assert bspline.get("FinalGridSpacingInVoxels") == ("8", "8", "4")


def test_more_resolutions_repeat_the_coarsest_values_and_go_on_with_schedules():
    rigid, bspline = changed("NumberOfResolutions=5")
    assert rigid.get("MaximumNumberOfIterations") == ("100", "100", "100", "200", "300")
    assert bspline.get("GridSpacingSchedule") == ("16", "8", "4", "2", "1")
    assert bspline.get("ImagePyramidSchedule") == tuple("16 16 1 8 8 1 4 4 1 2 2 1 1 1 1".split())


def test_lists_that_were_fitted_are_told():
    made = overridden([ParameterFile.parse(RIGID)], [parse_override("NumberOfResolutions=1")])
    assert "MaximumNumberOfIterations" in made.notes[0]
    assert "1 resolution now" in made.notes[0]


def test_the_number_of_resolutions_is_changed_before_everything_else():
    rigid, _ = changed("rigid.MaximumNumberOfIterations=10,20", "NumberOfResolutions=2")
    assert rigid.get("MaximumNumberOfIterations") == ("10", "20")


def test_without_a_number_of_resolutions_the_lists_fit_the_three_that_elastix_takes():
    stage = RIGID.replace("(NumberOfResolutions 3)", "(NumberOfResolutions 2)").replace("100 200 300", "100 200")
    (file,) = changed("NumberOfResolutions=", files=(stage,))
    assert "NumberOfResolutions" not in file
    assert file.get("MaximumNumberOfIterations") == ("100", "100", "200")


def test_the_pull_of_the_landmarks_keeps_its_end_when_resolutions_are_taken_away_or_added():
    guided = find_preset("guided")
    last = guided.recipe.landmark_pull[2]
    fewer = overridden(guided.parameter_files(), [parse_override("3.NumberOfResolutions=2")], guided.recipe).recipe
    more = overridden(guided.parameter_files(), [parse_override("3.NumberOfResolutions=5")], guided.recipe).recipe
    assert fewer.landmark_pull == (*guided.recipe.landmark_pull[:2], last[-2:])
    assert more.landmark_pull[2] == (last[0], *last)


NUMBERS = st.integers(1, 9).map(str)


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_every_list_has_as_many_values_as_there_are_resolutions_and_the_finest_stay(before, after, data):
    values = {
        name: data.draw(st.lists(NUMBERS, min_size=size, max_size=size))
        for name, size in (("SP_a", before), ("FixedImagePyramidSchedule", 3 * before), ("GridSpacingSchedule", before))
    }
    lines = [f"({name} {' '.join(numbers)})" for name, numbers in values.items()]
    file = ParameterFile.parse("\n".join([f"(NumberOfResolutions {before})", "(Scales 1 2 3)", *lines]))
    new, fitted = with_resolutions(file, after)
    assert resolution_count(new) == after
    assert new.get("Scales") == ("1", "2", "3")
    for name, numbers in values.items():
        size = 3 if name == "FixedImagePyramidSchedule" else 1
        found = new.get(name)
        is_single = before == 1 and not is_factor_schedule(name)
        assert len(found) == (1 if is_single else size * after)
        kept = size * min(before, after)
        assert list(found[-kept:]) == numbers[-kept:]
        assert (name in fitted) == (before != after and not is_single)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.integers(0, 6))
def test_taking_away_what_was_added_gives_the_same_list(values, added):
    larger = resized(values, 1, len(values) + added)
    assert resized(larger, 1, len(values)) == tuple(values)


def test_lists_of_metrics_axes_and_scales_are_no_lists_of_resolutions():
    for name in ("Metric", "ImageSampler", "FinalGridSpacingInPhysicalUnits", "Scales", "CenterOfRotationPoint"):
        assert not is_per_resolution(name)
    for name in ("Metric1Weight", "Metric0NumberOfHistogramBins", "MaximumStepLength", "ImageSampler0SP_a"):
        assert is_per_resolution(name)


# ---- Refused where they mean nothing


def test_a_misspelt_name_is_refused_with_the_right_one():
    error = refusal("bspline.MaximumNumberOfIteration=100")
    assert "bspline.MaximumNumberOfIteration=100" in error.what
    assert error.remedy == 'Did you mean "MaximumNumberOfIterations"?'


def test_the_case_of_a_name_has_to_be_right():
    assert refusal("maximumnumberofiterations=100").remedy == 'Did you mean "MaximumNumberOfIterations"?'


def test_a_name_that_elastix_does_not_know_is_refused_unless_the_preset_has_it():
    assert "does not know" in refusal("Flavour=sweet").what
    (file,) = changed("Flavour=sweet", files=(RIGID + '(Flavour "sour")\n',))
    assert file.get("Flavour") == ("sweet",)


@pytest.mark.parametrize("name", ["Max.Iter", "Max(Iter", "Max Iter", "Größe", "Max\nIter"])
def test_a_name_that_no_parameter_can_have_is_refused(name):
    refusal(f"rigid.{name}=1" if "." not in name else f"{name}=1")


def test_a_misspelt_component_is_refused_with_the_right_one():
    assert refusal("Metric=AdvancedMattesMutualInfomation").remedy == 'Did you mean "AdvancedMattesMutualInformation"?'


@pytest.mark.parametrize("stage", ["3", "affine", "similarity"])
def test_a_stage_that_is_not_there_is_refused_with_those_that_are(stage):
    error = refusal(f"{stage}.MaximumNumberOfIterations=100")
    assert "1 rigid, 2 bspline" in error.remedy


@pytest.mark.parametrize(
    "text",
    [
        *("MaximumNumberOfIterations=many", "MaximumNumberOfIterations=0", "NumberOfResolutions=2.5"),
        *("NumberOfResolutions=99", "bspline.FinalGridSpacingInPhysicalUnits=-8"),
        *("SP_a=fast", "rigid.UseAdaptiveStepSizes=maybe", "FixedImageBSplineInterpolationOrder=9", "rigid.Metric="),
        *("NewSamplesEveryIteration=yes", "UseDirectionCosines=false", "FixedImageDimension=2"),
    ],
)
def test_a_value_that_elastix_cannot_use_is_refused_by_the_name_of_the_change(text):
    assert text in refusal(text).what


@pytest.mark.parametrize(
    "text", ['ResultImageName="a//b"', "WriteResultImage=true", "ErodeMask=true", "ErodeMovingMask0="]
)
def test_what_a_run_decides_itself_cannot_be_changed(text):
    refusal(text)


def test_changes_that_do_not_go_together_are_refused_and_faults_of_the_file_are_not_theirs():
    two = "Metric=AdvancedMattesMutualInformation,AdvancedNormalizedCorrelation"
    assert "cannot be used" in refusal(two, "Registration=MultiResolutionRegistration").what
    faulty = RIGID + "(SP_alpha fast)\n"
    assert changed("SP_a=5", files=(faulty,))[0].get("SP_a") == ("5",)


def test_what_has_no_effect_on_a_stage_is_refused():
    assert "no effect" in refusal("rigid.FinalGridSpacingInPhysicalUnits=8").what
    assert "no effect" in refusal("FinalGridSpacingInPhysicalUnits=8", files=(RIGID,)).what


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("2.NumberOfSpatialSamples=2048,4096", "one value, or 3"),
        ("2.NumberOfSpatialSamples=1,2,3,4", "one value, or 3"),
        ("2.GridSpacingSchedule=4,1", "3 numbers"),
        ("2.ImagePyramidSchedule=4,4,4,1,1,1", "3 numbers"),
        ("2.SampleRegionSize=50,40", "one number"),
        ("2.FinalGridSpacingInPhysicalUnits=8,4", "one number"),
        ("NumberOfResolutions=2,3", "one value"),
        ("Transform=EulerTransform,AffineTransform", "one value"),
    ],
)
def test_a_number_of_values_of_which_elastix_would_drop_or_make_up_some_is_refused(text, fitting):
    error = refusal(text)
    assert ("3 resolutions" in error.what) == ("resolution" in error.remedy)
    assert fitting in error.remedy


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2.ImagePyramidSchedule=4,2,1", "4 4 4 2 2 2 1 1 1"),
        ("2.ImagePyramidSchedule=4,4,1,2,2,1,1,1,1", "4 4 1 2 2 1 1 1 1"),
        ("2.SampleRegionSize=50,40,30", "50 40 30 50 40 30 50 40 30"),
        ("2.SampleRegionSize=50", "50 50 50 50 50 50 50 50 50"),
        ("2.FinalGridSpacingInPhysicalUnits=8,8,4", "8 8 4"),
    ],
)
def test_values_along_three_axes_are_filled_in_where_elastix_needs_them(text, values):
    override = parse_override(text)
    assert changed(text)[1].get(override.parameter) == tuple(values.split())


def test_a_fit_of_the_landmarks_alone_has_nothing_to_change():
    assert "landmarks alone" in refusal("SP_a=1", files=()).what
    assert with_overrides((), ()) == ()


# ---- As a preset


def test_a_preset_with_changes_says_them_and_no_longer_what_was_measured_without():
    generic = find_preset("generic")
    made = preset_with_overrides(generic, [parse_override("bspline.FinalGridSpacingInPhysicalUnits=8")])
    assert made.parameter_files()[1].get("FinalGridSpacingInPhysicalUnits") == ("8",)
    assert made.parameter_files()[0].text == generic.parameter_files()[0].text
    assert replace(made, stages=generic.stages) == replace(generic, measured=())
    assert preset_with_overrides(generic, []) is generic
