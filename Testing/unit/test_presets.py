"""The preset library: found by listing, checked when read."""

from __future__ import annotations

import json

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import PresetError
from ElastixPlusLib.presets import builtin_preset_folder, find_preset, list_presets, read_preset

DESCRIPTION = {
    "id": "knee",
    "title": "Knee",
    "summary": "Rigid.",
    "anatomy": ["knee"],
    "modality": ["MR"],
    "dimension": 3,
    "needs": [],
    "citation": "none",
    "files": ["0-rigid.txt"],
}


@pytest.fixture
def preset_folder(tmp_path):
    return make_preset(tmp_path, DESCRIPTION)


def make_preset(folder, description):
    place = folder / DESCRIPTION["id"]
    place.mkdir()
    (place / "0-rigid.txt").write_text('(Transform "EulerTransform")\n')
    (place / "preset.json").write_text(json.dumps(description))
    return place


def transforms(identifier):
    return [ParameterFile.read(path).first("Transform", "") for path in find_preset(identifier).parameter_paths]


def test_the_built_in_presets_are_rigid_affine_and_generic():
    assert {"affine", "generic", "rigid"} <= {preset.id for preset in list_presets()}
    assert transforms("rigid") == ["EulerTransform"]
    assert transforms("affine") == ["EulerTransform", "AffineTransform"]
    assert transforms("generic") == ["EulerTransform", "BSplineTransform"]


def test_built_in_presets_leave_the_start_to_the_caller_and_the_general_ones_run_in_elastix_5_0():
    missing_in_debian = {
        "SimilarityTransform",
        "FinalLinearInterpolator",
        "RayCastInterpolator",
        "AdvancedKappaStatistic",
    }
    for preset in list_presets():
        for path in preset.parameter_paths:
            parameters = ParameterFile.read(path)
            assert parameters.first("AutomaticTransformInitialization", "true") == "false"
            assert parameters.first("HowToCombineTransforms", "Compose") == "Compose"
            if preset.anatomy == ("any",) and preset.id != "similarity":
                assert not missing_in_debian & {v for name in parameters.names for v in parameters.get(name)}


def test_the_rigid_stage_of_all_presets_is_the_same_but_for_the_shorter_one_before_a_spline():
    rigid, affine, generic = (
        ParameterFile.read(find_preset(name).parameter_paths[0]) for name in ("rigid", "affine", "generic")
    )
    assert rigid.text == affine.text
    assert generic.get("MaximumNumberOfIterations") == ("250", "200", "150", "150")
    assert {name: generic.get(name) for name in generic.names if name != "MaximumNumberOfIterations"} == {
        name: rigid.get(name) for name in rigid.names if name != "MaximumNumberOfIterations"
    }


def test_an_unknown_id_is_answered_with_the_closest():
    with pytest.raises(PresetError, match='Did you mean "generic"'):
        find_preset("Genric")
    with pytest.raises(PresetError, match=r"affine, .*generic, .*guided, .*rigid"):
        find_preset("xyz")


def test_a_folder_with_a_description_is_a_preset(preset_folder):
    (preset_folder.parent / "notes").mkdir()
    (preset,) = list_presets([preset_folder.parent])
    assert (preset.id, preset.title, preset.needs) == ("knee", "Knee", ())
    assert preset.parameter_paths == ((preset_folder / "0-rigid.txt").resolve(),)
    assert find_preset("knee", [builtin_preset_folder(), preset_folder.parent]) == preset
    assert preset.origin == "user"


def test_two_presets_of_one_id_are_refused(preset_folder, tmp_path_factory):
    other = make_preset(tmp_path_factory.mktemp("more"), DESCRIPTION)
    with pytest.raises(PresetError, match='two presets with the id "knee"'):
        list_presets([preset_folder.parent, other.parent])


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("id", "Knee", "lower case"),
        ("id", "nul", "lower case"),
        ("id", "other", "folder named"),
        ("title", "", "title"),
        ("title", 3, "title"),
        ("summary", 3, "summary"),
        ("anatomy", "knee", "anatomy"),
        ("subject", "twins", "subject"),
        ("image_pairs", 0, "image pairs"),
        ("measured", [{"case": "brain"}], "measured"),
        ("colour", "red", "colour"),
        ("recipe", {"landmark_stages": [1]}, "stages for landmarks"),
        ("recipe", {"landmark_stages": [0]}, "stages for landmarks"),
        ("dimension", 2, "dimension 2"),
        ("dimension", True, "dimension True"),
        ("needs", "a mask", "needs"),
        ("needs", [1], "needs"),
        ("needs", ["luck"], "luck"),
        ("files", [], "no parameter file"),
        ("files", ["missing.txt"], "not there"),
        ("files", ["../knee.txt"], "outside"),
        ("files", ["/etc/hostname"], "outside"),
    ],
)
def test_a_faulty_description_is_refused_and_named(tmp_path, key, value, said):
    (tmp_path / "knee.txt").write_text("")
    with pytest.raises(PresetError, match=said) as caught:
        read_preset(make_preset(tmp_path, {**DESCRIPTION, key: value}))
    assert "preset.json" in caught.value.what


@pytest.mark.parametrize(("text", "said"), [("{", "not valid JSON"), ("[]", "object"), ("{}", "no parameter file")])
def test_a_description_that_is_no_object_is_refused(preset_folder, text, said):
    (preset_folder / "preset.json").write_text(text)
    with pytest.raises(PresetError, match=said):
        read_preset(preset_folder)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(PresetError, match="does not exist"):
        list_presets([tmp_path / "nowhere"])
