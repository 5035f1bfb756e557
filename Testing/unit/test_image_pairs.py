"""What parameter files become for several pairs of volumes; that elastix runs them is shown in Testing/engine."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.image_pairs import pairs_compared, with_image_pairs
from ElastixPlusLib.elastix.landmark_metric import LANDMARK_METRIC, add_landmark_metric
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import ParameterFileError

MULTI = '(Registration "MultiMetricMultiResolutionRegistration")\n'
ONE_OF_EACH = '(FixedImagePyramid "A")\n(MovingImagePyramid "B")\n(Interpolator "C")\n(ImageSampler "D")\n'
SINGLE = ParameterFile.parse('(Metric "AdvancedMattesMutualInformation")\n' + ONE_OF_EACH)


def combined(*metrics: str, more: str = ONE_OF_EACH) -> ParameterFile:
    return ParameterFile.parse(MULTI + "(Metric" + "".join(f' "{metric}"' for metric in metrics) + ")\n" + more)


MI, NCC, BENDING = "AdvancedMattesMutualInformation", "AdvancedNormalizedCorrelation", "TransformBendingEnergyPenalty"


@pytest.mark.parametrize(
    ("stage", "pairs"),
    [(SINGLE, 1), (combined(MI, NCC), 2), (combined(MI, NCC, BENDING), 2), (combined(MI, BENDING, LANDMARK_METRIC), 1)],
)
def test_a_stage_compares_as_many_pairs_as_it_has_image_metrics_to_combine(stage, pairs):
    assert pairs_compared(stage) == pairs


def test_one_pair_leaves_every_stage_as_it_is():
    files = (SINGLE, combined(MI, NCC, BENDING))
    assert with_image_pairs(files, 1).files == files
    assert with_image_pairs(files, 1).count == 1


def test_every_metric_gets_components_of_its_own_and_the_last_pair_is_repeated():
    paired = with_image_pairs([combined(MI, NCC, BENDING)], 2)
    assert paired.count == 3
    for kind, name in zip(
        ("FixedImagePyramid", "MovingImagePyramid", "Interpolator", "ImageSampler"), "ABCD", strict=True
    ):
        assert paired.files[0].get(kind) == (name,) * 3


def test_components_that_are_given_for_each_pair_stay_and_the_last_one_is_repeated():
    own = ONE_OF_EACH.replace('"C"', '"C" "E"').replace('"D"', '"D" "F"')
    (file,) = with_image_pairs([combined(MI, NCC, BENDING, more=own)], 2).files
    assert file.get("Interpolator") == ("C", "E", "E")
    assert file.get("ImageSampler") == ("D", "F", "F")


def test_a_stage_with_fewer_metrics_gets_further_ones_that_count_for_nothing():
    rigid, spline = with_image_pairs([combined(MI, NCC), combined(MI, NCC, BENDING)], 2).files
    assert rigid.get("Metric") == (MI, NCC, BENDING)
    assert rigid.get("Metric2Use") == ("false",)
    assert [rigid.get(f"Metric{index}Weight") for index in range(3)] == [("0.5",), ("0.5",), ("0.0",)]
    assert "Metric2Use" not in spline


def test_the_share_of_the_metrics_that_were_there_stays_where_weights_are_relative():
    more = ONE_OF_EACH + '(UseRelativeWeights "true")\n(Metric0RelativeWeight 2)\n'
    rigid, _ = with_image_pairs([combined(MI, NCC, more=more), combined(MI, NCC, BENDING)], 2).files
    weights = [rigid.get(f"Metric{index}RelativeWeight") for index in range(3)]
    assert weights == [("2",), ("0.5",), ("0.0",)]


def test_a_stage_of_a_single_metric_looks_at_the_first_pair_and_stays_as_it_is():
    paired = with_image_pairs([SINGLE, combined(MI, NCC)], 2)
    assert paired.files[0] is SINGLE
    assert paired.count == 2


def test_landmarks_that_pull_in_a_stage_of_a_single_metric_leave_it_at_the_first_pair():
    stages = [add_landmark_metric(file, 0.1) for file in (SINGLE, combined(MI, NCC))]
    paired = with_image_pairs(stages, 2)
    assert paired.count == 3
    assert paired.files[0].get("Metric") == (MI, LANDMARK_METRIC, BENDING)
    assert paired.files[0].get("Metric1Weight") == ("0.1",)


@pytest.mark.parametrize(
    ("files", "pairs", "said"),
    [
        ([SINGLE], 2, "every stage compares only one"),
        ([combined(MI, BENDING)], 2, "every stage compares only one"),
        ([combined(MI, NCC)], 3, "compares 2 pairs of volumes, and there are 3"),
        ([combined(MI, NCC, MI)], 2, "compares 3 pairs of volumes, and there are 2"),
        ([combined(MI, BENDING, NCC)], 2, "behind one that does not"),
    ],
)
def test_a_pair_too_many_or_too_few_is_refused_with_a_remedy(files, pairs, said):
    with pytest.raises(ParameterFileError, match=said) as caught:
        with_image_pairs(files, pairs)
    assert caught.value.remedy
