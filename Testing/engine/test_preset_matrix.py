"""Every built-in preset runs to its end with each engine that has its components, and what it finds comes over exactly.

The whole matrix takes minutes: ``make test-matrix``. A few presets that have everything of which presets are made
run with all other tests.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.elastix.components import COMPONENT_KINDS, components_of, missing_components
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.presets import builtin_preset_folder, find_preset, list_presets
from ElastixPlusLib.presets.preset import Preset
from engine.test_exact_import import transformix_points
from phantoms import mapped, random_points_inside
from preset_cases import LANDMARK_COUNT, looks_at_landmarks, request_for, spacing_of_case_mm

POINT_COUNT = 50
WITHIN_MM, WITHIN_VOXELS = 1e-3, 1e-3  # whichever is less: a mouse is small

MARK_OF_ENGINE = {"auto": pytest.mark.native_engine, "itk": pytest.mark.itk_engine}
BUILT_IN = list_presets([builtin_preset_folder()])
WITH_STAGES = [preset.id for preset in BUILT_IN if preset.stages]
WITHOUT_STAGES = [preset.id for preset in BUILT_IN if not preset.stages]

# Between them they have every part that a preset can have; what takes longer to start gets what the other one lacks.
FEW = {
    "auto": (
        "accurate",
        "brain-mr-inter-subject-local",
        "brain-mr-same-subject",
        "face-ct-soft-tissue-landmarks",
        "guided",
        "head-neck-ct-cbct",
        "head-neck-ct-mr-t1-t2",
        "liver-mr-dwi-to-dce",
        "lung-4dct-mass-preserving",
        "mouse-whole-body-ct",
        "oesophagus-mr",
    ),
    "itk": ("mouse-whole-body-ct",),
}


def runs(chosen: dict[str, list[str] | tuple[str, ...]]) -> list:
    """One parameter set per preset and engine, which is skipped without that engine."""
    return [
        pytest.param(identifier, engine, marks=MARK_OF_ENGINE[engine], id=f"{identifier}-{engine}")
        for engine, identifiers in chosen.items()
        for identifier in identifiers
    ]


@pytest.mark.slow
@pytest.mark.matrix
@pytest.mark.parametrize(("identifier", "engine"), runs(dict.fromkeys(MARK_OF_ENGINE, WITH_STAGES)))
def test_a_built_in_preset_runs_or_is_refused_for_what_the_engine_lacks(identifier, engine, scene, tmp_path):
    require_sound_run(find_preset(identifier), engine, scene, tmp_path)


@pytest.mark.slow
@pytest.mark.matrix
@pytest.mark.parametrize("identifier", WITHOUT_STAGES)
def test_a_built_in_fit_of_landmarks_runs_without_elastix(identifier, scene, tmp_path):
    result = register(request_for(find_preset(identifier), scene, "no engine", tmp_path))
    assert result.landmarks.summary("drive").n == LANDMARK_COUNT


@pytest.mark.parametrize(("identifier", "engine"), runs(FEW))
def test_a_preset_of_every_kind_runs_or_is_refused_for_what_the_engine_lacks(identifier, engine, scene, tmp_path):
    require_sound_run(find_preset(identifier), engine, scene, tmp_path)


def test_the_few_have_between_them_every_part_that_presets_have():
    parts = {preset.id: parts_of(preset) for preset in BUILT_IN if preset.stages}
    every = set().union(*parts.values())
    assert len(every) > 30
    lacking = every - set().union(*(parts[identifier] for identifiers in FEW.values() for identifier in identifiers))
    assert not lacking, {part: [identifier for identifier in parts if part in parts[identifier]] for part in lacking}


def parts_of(preset: Preset) -> set[str]:
    """What a preset is made of, in words: pieces of elastix, what it decides itself, and what it needs."""
    files, recipe = preset.parameter_files(), preset.recipe
    parts = {f"{kind} {name}" for file in files for kind in COMPONENT_KINDS for name in file.get(kind) or ()}
    parts |= {f"start {start}" for start in recipe.initial} | {f"need {need}" for need in preset.needs}
    parts |= {f"{name} {value}" for name, value in vars(recipe).items() if isinstance(value, str) and value}
    parts |= {name for name in ("landmark_pull", "landmark_stages") if getattr(recipe, name)}
    return parts | {f"{preset.image_pairs} pairs"}


def require_sound_run(preset: Preset, engine: str, scene: slicer.vtkMRMLScene, folder: Path) -> None:
    """Run a preset to its end, or see it refused before anything is run."""
    request = request_for(preset, scene, engine, folder)
    missing = missing_components(find_engine(engine), components_of(preset.parameter_files()))
    if missing:
        require_refusal(request, missing)
        return
    result = register(request)
    assert len(result.parameter_files) == len(preset.stages)
    kinds = {finding.kind for finding in result.findings}
    assert ("mask-of-preset" in kinds) == bool(preset.recipe.fixed_mask), "the mask is to be found in this case"
    assert result.landmarks.summary("drive").n == (LANDMARK_COUNT if looks_at_landmarks(preset) else 0)

    points = random_points_inside(request.fixed, POINT_COUNT)
    expected = transformix_points(result.workspace, len(preset.stages) - 1, engine, points)
    within_mm = min(WITHIN_MM, WITHIN_VOXELS * spacing_of_case_mm(preset))
    moved_mm = np.linalg.norm(expected - points, axis=1).max()
    assert moved_mm > 100 * within_mm, "a transform that moves nothing proves nothing"
    assert np.linalg.norm(mapped(result.transform, points) - expected, axis=1).max() < within_mm


def require_refusal(request: RegistrationRequest, missing: frozenset[str]) -> None:
    """An engine that lacks something is not even started, and what it lacks is named."""
    with pytest.raises(InputError) as caught:
        register(request)
    assert all(name in caught.value.what for name in missing)
    assert "does not have" in caught.value.what
    assert caught.value.remedy
    assert list(request.workspace.iterdir()) == []
