"""What is said of the evidence: every line alone, graded only where there is a tolerance, and no more than was seen."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.accuracy.deformation import DeformationStatistics
from ElastixPlusLib.accuracy.error_statistics import error_statistics
from ElastixPlusLib.accuracy.evidence import Evidence
from ElastixPlusLib.accuracy.held_out import HeldOutError, HeldOutReport
from ElastixPlusLib.accuracy.intensity_similarity import Similarity, SimilarityChange
from ElastixPlusLib.accuracy.inverse_consistency import ConsistencyStatistics
from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport, PairError
from ElastixPlusLib.accuracy.structure_overlap import Overlap, StructureAgreement
from ElastixPlusLib.accuracy.tolerance import Statement, Tolerance, statements
from ElastixPlusLib.accuracy.uncertainty import UncertaintyStatistics

NOTHING = Evidence(Tolerance(2.0), "inside the mask brain")
EMPTY = Overlap(0.0, 0.0, None, None, None, 0.0)
CLAIMS = re.compile(
    r"complian|conform|\bpass|\bfail|approv|certif|guarant|excellent|perfect|\bbest\b|\bgood\b|safe|valid|\bnan\b|\binf\b|none,",
    re.IGNORECASE,
)
ORDER = (
    "Target registration error at check landmarks",
    "Target registration error of left-out pairs",
    "Fiducial registration error",
    "Mean distance to agreement",
    "Dice",
    "95th percentile of surface distances (HD95)",
    "Folding",
    "Displacement",
    "Bending energy",
    "Inverse consistency",
    "Normalised cross correlation",
    "Normalised mutual information",
    "Mean squared difference",
    "Spread of the displacement",
)


def landmarks(check=(), drive=(), before=8.0) -> LandmarkReport:
    pairs = [PairError(f"C{place + 1}", "check", before, after) for place, after in enumerate(check)]
    return LandmarkReport((*pairs, *(PairError(f"D{place}", "drive", 5.0, after) for place, after in enumerate(drive))))


def overlap(dice=0.9, mda_mm=0.5, hd95_mm=1.5) -> Overlap:
    return Overlap(dice, dice / (2 - dice), mda_mm, hd95_mm, 4.0, 1.0)


def deformation(folded_percent=0.0, is_linear=False, jacobian_min=0.6, n=10_000) -> DeformationStatistics:
    determinants = jacobian_min, 1.7, 1.02, 0.1, ((50.0, 1.0),)
    return DeformationStatistics(n, is_linear, *determinants, folded_percent, 3.0, 7.0, 99.0, 1e-4, (0.0, 2.0), (n,))


def consistency(distances, outside_percent=0.0) -> ConsistencyStatistics:
    found = error_statistics(np.array(distances))
    assert found is not None
    return ConsistencyStatistics(found, outside_percent)


def held_out(after) -> HeldOutReport:
    pairs = tuple(HeldOutError(f"D{place}", place, 9.0, error) for place, error in enumerate(after))
    return HeldOutReport("leave-one-out", pairs)


@pytest.fixture(scope="module")
def everything() -> Evidence:
    return Evidence(
        tolerance=Tolerance(2.0),
        region="inside the mask brain",
        landmarks=landmarks(check=np.linspace(0.5, 4.1, 15), drive=[0.2, 0.4]),
        held_out=held_out(np.linspace(0.4, 2.0, 12)),
        structures=(StructureAgreement("kidney", "kidney", overlap(0.6, 3.0, 6.0), overlap()),),
        deformation=deformation(),
        consistency=consistency([0.1, 0.3, 2.5]),
        intensity=SimilarityChange(Similarity(9, 0.61, 1.05, 15000.0), Similarity(9, 0.94, 1.2, 0.012)),
        uncertainty=UncertaintyStatistics(("seed 1", "seed 2", "seed 3"), 0.2, 0.5, 1.1),
    )


def lines_about(start: str, evidence: Evidence) -> list[Statement]:
    return [line for line in statements(evidence) if line.quantity.startswith(start)]


def line_about(start: str, evidence: Evidence) -> Statement:
    (line,) = lines_about(start, evidence)
    return line


def check_mean(check, tolerance=NOTHING.tolerance) -> Statement:
    return lines_about(ORDER[0], replace(NOTHING, landmarks=landmarks(check), tolerance=tolerance))[0]


def test_lines_come_in_the_order_of_a_report(everything):
    found = [
        next(place for place, start in enumerate(ORDER) if line.quantity.startswith(start))
        for line in statements(everything)
    ]
    assert found == sorted(found)
    assert set(found) == set(range(len(ORDER)))


def test_only_what_has_a_tolerance_is_graded(everything):
    graded = [ORDER[place] for place in (0, 1, 3, 4, 6, 9)]
    for line in statements(everything):
        assert (line.standing in ("within", "outside")) == line.quantity.startswith(tuple(graded))


def test_without_anything_each_line_says_what_would_let_one_assess_it():
    texts = [line.text for line in statements(NOTHING)]
    assert {line.standing for line in statements(NOTHING)} == {"not assessed"}
    assert texts[0].endswith(" check landmarks not assessed: no landmarks; mark the same places in both volumes.")
    assert "not assessed: no structures; outline the same structure in both volumes" in texts[1]
    assert "Folding not assessed" in texts[2]
    assert "register the other way round" in texts[3]
    assert "Similarity of grey values not assessed" in texts[4]
    assert "repeat it with other seeds" in texts[5]
    assert len(texts) == 6


def test_driving_landmarks_alone_are_no_target_registration_error():
    evidence = replace(NOTHING, landmarks=landmarks(drive=[0.1, 0.3]))
    line = line_about("Target", evidence)
    assert (line.standing, line.value) == ("not assessed", "")
    assert (
        "not assessed: no check landmarks; mark pairs that do not drive, or leave pairs out one at a time" in line.text
    )


def test_where_pairs_were_left_out_nobody_is_told_to_leave_pairs_out():
    evidence = replace(NOTHING, landmarks=landmarks(drive=[0.1] * 4), held_out=held_out([1.0] * 4))
    missing, left_out = lines_about("Target", evidence)
    assert missing.standing == "not assessed"
    assert "leave pairs out" not in missing.text
    assert left_out.standing == "within"


def test_the_mean_error_at_check_landmarks_has_interval_count_and_tolerance(everything):
    mean, largest = lines_about(ORDER[0], everything)
    statistics = everything.landmarks.statistics("check", "after")
    low, high = statistics.mean_interval_mm
    assert mean.quantity == "Target registration error at check landmarks, mean"
    assert mean.value == f"2.30 mm (95 % CI {low:.1f} to {high:.1f}, n = 15)"
    assert mean.standing == "outside"
    assert "outside the tolerance used (voxel size 2.0 mm). It was 8.00 mm before." in mean.text
    assert (largest.value, largest.standing) == ("4.10 mm (at landmark C15, n = 15)", "outside")


def test_the_mean_may_be_within_where_the_largest_is_outside():
    mean, largest = lines_about("Target", replace(NOTHING, landmarks=landmarks([0.1] * 11 + [2.1])))
    assert (mean.standing, largest.standing) == ("within", "outside")


def test_small_intervals_are_written_with_two_digits():
    assert re.search(r"95 % CI 0\.\d\d to 0\.\d\d, n = 12", check_mean(np.linspace(0.1, 0.6, 12)).value)


def test_fewer_than_three_check_landmarks_have_no_interval():
    assert check_mean([0.5, 0.7]).value == "0.60 mm (n = 2)"


def test_an_interval_that_includes_the_tolerance_is_pointed_out():
    includes = "The confidence interval includes the tolerance."
    assert includes in check_mean(np.linspace(0.5, 3.3, 12)).text
    assert includes in check_mean(np.linspace(0.7, 3.5, 12)).text
    assert includes not in check_mean(np.linspace(0.5, 1.0, 12)).text
    assert includes not in check_mean(np.linspace(3.0, 4.0, 12)).text


@pytest.mark.parametrize(("count", "said"), [(1, "1 landmark says"), (4, "4 landmarks say"), (9, "9 landmarks say")])
def test_few_check_landmarks_are_said_to_say_little(count, said):
    evidence = replace(NOTHING, landmarks=landmarks([0.5] * count))
    assert all(f"{said} little about the rest of the volume." in line.text for line in lines_about("Target", evidence))
    assert ("likely to be too narrow" in check_mean([0.5] * count).text) == (count >= 3)
    assert not re.search("little|narrow", check_mean([0.5] * 10).text)


def test_a_voxel_size_and_a_tolerance_of_the_user_are_called_what_they_are():
    assert "within the tolerance used (voxel size 0.938 mm)" in check_mean([0.5] * 10, Tolerance(0.9375)).text
    assert "within the tolerance used (2.0 mm)" in check_mean([0.5] * 10, Tolerance(2.0, is_voxel_size=False)).text
    assert "within the tolerance used (2.25 mm)" in check_mean([0.5] * 10, Tolerance(2.25, is_voxel_size=False)).text


@pytest.mark.parametrize(
    ("error", "standing", "shown"),
    [(2.0, "within", "2.00"), (2.00412, "outside", "2.004"), (1.996, "within", "2.00"), (2.04, "outside", "2.04")],
)
def test_the_limit_is_within_and_what_is_shown_does_not_contradict_it(error, standing, shown):
    line = check_mean([error])
    assert (line.standing, line.value) == (standing, f"{shown} mm (n = 1)")


def test_the_error_of_left_out_pairs_says_how_it_was_measured(everything):
    line = line_about("Target registration error of left-out", everything)
    assert line.quantity == "Target registration error of left-out pairs (leave-one-out), mean"
    assert line.value.startswith("1.20 mm (95 % CI ")
    assert line.value.endswith(", n = 12)")
    assert line.standing == "within"
    assert "It was 9.00 mm before. Measured in 12 further runs" in line.text


def test_a_report_of_nothing_left_out_says_nothing():
    assert lines_about("Target registration error of left-out", replace(NOTHING, held_out=held_out([]))) == []


def test_what_is_left_at_driving_landmarks_is_no_evidence(everything):
    line = line_about("Fiducial", everything)
    assert (line.value, line.standing) == ("0.30 mm (n = 2)", "reported")
    assert "what the registration was told to make small, and no evidence of accuracy" in line.text


def structure(after: Overlap, before=EMPTY, moving_name="kidney", tolerance=NOTHING.tolerance) -> list[Statement]:
    pair = StructureAgreement("kidney", moving_name, before, after)
    found = statements(replace(NOTHING, structures=(pair,), tolerance=tolerance))
    return [line for line in found if "kidney" in line.quantity]


def test_a_structure_has_a_graded_distance_a_graded_overlap_and_a_reported_far_part(everything):
    distance, dice, far = (line for line in statements(everything) if "kidney" in line.quantity)
    assert (distance.value, distance.standing) == ("0.50 mm", "within")
    assert "within the tolerance used (voxel size 2.0 mm). It was 3.00 mm before." in distance.text
    assert (dice.value, dice.standing) == ("0.90", "within")
    assert "within the tolerance used (at least 0.80). It was 0.60 before. TG-132 names 0.80 to 0.90" in dice.text
    assert (far.value, far.standing) == ("1.50 mm", "reported")
    assert "It was 6.00 mm before." in far.text


def test_distance_and_overlap_are_graded_each_by_its_own_tolerance():
    assert [line.standing for line in structure(overlap(0.79, 1.9, 40.0))] == ["within", "outside", "reported"]
    standings = [
        line.standing for line in structure(overlap(dice=0.84, mda_mm=2.1), tolerance=Tolerance(2.0, dice=0.85))
    ]
    assert standings == ["outside", "outside", "reported"]


def test_an_overlap_at_the_limit_is_within_and_one_just_below_shows_it():
    assert structure(overlap(dice=0.8))[1].standing == "within"
    below = structure(overlap(dice=0.7996))[1]
    assert (below.value, below.standing) == ("0.7996", "outside")


def test_structures_of_two_names_are_both_named():
    assert structure(overlap(), moving_name="left kidney")[1].quantity == "Dice coefficient of kidney and left kidney"


def test_an_empty_structure_is_not_assessed():
    (line,) = structure(EMPTY)
    assert line.standing == "not assessed"
    assert "one of the two is empty within the fixed volume" in line.text


def test_a_structure_that_the_transform_takes_out_of_the_volume_is_outside():
    distance, dice = structure(EMPTY, before=overlap(0.3, 9.0))
    assert (distance.standing, dice.standing) == ("not assessed", "outside")
    assert (dice.value, "It was 0.30 before." in dice.text) == ("0.00", True)


def test_every_structure_has_its_lines():
    pairs = tuple(StructureAgreement(name, name, overlap(), overlap()) for name in ("liver", "spleen"))
    found = [line.quantity.split(" of ")[-1] for line in statements(replace(NOTHING, structures=pairs))]
    assert found[1:7] == ["liver"] * 3 + ["spleen"] * 3


def folding(found: DeformationStatistics) -> Statement:
    return line_about("Folding", replace(NOTHING, deformation=found))


def test_no_folding_is_within_and_said_to_be_no_proof():
    line = folding(deformation())
    assert (line.quantity, line.value) == ("Folding inside the mask brain", "none at 10,000 places")
    assert line.standing == "within"
    assert "within the tolerance used (no folding). The Jacobian determinant is 0.6 to 1.7." in line.text
    assert "need not be the right one" in line.text


@pytest.mark.parametrize(
    ("percent", "places", "value"),
    [
        (12.5, 10_000, "1,250 of 10,000 places (12.50 %)"),
        (0.01, 10_000, "1 of 10,000 places (0.01 %)"),
        (0.0003, 1_000_000, "3 of 1,000,000 places (less than 0.01 %)"),
        (100.0, 8, "8 of 8 places (100.00 %)"),
        (0.001, 10, "1 of 10 places (less than 0.01 %)"),
    ],
)
def test_any_folding_is_outside_and_never_rounded_to_none(percent, places, value):
    line = folding(deformation(percent, jacobian_min=-0.21, n=places))
    assert (line.value, line.standing) == (value, "outside")
    assert "The Jacobian determinant is -0.21 to 1.7." in line.text
    assert "need not be" not in line.text


def test_the_determinant_of_a_linear_transform_is_no_evidence():
    evidence = replace(NOTHING, deformation=deformation(is_linear=True))
    line = line_about("Jacobian", evidence)
    assert (line.value, line.standing) == ("1.02 everywhere", "reported")
    assert "no evidence" in line.text
    assert not lines_about("Folding", evidence)
    assert not lines_about("Bending", evidence)
    assert line_about("Displacement", evidence).standing == "reported"


def test_a_linear_transform_that_mirrors_is_outside():
    line = line_about("Jacobian", replace(NOTHING, deformation=deformation(100.0, is_linear=True, jacobian_min=-1.0)))
    assert line.standing == "outside"
    assert "outside the tolerance used (above 0). The transform mirrors" in line.text


def test_consistency_is_graded_by_mean_and_largest(everything):
    mean, largest = lines_about("Inverse", everything)
    assert (mean.quantity, mean.value) == ("Inverse consistency inside the mask brain, mean", "0.97 mm (3 places)")
    assert (mean.standing, largest.value, largest.standing) == ("within", "2.50 mm (3 places)", "outside")
    assert "may agree and both be wrong" in mean.text
    assert "left out" not in mean.text


def test_places_left_out_of_consistency_are_counted():
    lines = lines_about("Inverse", replace(NOTHING, consistency=consistency([0.1, 0.2], outside_percent=12.34)))
    assert all("12.3 % of the places are left out" in line.text for line in lines)


def test_grey_values_are_reported_with_what_they_are_worth(everything):
    correlation, information, difference = (line_about(start, everything) for start in ORDER[10:13])
    assert correlation.value == "0.94 (before: 0.61)"
    assert information.value == "1.2 (before: 1.05)"
    assert difference.value == "0.012 (before: 15,000)"
    for line in (correlation, information, difference):
        assert "changes it whether or not the right places lie on each other" in line.text


def test_grey_values_of_a_constant_volume_are_not_assessed_where_they_have_no_figure():
    constant = SimilarityChange(Similarity(9, 0.6, 1.1, 4.0), Similarity(9, None, None, 3.0))
    evidence = replace(NOTHING, intensity=constant)
    assert [line_about(start, evidence).standing for start in ORDER[10:13]] == ["not assessed"] * 2 + ["reported"]


def test_the_spread_over_runs_is_reported(everything):
    line = line_about("Spread", everything)
    assert line.value == "mean 0.20 mm, 95th percentile 0.50 mm, largest 1.10 mm (3 runs)"
    assert "not how far it is from the truth" in line.text


errors = st.floats(0, 50, width=32)
fractions = st.floats(0, 1, width=32)
overlaps = st.one_of(st.just(EMPTY), st.builds(overlap, fractions, errors, errors))
similarities = st.builds(
    Similarity, st.integers(2, 99), st.none() | fractions, st.none() | fractions, st.floats(0, 1e8)
)
evidences = st.builds(
    Evidence,
    tolerance=st.builds(Tolerance, st.floats(0.05, 9), st.booleans(), st.floats(0.5, 1)),
    region=st.sampled_from(["inside the mask brain", "in the whole volume"]),
    landmarks=st.builds(landmarks, st.lists(errors, max_size=12), st.lists(errors, max_size=4), errors),
    held_out=st.none() | st.builds(held_out, st.lists(errors, max_size=5)),
    structures=st.lists(
        st.builds(StructureAgreement, st.just("a"), st.sampled_from("ab"), overlaps, overlaps), max_size=2
    ).map(tuple),
    deformation=st.none() | st.builds(deformation, st.just(0.0) | st.floats(0, 100), st.booleans(), st.floats(-9, 1)),
    consistency=st.none() | st.builds(consistency, st.lists(errors, min_size=1, max_size=4), st.floats(0, 99)),
    intensity=st.none() | st.builds(SimilarityChange, similarities, similarities),
    uncertainty=st.none() | st.builds(UncertaintyStatistics, st.just(("seed 1", "seed 2")), errors, errors, errors),
)


@given(evidences)
@settings(max_examples=150, deadline=None)
def test_no_evidence_makes_a_line_claim_too_much_or_need_another_one(evidence):
    for line in statements(evidence):
        assert not CLAIMS.search(line.text), line.text
        assert line.text.startswith(line.quantity)
        assert line.value in line.text
        assert line.text.endswith(".")
        assert "  " not in line.text
        assert ".." not in line.text
        assert (line.value == "") == (line.standing == "not assessed")
        said = {
            "within": ", within the tolerance used (",
            "outside": ", outside the tolerance used (",
            "not assessed": " not assessed: ",
            "reported": ", reported and not graded.",
        }
        assert [standing for standing, words in said.items() if words in line.text] == [line.standing]


@given(evidences)
@settings(max_examples=60, deadline=None)
def test_driving_landmarks_never_change_what_is_said_of_the_target_registration_error(evidence):
    check = evidence.landmarks.of_role("check")
    if check:
        alone = replace(evidence, landmarks=LandmarkReport(check))
        assert lines_about("Target", evidence) == lines_about("Target", alone)
    assert all(line.standing == "reported" for line in lines_about("Fiducial", evidence))
