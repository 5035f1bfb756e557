"""What the landmark overlay writes; that elastix runs it is shown in Testing/engine."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.landmark_metric import (
    LANDMARK_METRIC,
    add_landmark_metric,
    landmark_metric_column,
    landmark_metric_index,
    landmark_weight,
    metric_count,
    own_landmark_weights,
    why_landmarks_cannot_pull,
)
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import LandmarkError, ParameterFileError

MULTI = '(Registration "MultiMetricMultiResolutionRegistration")\n'
TWO_METRICS = MULTI + '(Metric "AdvancedMattesMutualInformation" "AdvancedNormalizedCorrelation")\n'
TWO_OF_EACH = (
    '(FixedImagePyramid "A" "B")\n(MovingImagePyramid "C" "D")\n(Interpolator "E" "F")\n(ImageSampler "G" "H")\n'
)


def overlaid(text: str, weight=0.1, **options) -> ParameterFile:
    return add_landmark_metric(ParameterFile.parse(text), weight, **options)


@pytest.mark.parametrize(
    ("choice", "weight"),
    [("soft", 0.002), ("balanced", 0.005), ("firm", 0.1), (" Firm ", 0.1), (0, 0.0), (2, 2.0), ("0.5", 0.5)],
)
def test_a_weight_is_a_word_or_a_number(choice, weight):
    assert landmark_weight(choice) == weight


@pytest.mark.parametrize("choice", ["hard", "", -0.1, "-1", float("nan"), float("inf"), None])
def test_any_other_weight_is_refused(choice):
    with pytest.raises(LandmarkError, match="not usable"):
        landmark_weight(choice)


def test_a_single_metric_keeps_its_weight_of_one_and_its_comments():
    text = (
        '(Registration "MultiResolutionRegistration") // one metric\n'
        '(Metric "AdvancedMattesMutualInformation") // any modality\n'
        '(Interpolator "LinearInterpolator")\n'
    )
    assert overlaid(text).text == (
        '(Registration "MultiMetricMultiResolutionRegistration") // one metric\n'
        f'(Metric "AdvancedMattesMutualInformation" "{LANDMARK_METRIC}") // any modality\n'
        '(Interpolator "LinearInterpolator")\n(Metric0Weight 1.0)\n(Metric1Weight 0.1)\n'
    )


def test_settings_that_a_single_metric_ignored_do_not_begin_to_count():
    stale = (
        '(Metric "AdvancedMattesMutualInformation")\n(Metric0Weight 0.2)\n(Metric0Use "false")\n'
        '(UseRelativeWeights "true")\n(Metric1Weight 9)\n(Metric1Use "false")\n'
    )
    result = overlaid(stale)
    assert result.get("Metric0Weight") == ("1.0",)
    assert result.get("Metric1Weight") == ("0.1",)
    assert not {"Metric0Use", "Metric1Use", "UseRelativeWeights"} & set(result.names)


def test_the_default_weights_of_several_metrics_are_written_down():
    result = overlaid(TWO_METRICS)
    assert [result.get(f"Metric{i}Weight") for i in range(3)] == [("0.5",), ("0.5",), ("0.1",)]


def test_given_weights_of_several_metrics_stay():
    result = overlaid(TWO_METRICS + "(NumberOfResolutions 2)\n(Metric0Weight 1 0.5)\n", [0.1, 0.02])
    assert result.get("Metric0Weight") == ("1", "0.5")
    assert result.get("Metric1Weight") == ("0.5",)
    assert result.get("Metric2Weight") == ("0.1", "0.02")


def test_components_given_per_metric_get_one_more_and_single_ones_stay():
    result = overlaid(TWO_METRICS + TWO_OF_EACH.replace('"C" "D"', '"C"'))
    assert result.get("FixedImagePyramid") == ("A", "B", "B")
    assert result.get("MovingImagePyramid") == ("C",)
    assert result.get("Interpolator") == ("E", "F", "F")
    assert result.get("ImageSampler") == ("G", "H", "H")


def test_relative_weights_stay_relative_and_firm_is_an_equal_share():
    result = overlaid(TWO_METRICS + '(UseRelativeWeights "true")\n(Metric0RelativeWeight 2)\n')
    assert result.get("Metric0RelativeWeight") == ("2",)
    assert result.get("Metric1RelativeWeight") == ("0.5",)
    assert result.get("Metric2RelativeWeight") == ("1.0",)
    assert "Metric2Weight" not in result


OWN_LANDMARKS = MULTI + f'(Metric "AdvancedMattesMutualInformation" "{LANDMARK_METRIC}")\n'


def test_a_file_that_only_measures_landmarks_keeps_its_metrics_and_gets_the_weight():
    result = overlaid(OWN_LANDMARKS + '(Metric1Weight 0.05)\n(Metric1Use "false")\n')
    assert metric_count(result) == 2
    assert result.get("Metric1Weight") == ("0.1",)
    assert "Metric1Use" not in result
    assert "Metric0Weight" not in result


FALLING = OWN_LANDMARKS + "(NumberOfResolutions 3)\n(Metric1Weight 0.05 0.005 0.0005)\n"


def test_a_file_with_landmark_weights_of_its_own_runs_with_them_where_landmarks_pull_balanced():
    assert overlaid(FALLING, landmark_weight("balanced")).get("Metric1Weight") == ("0.05", "0.005", "0.0005")


def test_weights_of_a_file_keep_their_proportion_where_landmarks_pull_harder():
    weights = [float(text) for text in overlaid(FALLING, landmark_weight("firm")).get("Metric1Weight")]
    assert weights == pytest.approx([1.0, 0.1, 0.01])
    by_resolution = [float(text) for text in overlaid(FALLING, [0.005, 0.005, 0.05]).get("Metric1Weight")]
    assert by_resolution == pytest.approx([0.05, 0.005, 0.005])


def test_a_file_without_landmark_weights_of_its_own_has_those_that_elastix_takes():
    assert own_landmark_weights(ParameterFile.parse(OWN_LANDMARKS + "(NumberOfResolutions 2)")) == (0.5, 0.5)
    assert overlaid(OWN_LANDMARKS, landmark_weight("balanced")).get("Metric1Weight") == ("0.5",)


def test_resolutions_in_which_a_file_leaves_the_landmarks_unused_stay_without():
    result = overlaid(FALLING + '(Metric1Use "true" "false" "true")', landmark_weight("balanced"))
    assert result.get("Metric1Weight") == ("0.05", "0.0", "0.0005")


def test_relative_weights_of_a_file_keep_their_proportion_too():
    text = OWN_LANDMARKS + '(UseRelativeWeights "true")\n(Metric1RelativeWeight 1 0.1)\n(NumberOfResolutions 2)'
    assert overlaid(text, landmark_weight("balanced")).get("Metric1RelativeWeight") == ("1.0", "0.1")


def test_weights_of_metrics_that_were_never_combined_are_not_those_of_the_file():
    text = f'(Metric "AdvancedMattesMutualInformation" "{LANDMARK_METRIC}")\n(Metric1Weight 3)\n'
    assert overlaid(text).get("Metric1Weight") == ("0.1",)


def test_landmarks_in_the_first_place_move_behind_with_all_that_is_counted():
    metrics = f'(Metric "{LANDMARK_METRIC}" "AdvancedMattesMutualInformation")\n'
    result = overlaid(MULTI + metrics + '(Metric0Weight 3)\n(Metric1Weight 1 2)\n(Metric1Use "true")\n' + TWO_OF_EACH)
    assert result.get("Metric") == ("AdvancedMattesMutualInformation", LANDMARK_METRIC)
    assert result.get("Metric0Weight") == ("1.0", "2.0")
    assert result.get("Metric1Weight") == ("60.0",)
    assert result.get("Metric0Use") == ("true",)
    assert result.get("Interpolator") == ("F", "E")


def test_mean_squares_need_the_variance_of_the_grey_values():
    squares = '(Metric "AdvancedMeanSquares")\n'
    with pytest.raises(LandmarkError, match="squared grey values"):
        overlaid(squares)
    assert overlaid(squares, 0.1, image_variance=5000.0).get("Metric1Weight") == ("500.0",)
    assert overlaid(squares + '(UseNormalization "true")').get("Metric1Weight") == ("0.1",)
    assert overlaid(TWO_METRICS, image_variance=5000.0).get("Metric2Weight") == ("0.1",)


def test_differences_of_tissue_are_in_parts_of_the_step_from_air_to_tissue():
    tissue = '(Metric "SumSquaredTissueVolumeDifference")\n'
    assert float(overlaid(tissue, 0.1, image_variance=1055.0**2).get("Metric1Weight")[0]) == pytest.approx(0.1)
    own = tissue + "(AirValue -900)\n(TissueValue 100)\n"
    assert float(overlaid(own, 0.1, image_variance=5e6).get("Metric1Weight")[0]) == pytest.approx(0.5)
    with pytest.raises(LandmarkError, match="squared grey values"):
        overlaid(tissue)


def test_a_count_of_weights_that_does_not_fit_the_resolutions_is_refused():
    with pytest.raises(LandmarkError, match="2 landmark weights for 3 resolutions"):
        overlaid(TWO_METRICS, [0.1, 0.2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('(Transform "EulerTransform")', "names no metric"),
        (f'(Metric "{LANDMARK_METRIC}")', "no image metric"),
        (f'(Metric "AdvancedMeanSquares" "{LANDMARK_METRIC}" "{LANDMARK_METRIC}")', "more than once"),
        (
            '(Registration "MultiResolutionRegistrationWithFeatures")\n(Metric "KNNGraphAlphaMutualInformation")',
            "cannot be combined",
        ),
        ('(Metric "TransformBendingEnergyPenalty" "DisplacementMagnitudePenalty")', "compares no images"),
        ('(Metric "AdvancedMeanSquares")\n(Optimizer "PreconditionedStochasticGradientDescent")', "crashes"),
    ],
)
def test_metrics_that_elastix_cannot_combine_with_landmarks_are_refused(text, said):
    with pytest.raises(ParameterFileError, match=said):
        overlaid(text)


def test_landmarks_pull_in_a_file_of_several_metrics():
    assert why_landmarks_cannot_pull(ParameterFile.parse(TWO_METRICS)) is None


def test_the_column_of_the_landmark_distance_is_known():
    assert landmark_metric_index(ParameterFile.parse(TWO_METRICS)) is None
    assert landmark_metric_column(ParameterFile.parse(TWO_METRICS)) is None
    assert landmark_metric_column(overlaid(TWO_METRICS)) == "2:Metric2"
    nine = MULTI + "(Metric" + ' "AdvancedNormalizedCorrelation"' * 9 + ")\n"
    assert landmark_metric_column(overlaid(nine)) == "2:Metric09"
