"""Folders of the model zoo: what belongs together is what the README says, and an assumption is told as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ElastixPlusLib.presets.imported import Imported
from ElastixPlusLib.presets.model_zoo_folder import is_model_folder, presets_of_model_folder

README = """# Par0001 - elastix

###  Image data

* MR 3D, balanced steady-state free precession
* Prostate

![alt-text](screenshot.jpg)

###  Application

A set of 50 clinical MR scans were registered interpatiently for atlas-based segmentation. More of it follows.

###  Registration settings

`elastix` version: 3.9

    elastix -f a.mhd -m b.mhd -p par0001Translation.txt
            -p parameters/par0001bspline16.txt -out outputdir
    elastix.exe a.mhd -m b.mhd -p Par0001Rigid.txt -p Par0001missing.txt

###  Published in

These registration are described in the publication:

S. Klein, M. Staring, "`elastix`: a toolbox," [IEEE](http://x) 2010. https://doi.org/10.1109/TMI.2009.2035616.
"""


def parameters(kind: str, more: str = "") -> str:
    return f'(Transform "{kind}Transform")\n{more}'


def model(folder: Path, files: dict[str, str], readme: str = "") -> Path:
    """A folder of a model with files of the given transforms, or texts."""
    place = folder / "Par0001"
    place.mkdir()
    for name, kind in files.items():
        (place / name).write_text(parameters(kind) if kind.isalpha() else kind)
    if readme:
        (place / "README.md").write_text(readme)
    return place


def stages_of(found: Imported) -> list[list[str]]:
    return [[stage.name for stage in preset.stages] for preset in found.presets]


def test_the_command_lines_of_the_readme_say_what_belongs_together(tmp_path):
    files = {"Par0001translation.txt": "Translation", "Par0001rigid.txt": "Euler", "Par0001bspline16.txt": "BSpline"}
    found = presets_of_model_folder(model(tmp_path, files, README))
    assert stages_of(found) == [["Par0001translation.txt", "Par0001bspline16.txt"], ["Par0001rigid.txt"]]
    assert "as the README says" in found.notes[0]


def test_the_readme_describes_the_presets(tmp_path):
    (preset,) = presets_of_model_folder(model(tmp_path, {"a.txt": "Euler"}, README)).presets
    assert (preset.id, preset.title, preset.modality, preset.subject) == ("par0001", "Par0001", ("MR",), "different")
    assert preset.summary == (
        "A set of 50 clinical MR scans were registered interpatiently for atlas-based segmentation."
    )
    assert preset.citation.startswith('S. Klein, M. Staring, "elastix: a toolbox," IEEE 2010.')
    assert preset.doi == "10.1109/TMI.2009.2035616"
    assert preset.origin == "user"
    assert preset.stages[0].text == parameters("Euler")


def test_stages_of_one_kind_each_follow_from_few_degrees_of_freedom_to_many(tmp_path):
    files = {"1.txt": "BSpline", "2.txt": "Affine", "3.txt": "Similarity", "4.txt": "Euler", "5.txt": "Translation"}
    found = presets_of_model_folder(model(tmp_path, files))
    assert stages_of(found) == [["5.txt", "4.txt", "3.txt", "2.txt", "1.txt"]]
    assert found.notes == ("Par0001: it was assumed that 5.txt, 4.txt, 3.txt, 2.txt, 1.txt follow each other.",)


def test_files_of_one_kind_are_alternatives_after_the_stages_that_occur_once(tmp_path):
    found = presets_of_model_folder(
        model(tmp_path, {"a.affine.txt": "Affine", "a.bs16.txt": "BSpline", "a.bs8.txt": "BSpline"})
    )
    assert stages_of(found) == [["a.affine.txt", "a.bs8.txt"], ["a.affine.txt", "a.bs16.txt"]]
    assert [preset.title for preset in found.presets] == ["Par0001 a.bs8", "Par0001 a.bs16"]
    assert [preset.id for preset in found.presets] == ["par0001-a-bs8", "par0001-a-bs16"]
    assert "2 ways to register" in found.notes[0]


@pytest.mark.parametrize("first", [0, 1])
def test_files_that_count_up_follow_each_other(tmp_path, first):
    names = [f"step{number}.txt" for number in range(first, first + 11)]
    found = presets_of_model_folder(model(tmp_path, dict.fromkeys(names, "BSpline")))
    assert stages_of(found) == [names]


def test_files_that_count_but_not_from_the_beginning_are_alternatives(tmp_path):
    found = presets_of_model_folder(model(tmp_path, {"bs2.txt": "BSpline", "bs3.txt": "BSpline"}))
    assert stages_of(found) == [["bs2.txt"], ["bs3.txt"]]


def test_what_the_readme_leaves_out_begins_as_the_others_of_its_kind(tmp_path):
    files = {"par0001translation.txt": "Translation", "Par0001bspline16.txt": "BSpline", "c.txt": "BSpline"}
    found = presets_of_model_folder(model(tmp_path, files, README))
    assert stages_of(found) == [
        ["par0001translation.txt", "Par0001bspline16.txt"],
        ["par0001translation.txt", "c.txt"],
    ]


def test_alternatives_of_an_earlier_kind_are_presets_of_their_own(tmp_path):
    found = presets_of_model_folder(model(tmp_path, {"a.txt": "Euler", "b.txt": "Euler", "c.txt": "BSpline"}))
    assert stages_of(found) == [["a.txt"], ["b.txt"], ["c.txt"]]


def test_a_single_file_is_a_preset_and_nothing_was_assumed(tmp_path):
    found = presets_of_model_folder(model(tmp_path, {"bspline.txt": "BSpline"}))
    assert stages_of(found) == [["bspline.txt"]]
    assert found.notes == ()


def test_files_that_are_no_stages_are_left_out_with_the_reason(tmp_path):
    files = {
        "a.txt": "Euler",
        "notes.txt": "What we did on Monday.",
        "part.txt": "(NumberOfResolutions 3)",
        "TransformParameters.0.txt": parameters("Euler", "(NumberOfParameters 1)\n(TransformParameters 0)"),
    }
    found = presets_of_model_folder(model(tmp_path, files))
    assert stages_of(found) == [["a.txt"]]
    assert "holds the transform that a run found" in found.notes[0]
    assert "line 1 is neither a parameter nor a comment" in found.notes[1]
    assert "does not say which transform" in found.notes[2]


def test_toml_is_read_where_there_is_no_text_file_of_the_name(tmp_path):
    files = {"a.txt": "Euler", "a.toml": 'Transform = "Wrong"', "b.toml": 'Transform = "BSplineTransform"'}
    found = presets_of_model_folder(model(tmp_path, files))
    assert stages_of(found) == [["a.txt", "b.txt"]]
    assert found.presets[0].stages[1].text == '(Transform "BSplineTransform")'


def test_a_folder_inside_a_model_has_the_name_and_the_readme_of_the_model(tmp_path):
    place = model(tmp_path, {}, README)
    inner = place / "ct" / "cyclic"
    inner.mkdir(parents=True)
    (inner / "a.txt").write_text(parameters("BSpline"))
    (preset,) = presets_of_model_folder(inner, place).presets
    assert (preset.id, preset.doi) == ("par0001-ct-cyclic", "10.1109/TMI.2009.2035616")


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret.txt").write_text(parameters("Euler"))
    place = model(tmp_path, {"a.txt": "Affine"})
    (place / "link.txt").symlink_to(tmp_path / "secret.txt")
    (place / "README.md").symlink_to(tmp_path / "secret.txt")
    found = presets_of_model_folder(place)
    assert stages_of(found) == [["a.txt"]]
    assert found.presets[0].summary == ""


def test_a_readme_of_any_bytes_only_describes_badly(tmp_path):
    place = model(tmp_path, {"a.txt": "Euler"})
    (place / "README.md").write_bytes(b"# published\n\xff\x00\x1b[31m" + b"[x](" * 20_000)
    (preset,) = presets_of_model_folder(place).presets
    assert preset.citation.isprintable()
    assert len(preset.citation) <= 2000


def test_a_model_is_known_by_its_name_or_its_readme(tmp_path):
    assert is_model_folder(Path("models/Par0066"))
    assert not is_model_folder(tmp_path)
    (tmp_path / "README.md").write_text("")
    assert is_model_folder(tmp_path)
