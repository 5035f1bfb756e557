"""The recipe of a preset: read as it stands, refused where it says something that is not understood."""

from __future__ import annotations

import pytest

from ElastixPlusLib.errors import PresetError
from ElastixPlusLib.presets import list_presets
from ElastixPlusLib.presets.recipe import Recipe, read_recipe, recipe_as_dict, stages_to_run


def test_a_preset_without_a_recipe_decides_nothing():
    assert read_recipe({"id": "plain"}) == Recipe(initial=(), crop="auto", landmark_pull=(), landmark_fit="")


def test_every_word_of_a_recipe_is_read():
    recipe = {"initial": ["landmarks", "centers"], "crop": "overlap", "landmark_pull": [[4, 2, 1.5]]}
    assert read_recipe({"recipe": recipe}) == Recipe(("landmarks", "centers"), "overlap", ((4.0, 2.0, 1.5),), "")
    assert read_recipe({"recipe": {"landmark_fit": "affine"}}).landmark_fit == "affine"
    more = {"fixed_mask": "body", "moving_mask": "field-of-view", "landmark_stages": [2]}
    assert read_recipe({"recipe": more}) == Recipe(fixed_mask="body", moving_mask="field-of-view", landmark_stages=(2,))
    assert recipe_as_dict(read_recipe({"recipe": recipe | more})) == recipe | more


@pytest.mark.parametrize(
    "recipe",
    [
        {"initial": "landmarks"},
        {"initial": ["somewhere"]},
        {"crop": "all"},
        {"landmark_fit": "guess"},
        {"landmark_pull": [1, 2]},
        {"landmark_pull": [[]]},
        {"landmark_pull": [[True]]},
        {"landmark_pull": [[-1]]},
        {"landmark_pull": [["much"]]},
        {"landmark_pull": [[1e9]]},
        {"landmark_stages": 1},
        {"landmark_stages": [-1]},
        {"landmark_stages": [True]},
        {"fixed_mask": "bones"},
        {"moving_mask": 3},
        {"start": "landmarks"},
        ["landmarks"],
    ],
)
def test_what_is_not_understood_is_refused(recipe):
    with pytest.raises(PresetError):
        read_recipe({"recipe": recipe})


def test_the_built_in_recipes_fit_their_stages():
    for preset in list_presets():
        assert len(preset.recipe.landmark_pull) in (0, len(preset.parameter_paths)), preset.id
        assert bool(preset.recipe.landmark_fit) != bool(preset.parameter_paths), preset.id
        assert all(number < len(preset.stages) for number in preset.recipe.landmark_stages), preset.id


def test_a_stage_for_landmarks_runs_only_where_landmarks_pull():
    recipe = Recipe(landmark_pull=((1.0,), (0.0,), (5.0,)), landmark_stages=(1,))
    assert stages_to_run(recipe, 3, has_driving_pairs=True) == (Recipe(landmark_pull=recipe.landmark_pull), (0, 1, 2))
    assert stages_to_run(recipe, 3, has_driving_pairs=False) == (Recipe(landmark_pull=((1.0,), (5.0,))), (0, 2))
