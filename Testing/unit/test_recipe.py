"""The recipe of a preset: read as it stands, refused where it says something that is not understood."""

from __future__ import annotations

import pytest

from ElastixPlusLib.errors import PresetError
from ElastixPlusLib.presets import list_presets
from ElastixPlusLib.presets.recipe import Recipe, read_recipe


def test_a_preset_without_a_recipe_decides_nothing():
    assert read_recipe({"id": "plain"}) == Recipe(initial=(), crop="auto", landmark_pull=(), landmark_fit="")


def test_every_word_of_a_recipe_is_read():
    recipe = {"initial": ["landmarks", "centers"], "crop": "overlap", "landmark_pull": [[4, 2, 1.5]]}
    assert read_recipe({"recipe": recipe}) == Recipe(("landmarks", "centers"), "overlap", ((4.0, 2.0, 1.5),), "")
    assert read_recipe({"recipe": {"landmark_fit": "affine"}}).landmark_fit == "affine"


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
