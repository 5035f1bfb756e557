"""The table of the parameters that matter: what is shown for which stage, and what typed values become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix.parameter_catalogue import parameter_entry
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_values import require_sound_values
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.presets import list_presets
from ElastixPlusLib.presets.parameter_table import parameter_rows, split_values, with_row_text

RIGID = (
    '(Transform "EulerTransform")\n(Metric "AdvancedMattesMutualInformation")\n'
    '(ImageSampler "RandomCoordinate")\n(Optimizer "AdaptiveStochasticGradientDescent")\n'
)
SPLINE = RIGID.replace("Euler", "BSpline") + "(NumberOfResolutions 3)\n"
TWO_METRICS = RIGID.replace("Information", 'Information" "TransformBendingEnergyPenalty')


def file_of(text: str) -> ParameterFile:
    return ParameterFile.parse(text)


def names(text: str) -> list[str]:
    return [row.name for row in parameter_rows(file_of(text))]


def row_of(text: str, name: str):
    return next(row for row in parameter_rows(file_of(text)) if row.name == name)


def typed(text: str, name: str, values: str) -> ParameterFile:
    return with_row_text(file_of(text), row_of(text, name), values)


def test_every_row_of_every_built_in_preset_has_a_title_in_words_and_help():
    for preset in list_presets():
        for file in preset.parameter_files():
            rows = parameter_rows(file)
            assert len({row.name for row in rows}) == len(rows)
            assert len({row.title for row in rows}) == len(rows)
            for row in rows:
                assert row.help, row.name
                assert row.title != row.name or row.name in ("Transform", "Metric", "Registration"), row.name


def test_what_matters_most_stands_first_and_has_its_unit_and_elastix_default():
    assert names(RIGID)[:4] == [
        "Transform",
        "NumberOfResolutions",
        "MaximumNumberOfIterations",
        "NumberOfSpatialSamples",
    ]
    iterations = row_of(RIGID, "MaximumNumberOfIterations")
    assert (iterations.values, iterations.default, iterations.per) == ((), "500", "resolution")
    assert row_of(SPLINE, "FinalGridSpacingInPhysicalUnits").unit == "mm"
    assert row_of(SPLINE, "NumberOfResolutions").values == ("3",)


def test_a_grid_is_shown_for_b_splines_only_and_in_one_unit():
    grid = {"FinalGridSpacingInPhysicalUnits", "GridSpacingSchedule"}
    assert grid <= set(names(SPLINE))
    assert not grid & set(names(RIGID))
    in_voxels = names(SPLINE + "(FinalGridSpacingInVoxels 10)\n")
    assert "FinalGridSpacingInVoxels" in in_voxels
    assert "FinalGridSpacingInPhysicalUnits" not in in_voxels


def test_weights_are_shown_where_there_are_several_metrics_and_of_the_kind_that_counts():
    several = TWO_METRICS + '(Registration "MultiMetricMultiResolutionRegistration")\n'
    assert {"Metric0Weight", "Metric1Weight"} <= set(names(several))
    assert row_of(several, "Metric1Weight").title == "Weight of metric 2"
    assert "Metric0Weight" not in names(RIGID)
    relative = names(several + '(UseRelativeWeights "true")\n(Metric1RelativeWeight 0.1)\n')
    assert "Metric1RelativeWeight" in relative
    assert "Metric1Weight" not in relative


def test_what_counts_for_other_components_only_is_left_out():
    full = RIGID.replace("RandomCoordinate", "Full").replace("AdvancedMattesMutualInformation", "AdvancedMeanSquares")
    assert {"NumberOfSpatialSamples", "NumberOfHistogramBins"} <= set(names(RIGID))
    assert not {"NumberOfSpatialSamples", "NumberOfHistogramBins"} & set(names(full))


def test_what_is_in_the_file_is_shown_if_it_is_worth_changing():
    assert "BSplineTransformSplineOrder" in names(SPLINE + "(BSplineTransformSplineOrder 2)\n")
    assert "BSplineTransformSplineOrder" not in names(SPLINE)
    assert "WriteResultImage" not in names(SPLINE + '(WriteResultImage "false")\n')


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ("8", ("8",)),
        ("250 400 500", ("250", "400", "500")),
        ("8, 8, 4", ("8", "8", "4")),
        ("(8;8\t4)", ("8", "8", "4")),
        ("1e3", ("1000",)),
        ("300.0", ("300",)),
    ],
)
def test_numbers_are_taken_however_they_are_separated(values: str, written: tuple[str, ...]):
    assert typed(RIGID, "MaximumNumberOfIterations", values).get("MaximumNumberOfIterations") == written


@pytest.mark.parametrize(
    ("name", "values", "written"),
    [
        ("ErodeMask", "Yes", ("true",)),
        ("ErodeMask", "OFF", ("false",)),
        ("Transform", "bsplinetransform", ("BSplineTransform",)),
        ("Transform", "RecursiveBSplineTransform", ("RecursiveBSplineTransform",)),
        ("RequiredRatioOfValidSamples", "0.10", ("0.1",)),
    ],
)
def test_words_are_taken_however_they_are_written(name: str, values: str, written: tuple[str, ...]):
    assert typed(RIGID, name, values).get(name) == written


@pytest.mark.parametrize(
    ("name", "values", "remedy"),
    [
        ("MaximumNumberOfIterations", "many", "Give a number."),
        ("MaximumNumberOfIterations", "0", "1 or more"),
        ("MaximumNumberOfIterations", "2.5", "whole number"),
        ("NumberOfResolutions", "3 4", "Give one."),
        ("NumberOfResolutions", "31", "from 1 to 30"),
        ("RequiredRatioOfValidSamples", "0,5", "Write 0.5 for one number"),
        ("RequiredRatioOfValidSamples", "1.5", "from 0 to 1"),
        ("MaximumStepLength", "-1", "above 0"),
        ("ErodeMask", "perhaps", '"true" or "false"'),
        ("Transform", "BSplineTransfrom", 'Did you mean "BSplineTransform"?'),
        ("Transform", " ", "Give one, such as EulerTransform"),
        ("Metric", "a//b", "Leave out"),
    ],
)
def test_what_a_parameter_cannot_take_is_refused_with_a_remedy(name: str, values: str, remedy: str):
    with pytest.raises(ParameterFileError) as raised:
        typed(RIGID, name, values)
    assert remedy in raised.value.remedy


def test_nothing_typed_leaves_a_parameter_to_elastix():
    text = RIGID + "(MaximumNumberOfIterations 7)\n"
    assert typed(text, "MaximumNumberOfIterations", "  ").text == RIGID
    assert typed(text, "MaximumNumberOfIterations", '""').text == RIGID


def test_another_number_of_resolutions_takes_the_lists_along():
    file = typed(SPLINE + "(GridSpacingSchedule 4 2 1)\n", "NumberOfResolutions", "2")
    assert file.get("GridSpacingSchedule") == ("2", "1")


def test_a_faulty_number_of_resolutions_can_be_corrected():
    file = typed(RIGID + '(NumberOfResolutions "many")\n', "NumberOfResolutions", "2")
    assert file.get("NumberOfResolutions") == ("2",)


@given(
    st.lists(st.text(st.characters(codec="ascii", exclude_characters='"', min_codepoint=32), min_size=1), min_size=1)
)
def test_values_come_back_from_the_text_that_shows_them(values: list[str]):
    shown = " ".join(f'"{value}"' for value in values)
    assert split_values(shown) == tuple(values)


@given(st.integers(1, 5000), st.sampled_from(["MaximumNumberOfIterations", "NumberOfSpatialSamples"]))
def test_what_the_table_takes_is_sound_for_elastix(number: int, name: str):
    file = typed(RIGID, name, str(number))
    require_sound_values(file)
    assert row_of(file.text, name).text == str(number)
    assert parameter_entry(name) is not None
