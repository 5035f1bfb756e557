"""One preset as one file: whatever is exported comes back the same, and a file of a stranger can do no harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix.parameter_syntax import write_line
from ElastixPlusLib.errors import OutputPlaceError, ParameterFileError, PresetError
from ElastixPlusLib.presets import Preset, PresetStage, find_preset
from ElastixPlusLib.presets.archive import export_preset, preset_as_text, preset_of_text, read_archive
from ElastixPlusLib.presets.preset import NEEDS, SUBJECTS, MeasuredHere
from ElastixPlusLib.presets.recipe import AUTOMATIC_MASKS, STARTS, Recipe

STAGE = '(Transform "EulerTransform") // é, "a" & <b>\r\n(NumberOfResolutions 2)'
KNEE = Preset("knee", "Knee", stages=(PresetStage("0-rigid.txt", text=STAGE),), origin="user")

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    str.strip
)
lists = st.lists(words, min_size=1, max_size=3).map(tuple)
values = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
lines = st.builds(
    lambda name, given, comment: write_line(name, tuple(given), after=f" // {comment}"),
    st.from_regex(r"[A-Z][A-Za-z0-9]{0,9}", fullmatch=True),
    st.lists(values, min_size=1, max_size=3),
    words,
)
texts = st.lists(lines, max_size=4, unique_by=lambda line: line.split(" ")[0]).flatmap(
    lambda found: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(found))
)
stages = st.lists(texts, min_size=1, max_size=3).map(
    lambda found: tuple(PresetStage(f"{number}-stage.txt", text=text) for number, text in enumerate(found))
)
figures = st.builds(
    MeasuredHere, words, words, st.floats(0, 1000), st.none() | st.floats(0, 9), folded_percent=st.just(0.5)
)
recipes = st.builds(
    Recipe,
    initial=st.lists(st.sampled_from(STARTS), max_size=2).map(tuple),
    crop=st.sampled_from(["auto", "overlap", "none"]),
    landmark_pull=st.lists(st.lists(st.floats(0, 10), min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
    fixed_mask=st.sampled_from(["", *AUTOMATIC_MASKS]),
)
presets = st.builds(
    Preset,
    id=st.from_regex(r"[a-z]{2}[a-z0-9]{0,9}(-[a-z0-9]{1,5})?", fullmatch=True).filter(
        lambda name: name[:3] not in ("con", "prn", "aux", "nul", "com", "lpt")
    ),
    title=words,
    summary=st.just("") | words,
    anatomy=lists,
    modality=lists,
    subject=st.sampled_from(SUBJECTS),
    needs=st.lists(st.sampled_from(NEEDS), max_size=2).map(tuple),
    expects=st.just(()) | lists,
    used_for=st.just("") | words,
    citation=st.just("") | words,
    doi=st.just("") | words,
    stages=stages,
    recipe=recipes,
    image_pairs=st.integers(1, 3),
    measured=st.lists(figures, max_size=2).map(tuple),
    origin=st.just("user"),
)


def changed(**changes) -> str:
    """The text of a preset with something else in it; None takes a key away."""
    held = json.loads(preset_as_text(KNEE)) | changes
    return json.dumps({key: value for key, value in held.items() if value is not None})


def described(**changes) -> dict:
    return json.loads(preset_as_text(KNEE))["preset"] | changes


@given(preset=presets)
def test_what_is_exported_and_imported_is_the_same_preset(preset):
    assert preset_of_text(preset_as_text(preset), "here") == preset


@pytest.mark.parametrize("name", ["generic", "guided", "landmarks-rigid"])
def test_a_built_in_preset_comes_back_with_the_same_parameters_as_the_users_own(name, tmp_path):
    built_in = find_preset(name)
    read = read_archive(export_preset(built_in, tmp_path))
    assert [file.text for file in read.parameter_files()] == [file.text for file in built_in.parameter_files()]
    assert (read.id, read.title, read.citation, read.recipe) == (
        built_in.id,
        built_in.title,
        built_in.citation,
        built_in.recipe,
    )
    assert (read.origin, read.folder) == ("user", None)
    assert (tmp_path / f"{name}.elastixplus.json").is_file()


def test_the_file_of_an_older_export_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text("older")
    assert export_preset(KNEE, path) == path
    assert read_archive(path) == KNEE
    assert [place.name for place in tmp_path.iterdir()] == ["mine.json"]


def test_a_place_that_cannot_be_written_is_named_and_keeps_what_was_there(tmp_path):
    with pytest.raises(OutputPlaceError, match="nowhere"):
        export_preset(KNEE, tmp_path / "nowhere" / "knee.json")
    assert list(tmp_path.iterdir()) == []


def test_a_stage_that_elastix_would_misread_is_not_exported():
    with pytest.raises(ParameterFileError, match="line 1"):
        preset_as_text(Preset("knee", "Knee", stages=(PresetStage("a.txt", text="Transform"),)))


def test_two_different_stages_of_one_name_are_not_exported_as_one():
    stages = (PresetStage("a.txt", text="(A 1)"), PresetStage("a.txt", text="(A 2)"))
    with pytest.raises(PresetError, match="Rename"):
        preset_as_text(Preset("knee", "Knee", stages=stages))


def test_a_stage_in_toml_becomes_a_text_file(tmp_path):
    path = tmp_path / "rigid.toml"
    path.write_text('Transform = "EulerTransform"\n')
    read = preset_of_text(preset_as_text(Preset("knee", "Knee", stages=(PresetStage("rigid.toml", path),))), "here")
    assert [(stage.name, stage.text) for stage in read.stages] == [("rigid.txt", '(Transform "EulerTransform")\n')]
    sent = changed(preset=described(files=["r.toml"]), files={"r.toml": "A = [1, 2]"})
    assert preset_of_text(sent, "here").stages == (PresetStage("r.txt", text="(A 1 2)"),)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path):
    path = tmp_path / "knee.json"
    path.write_bytes(b"\xef\xbb\xbf" + preset_as_text(KNEE).replace("\n", "\r\n").encode())
    assert read_archive(path) == KNEE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ("[]", "object"),
        ("{}", "not exported by ElastixPlus"),
        ("[" * 200_000, "not valid JSON"),
        ('{"format": ' + "9" * 10_000 + "}", "not valid JSON"),
        ('{"format": NaN}', "no number"),
        ('{"format": "x", "format": "ElastixPlus preset"}', "twice"),
        (changed(format="other"), "not exported by ElastixPlus"),
        (changed(version=2), "Update ElastixPlus"),
        (changed(version=0), "version"),
        (changed(version=True), "version"),
        (changed(version="1"), "version"),
        (changed(files=None), 'lacks "files"'),
        (changed(more=1), '"more"'),
        (changed(preset=[]), "no object"),
        (changed(files=[]), "no object"),
        (changed(files={}), 'lacks the file "0-rigid.txt"'),
        (changed(files={"0-rigid.txt": STAGE, "1.txt": ""}), "no stage uses"),
        (changed(files={"0-rigid.txt": 4}), "no text"),
        (changed(files={"0-rigid.txt": "(A 1)\0"}), "no text"),
        (changed(files={"0-rigid.txt": "(A 1"}), "line 1 has no closing parenthesis"),
        (changed(files={"0-rigid.txt": "(A 1)\n(A 2)"}), "again"),
        (changed(preset=described(dimension=2)), "dimension 2"),
        (changed(preset=described(id="../knee")), "id"),
        (changed(preset=described(title=["Knee"])), "title"),
        (changed(preset=described(files="0-rigid.txt")), "files"),
        (changed(preset=described(summary="x" * 5000)), "summary"),
        (changed(preset=described(files=["a.txt", "A.txt"]), files={"a.txt": "", "A.txt": ""}), "upper and lower"),
        (json.dumps({"format": "x" * 11 * 1024 * 1024}), "larger than 10 MB"),
    ],
)
def test_a_text_that_is_no_sound_preset_is_refused_with_what_to_do(text, said):
    with pytest.raises(PresetError, match=said) as caught:
        preset_of_text(text, "of a stranger")
    assert "of a stranger" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["../a.txt", "/a.txt", "C:a.txt", "C:\\a.txt", "..\\a.txt", "a/b.txt", "..", "a\nb"])
def test_a_name_that_leads_out_of_the_folder_of_a_preset_is_refused(name):
    with pytest.raises(PresetError, match="outside"):
        preset_of_text(changed(preset=described(files=[name]), files={name: STAGE}), "here")


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe{\x00", "UTF-8"), (b"x" * (21 * 1024 * 1024), "larger")])
def test_a_file_that_is_no_text_or_huge_is_refused(tmp_path, content, said):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(PresetError, match=said):
        read_archive(tmp_path / "a.json")


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(PresetError, match="could not be read"):
        read_archive(tmp_path / "a.json")
