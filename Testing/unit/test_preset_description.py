"""A preset is described from its parameter files in words, and found by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ElastixPlusLib.elastix import parameter_names
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.presets import Preset, PresetStage, find_preset, list_presets
from ElastixPlusLib.presets.description import describe, matches, search_text, text_matches
from ElastixPlusLib.presets.recipe import Recipe

Make = Callable[..., Preset]


def known_classes(component: str) -> set[str]:
    """What a component parameter may hold, as the list beside the library's check of names has it."""
    text = Path(parameter_names.__file__).with_suffix(".txt").read_text(encoding="utf-8")
    return set(text.split(f"\n[{component}]\n")[1].split("\n\n")[0].split())


@pytest.fixture
def preset(tmp_path: Path) -> Make:
    """Makes a preset from the texts of its stages."""

    def make(*stages: str, title: str = "A preset", anatomy: str = "any") -> Preset:
        made = []
        for index, text in enumerate(stages):
            made.append(PresetStage(f"{index}.txt", tmp_path / f"{index}.txt"))
            (tmp_path / f"{index}.txt").write_text(text, encoding="utf-8")
        return Preset("knee-mr", title, "Summary.", (anatomy,), ("MR",), stages=tuple(made))

    return make


def stage(transform: str, *more: str, metric: str = '"AdvancedMattesMutualInformation"', resolutions: int = 4) -> str:
    return f'(Transform "{transform}")\n(Metric {metric})\n(NumberOfResolutions {resolutions})\n' + "\n".join(more)


def grid_of(described: str) -> str:
    return described.split("(")[1].split(" grid)")[0] if "(" in described else ""


def test_built_in_presets_are_described_in_words():
    assert describe(find_preset("rigid")) == "Rigid; mutual information; 4 resolutions."
    assert describe(find_preset("affine")) == "Rigid, then affine; mutual information; 4 resolutions."
    assert describe(find_preset("generic")) == "Rigid, then B-spline (16 mm grid); mutual information; 4 resolutions."
    assert describe(find_preset("guided")).endswith("4 resolutions; from the landmarks, cropped.")
    assert describe(find_preset("landmarks-affine")) == "Affine fit of the landmarks; the images are not looked at."


def test_every_built_in_preset_is_described_in_one_short_line_without_names_of_classes():
    classes = known_classes("Transform") | known_classes("Metric")
    for each in list_presets():
        text = describe(each)
        assert len(text) < 200, each.id
        assert "\n" not in text
        assert not classes & set(text.replace(";", " ").replace(",", " ").rstrip(".").split())


@pytest.mark.parametrize("name", sorted(known_classes("Transform")))
def test_every_transform_of_elastix_has_words(name, preset):
    assert name not in describe(preset(stage(name)))


@pytest.mark.parametrize("name", sorted(known_classes("Metric")))
def test_every_metric_of_elastix_has_words(name, preset):
    words = describe(preset(stage("EulerTransform", metric=f'"{name}"'))).split("; ")[1]
    assert name not in words
    assert words == words.lower()


def test_unknown_names_are_shown_as_they_are(preset):
    described = describe(preset(stage("tinyTransform", metric='"MyMetric"')))
    assert described == "tinyTransform; MyMetric; 4 resolutions."


@pytest.mark.parametrize(
    ("parameters", "grid"),
    [
        (["(FinalGridSpacingInPhysicalUnits 16)"], "16 mm"),
        (["(FinalGridSpacingInPhysicalUnits 7.5 7.5 7.5)"], "7.5 mm"),
        (["(FinalGridSpacingInPhysicalUnits 4 4 8)"], "4 × 4 × 8 mm"),
        (["(FinalGridSpacingInVoxels 10)"], "10 voxels"),
        (["(FinalGridSpacingInPhysicalUnits 16)", "(GridSpacingSchedule 8 4 2 1)"], "16 mm"),
        (["(FinalGridSpacingInPhysicalUnits 16)", "(GridSpacingSchedule 16 8 4 2)"], "32 mm"),
        (["(FinalGridSpacingInVoxels 4)", "(GridSpacingSchedule 8 8 8 4 4 4 2 2 2 1 1 2)"], "4 × 4 × 8 voxels"),
        ([], "8 mm"),
        (["(FinalGridSpacingInPhysicalUnits wide)"], ""),
    ],
)
def test_the_grid_of_the_last_resolution_is_told(parameters, grid, preset):
    assert grid_of(describe(preset(stage("BSplineTransform", *parameters)))) == grid


def test_transforms_without_a_grid_have_none(preset):
    assert grid_of(describe(preset(stage("EulerTransform")))) == ""
    assert grid_of(describe(preset(stage("SplineKernelTransform")))) == ""


def test_neighbouring_stages_of_a_kind_are_told_together(preset):
    stages = [stage("BSplineTransform", f"(FinalGridSpacingInPhysicalUnits {grid})") for grid in (64, 32, 10)]
    described = describe(preset(stage("EulerTransform"), stage("AffineTransform"), *stages))
    assert described.startswith("Rigid, then affine, then B-spline in 3 stages (10 mm grid);")


def test_penalties_and_landmarks_are_told_behind_the_image_metric(preset):
    metrics = (
        '"AdvancedNormalizedCorrelation" "TransformBendingEnergyPenalty" "CorrespondingPointsEuclideanDistanceMetric"'
    )
    described = describe(preset(stage("BSplineTransform", metric=metrics)))
    assert "; correlation with smoothness penalty and landmarks; " in described


def test_a_metric_of_several_volumes_is_told_once(preset):
    metrics = '"AdvancedMeanSquares" "AdvancedMeanSquares" "AdvancedMattesMutualInformation"'
    described = describe(preset(stage("EulerTransform", metric=metrics)))
    assert "; squared differences and mutual information; " in described


def test_stages_that_differ_in_metric_and_resolutions_are_told_one_after_the_other(preset):
    described = describe(
        preset(
            stage("EulerTransform", resolutions=3),
            stage("AffineTransform", resolutions=3),
            stage("BSplineTransform", metric='"AdvancedMeanSquares"', resolutions=1),
        )
    )
    assert described.endswith("; mutual information, then squared differences; 1 to 3 resolutions.")


def test_what_the_file_leaves_out_is_what_elastix_takes(preset):
    assert describe(preset('(Transform "EulerTransform")')) == "Rigid; 3 resolutions."


def test_a_broken_parameter_file_is_an_error_but_the_preset_is_still_found_by_its_title(preset):
    broken = preset("(Transform", title="Whole knee")
    with pytest.raises(ParameterFileError):
        describe(broken)
    assert matches(broken, "whole")


@pytest.mark.parametrize(
    "words",
    ["", "  ", "knee", "KNEE-MR", "preset", "Summary.", "cote", "CÔTÉ", "Gelenk  strasse", "mr", "mutual RIGID", "mut"],
)
def test_a_preset_is_found_by_every_word_without_accents_and_case(words, preset):
    made = preset(stage("EulerTransform"), title="Côté A preset", anatomy="Gelenk Straße")
    assert matches(made, words)
    assert text_matches(search_text(made), words)


@pytest.mark.parametrize("words", ["hip", "knee hip", "b-spline", "kneemr"])
def test_a_preset_is_not_found_where_one_word_is_missing(words, preset):
    assert not matches(preset(stage("EulerTransform")), words)


def test_the_search_text_is_lower_case_without_accents(preset):
    text = search_text(preset(stage("EulerTransform"), title="Épaule DROITE"))
    assert text == text.lower()
    assert "epaule droite" in text


def test_decomposed_and_composed_letters_are_the_same(preset):
    assert matches(preset(stage("EulerTransform"), title="E\u0301paule"), "\u00e9paule")


def test_a_metric_that_stays_is_named_once_with_what_is_added_later(preset):
    bent = '"AdvancedMattesMutualInformation" "TransformBendingEnergyPenalty"'
    described = describe(preset(stage("EulerTransform"), stage("BSplineTransform", metric=bent)))
    assert "; mutual information, then with smoothness penalty;" in described


def test_a_stage_for_landmarks_is_told_apart_from_the_others(preset):
    made = preset(stage("EulerTransform"), stage("BSplineTransform"))
    told = describe(replace(made, recipe=Recipe(landmark_stages=(1,), fixed_mask="body")))
    assert told == "Rigid; mutual information; 4 resolutions; inside the body, one more stage for landmarks."
