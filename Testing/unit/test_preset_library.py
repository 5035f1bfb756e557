"""The presets that come with ElastixPlus: described for people, and with settings that every run can rely on."""

from __future__ import annotations

import re

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_names import check_names
from ElastixPlusLib.elastix.parameter_values import require_sound_values
from ElastixPlusLib.elastix.pyramid_schedule import resolution_count
from ElastixPlusLib.presets import Preset, builtin_preset_folder, list_presets
from ElastixPlusLib.presets.description import describe

PRESETS = {preset.id: preset for preset in list_presets([builtin_preset_folder()])}
STAGES = {f"{preset.id}/{stage.name}": (preset, stage.read()) for preset in PRESETS.values() for stage in preset.stages}
LANDMARK_METRIC = "CorrespondingPointsEuclideanDistanceMetric"

# They make no difference to what elastix finds.
WITHOUT_EFFECT = {"DefaultPixelValue", "ResultImageFormat", "ResultImagePixelType", "WriteResultImage"}
PER_RESOLUTION = (
    "GridSpacingSchedule",
    "MaximumNumberOfIterations",
    "MaximumStepLength",
    "NumberOfHistogramBins",
    "NumberOfSpatialSamples",
    "Metric0Weight",
    "Metric1Weight",
    "Metric2Weight",
)
SCHEDULES = ("ImagePyramidSchedule", "FixedImagePyramidSchedule", "MovingImagePyramidSchedule")
PUBLISHED = [preset for preset in PRESETS.values() if preset.used_for]

each_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
each_published_preset = pytest.mark.parametrize("preset", PUBLISHED, ids=[preset.id for preset in PUBLISHED])
each_stage = pytest.mark.parametrize(("preset", "file"), STAGES.values(), ids=STAGES)


def figures(file: ParameterFile) -> frozenset[tuple[str, tuple[str, ...]]]:
    """What a stage asks of elastix, the same however it is written."""
    return frozenset((name, _as_number(file.get(name) or ())) for name in file.names if name not in WITHOUT_EFFECT)


def _as_number(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{float(value):g}" if re.fullmatch(r"-?[\d.]+", value) else value for value in values)


def stated(file: ParameterFile, name: str) -> str:
    """What the file says in so many words; nothing is taken for granted."""
    return file.first(name, "not stated")


def test_there_are_at_least_forty_presets():
    assert len(PRESETS) >= 40


@each_preset
def test_a_preset_is_described_for_a_list(preset: Preset):
    assert 5 <= len(preset.title) <= 60
    assert preset.title == preset.title.strip()
    assert preset.title[0].isupper()
    assert 20 <= len(preset.summary) <= 220
    assert preset.summary.endswith(".")
    assert "\n" not in preset.title + preset.summary + describe(preset)
    assert all(text and text == text.strip() for text in preset.expects)


def test_no_two_presets_have_the_same_title_or_summary():
    assert len({preset.title.casefold() for preset in PRESETS.values()}) == len(PRESETS)
    assert len({preset.summary for preset in PRESETS.values()}) == len(PRESETS)


@each_published_preset
def test_a_published_setting_says_for_what_and_from_where(preset: Preset):
    assert "any" not in (*preset.anatomy, *preset.modality)
    assert all(word == word.lower() for word in preset.anatomy)
    assert all(re.fullmatch(r"[A-Z]+", word) for word in preset.modality)
    assert preset.citation
    assert preset.citation.endswith(".")


@each_published_preset
def test_a_published_setting_does_not_pass_for_one_that_was_tried_here(preset: Preset):
    assert preset.measured or "not tried on such data here" in preset.used_for


@each_preset
def test_a_doi_has_the_form_of_one(preset: Preset):
    assert not preset.doi or re.fullmatch(r"10\.\d{4,9}/[^\s]*[^\s.,;]", preset.doi)


@each_preset
def test_the_files_of_a_preset_are_numbered_in_their_order(preset: Preset):
    assert all(re.fullmatch(rf"{number}-[a-z0-9-]+\.txt", stage.name) for number, stage in enumerate(preset.stages))
    assert preset.stages or preset.recipe.landmark_fit


@each_preset
def test_the_folder_of_a_preset_holds_nothing_that_is_not_used(preset: Preset):
    assert preset.folder is not None
    names = {path.name for path in preset.folder.iterdir()}
    assert names == {"preset.json", *(stage.name for stage in preset.stages)}


@each_preset
def test_the_pull_of_landmarks_is_given_for_every_resolution_or_once(preset: Preset):
    pulls = preset.recipe.landmark_pull
    assert len(pulls) in (0, len(preset.stages))
    for pull, file in zip(pulls, preset.parameter_files(), strict=False):
        assert len(pull) in (1, resolution_count(file))


def test_no_two_presets_do_the_same():
    seen: dict[object, str] = {}
    for preset in PRESETS.values():
        done = (tuple(figures(file) for file in preset.parameter_files()), preset.recipe)
        assert done not in seen, f"{preset.id} and {seen.get(done)}"
        seen[done] = preset.id


@each_stage
def test_elastix_knows_every_name_and_can_use_every_value(preset: Preset, file: ParameterFile):
    assert not check_names(file)
    require_sound_values(file)


@each_stage
def test_a_stage_explains_itself(preset: Preset, file: ParameterFile):
    comments = [line for line in file.text.splitlines() if line.startswith("//")]
    words = [line.strip("/- ") for line in comments]
    assert file.text.startswith("// ")
    assert sum(len(line.split()) > 3 for line in words) >= 5
    assert all(len(line) <= 120 for line in file.text.splitlines())
    assert file.text.isascii()


@each_stage
def test_nothing_but_elastixplus_decides_where_a_stage_starts_and_what_it_writes(preset: Preset, file: ParameterFile):
    assert stated(file, "AutomaticTransformInitialization") == "false"
    assert stated(file, "HowToCombineTransforms") == "Compose"
    assert stated(file, "WriteResultImage") == "false"
    assert file.first("UseDirectionCosines", "true") == "true"
    written = [name for name in file.names if name.startswith("Write") and name != "WriteResultImage"]
    assert not written
    assert not [name for name in file.names if name.endswith("ImageDimension")]


@each_stage
def test_a_mask_is_eroded_only_where_elastixplus_knows_its_edge(preset: Preset, file: ParameterFile):
    assert stated(file, "ErodeMask") == "false"
    assert not [name for name in file.names if re.fullmatch(r"Erode(Fixed|Moving)Mask\d*", name)]


@each_stage
def test_a_stage_only_fails_where_nearly_nothing_overlaps(preset: Preset, file: ParameterFile):
    assert float(stated(file, "RequiredRatioOfValidSamples")) <= 0.1


@each_stage
def test_step_sizes_are_not_estimated_in_the_way_that_loses_volumes(preset: Preset, file: ParameterFile):
    if stated(file, "Optimizer") != "AdaptiveStochasticGradientDescent" or preset.id == "manual-defaults":
        return
    assert stated(file, "ASGDParameterEstimationMethod") == "Original"
    assert int(stated(file, "NumberOfSamplesForExactGradient")) <= 100000
    if stated(file, "Transform").endswith("BSplineTransform"):
        assert int(stated(file, "NumberOfJacobianMeasurements")) <= 10000


@each_stage
def test_what_a_stage_cannot_run_without_is_among_the_needs(preset: Preset, file: ParameterFile):
    samplers = file.get("ImageSampler") or ()
    assert "RandomSparseMask" not in samplers or "fixed-mask" in preset.needs
    only_with_landmarks = {preset.stages[number].name for number in preset.recipe.landmark_stages}
    is_optional = file.path is not None and file.path.name in only_with_landmarks
    assert LANDMARK_METRIC not in (file.get("Metric") or ()) or "landmarks" in preset.needs or is_optional


@each_stage
def test_lists_have_a_number_for_every_resolution(preset: Preset, file: ParameterFile):
    resolutions = resolution_count(file)
    for name in PER_RESOLUTION:
        values = file.get(name) or ()
        assert len(values) in (0, 1, resolutions, 3 * resolutions if name == "GridSpacingSchedule" else 1), name
    for name in SCHEDULES:
        assert len(file.get(name) or ()) in (0, 3 * resolutions), name


@each_stage
def test_every_metric_has_its_weight_where_there_are_several(preset: Preset, file: ParameterFile):
    metrics = file.get("Metric") or ()
    several = len(metrics) > 1
    assert stated(file, "Registration") == ("MultiMetricM" if several else "M") + "ultiResolutionRegistration"
    kind = "RelativeWeight" if file.first("UseRelativeWeights", "false") == "true" else "Weight"
    weights = [name for name in file.names if re.fullmatch(r"Metric\d+(Relative)?Weight", name)]
    assert weights == ([f"Metric{index}{kind}" for index in range(len(metrics))] if several else [])


@each_stage
def test_a_deformation_is_not_estimated_for_the_whole_volume_and_applied_to_a_part_of_it(
    preset: Preset, file: ParameterFile
):
    """elastix leaves out the sample region of RandomCoordinate while it estimates the steps: they become too long."""
    is_spline = stated(file, "Transform").endswith("BSplineTransform")
    estimates = stated(file, "Optimizer") == "AdaptiveStochasticGradientDescent"
    if is_spline and estimates and stated(file, "UseRandomSampleRegion") == "true":
        assert stated(file, "ImageSampler") != "RandomCoordinate"
