"""A preset that lies in a scene and a parameter file in TOML run as their text files do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import InputError, PresetError
from ElastixPlusLib.evaluation.repeats import repeat_steps
from ElastixPlusLib.presets import Preset, PresetStage
from ElastixPlusLib.presets_at_hand import keep_in_scene
from phantoms import add_anatomy, mapped, random_points_inside

pytestmark = pytest.mark.native_engine

STAGE = QUICK_RIGID.replace("Iterations 100", "Iterations 40")
PRESET = Preset("mine", "Mine", stages=(PresetStage("quick.txt", text=STAGE),))


@pytest.fixture
def pair(scene):
    """A small pair that a quick rigid stage aligns."""
    return add_anatomy(scene, name="fixed"), add_anatomy(scene, moved_by=MOVED_BY, name="moving")


def moved(pair, tmp_path: Path, **choice) -> np.ndarray:
    """Where a run takes some points of the fixed volume."""
    result = register(RegistrationRequest(*pair, workspace=tmp_path, threads=1, **choice))
    return mapped(result.transform, random_points_inside(pair[0], 20))


def test_a_preset_of_the_scene_a_text_file_and_a_toml_file_give_the_same_transform(scene, pair, tmp_path):
    text, toml = tmp_path / "quick.txt", tmp_path / "quick.toml"
    text.write_text(STAGE)
    ParameterFile.parse(STAGE).write(toml)
    keep_in_scene(PRESET, scene)
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", "by SlicerElastix")
    node.SetAttribute("Type", "ElastixPreset")
    node.SetText(json.dumps({"id": "par0001-#x", "parameter_files": [{"name": "a", "content": STAGE}]}))

    expected = moved(pair, tmp_path, parameter_files=(text,))
    points = random_points_inside(pair[0], 20)
    aligned = points @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]
    assert np.linalg.norm(expected - aligned, axis=1).max() < 1.0
    assert np.linalg.norm(points - aligned, axis=1).max() > 5.0
    for choice in ({"parameter_files": (toml,)}, {"preset": "mine"}, {"preset": "par0001-x"}):
        np.testing.assert_array_equal(moved(pair, tmp_path, **choice), expected, err_msg=str(choice))


def test_a_preset_that_is_neither_on_disk_nor_in_the_scene_is_refused_before_a_run(scene, pair, tmp_path):
    keep_in_scene(PRESET, scene)
    with pytest.raises(PresetError, match='Did you mean "mine"'):
        moved(pair, tmp_path, preset="min")


def test_repeats_know_the_presets_of_the_scene(scene, pair, tmp_path):
    request = RegistrationRequest(*pair, workspace=tmp_path / "nowhere")
    keep_in_scene(PRESET, scene)
    with pytest.raises(PresetError, match='no preset "other"'):
        next(repeat_steps(request, presets=("mine", "other")))
    keep_in_scene(Preset("other", "Other", stages=PRESET.stages), scene)
    with pytest.raises(InputError, match="nowhere"):  # further than the ids
        for _ in repeat_steps(request, presets=("mine", "other")):
            pass
