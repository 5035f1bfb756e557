"""Anything that may hold presets is imported or refused; nothing is written, and nothing else is opened."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from ElastixPlusLib.errors import InputError, ParameterFileError, PresetError
from ElastixPlusLib.presets import Preset, PresetStage, find_preset, write_preset
from ElastixPlusLib.presets.archive import export_preset, preset_as_text
from ElastixPlusLib.presets.importing import import_presets
from ElastixPlusLib.presets.user_presets import save_user_preset

RIGID = '(Transform "EulerTransform")\n'
SPLINE = '(Transform "BSplineTransform")\n'
DATABASE = (
    '<ElastixParameterSetDatabase><ParameterSet id="lung1" modality="CT" content="lung"><ParameterFiles>'
    '<File Name="rigid.txt"/></ParameterFiles></ParameterSet></ElastixParameterSetDatabase>'
)
KNEE = Preset("knee", "Knee", stages=(PresetStage("0-rigid.txt", text=RIGID),), origin="user")


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def packed(folder: Path, files: dict[str, str | bytes], name: str = "box.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as held:
        for inside, text in files.items():
            held.writestr(inside, text)
    return path


def ids(path) -> list[str]:
    return [preset.id for preset in import_presets(path).presets]


def test_one_file_is_imported_as_it_was_exported(tmp_path):
    found = import_presets(export_preset(KNEE, tmp_path))
    assert found.presets == (KNEE,)
    assert found.notes == ()


def test_a_preset_folder_of_any_name_is_imported_with_its_texts(tmp_path):
    place = write_preset(KNEE, tmp_path).rename(tmp_path / "Knee (2)")
    assert import_presets(place).presets == (KNEE,)
    assert import_presets(place / "preset.json").presets == (KNEE,)


def test_nothing_is_written_and_an_id_of_the_library_is_not_taken_again(tmp_path, user_presets):
    assert ids(export_preset(find_preset("generic"), tmp_path)) == ["generic-2"]
    assert not user_presets.exists()
    saved = save_user_preset(import_presets(export_preset(KNEE, tmp_path)).presets[0])
    assert [stage.text for stage in saved.stages] == [None]
    assert ids(tmp_path / "knee.elastixplus.json") == ["knee-2"]


def test_parameter_files_are_the_stages_of_one_preset_in_the_order_given(tmp_path):
    folder = put(tmp_path / "my lungs", {"b.txt": RIGID, "a.toml": 'Transform = "BSplineTransform"'})
    (preset,) = import_presets([folder / "b.txt", str(folder / "a.toml")]).presets
    assert (preset.id, preset.title) == ("my-lungs", "my lungs")
    assert [(stage.name, stage.text) for stage in preset.stages] == [("b.txt", RIGID), ("a.txt", SPLINE.strip())]
    assert import_presets(str(folder / "b.txt")).presets[0].title == "b"


def test_a_database_of_slicer_elastix_is_imported(tmp_path):
    folder = put(tmp_path, {"preset.xml": DATABASE, "rigid.txt": RIGID})
    assert ids(folder / "preset.xml") == ["lung1"]
    assert ids(folder) == ["lung1"]


def test_a_folder_of_everything_is_imported_as_a_whole_and_as_a_zip_file(tmp_path):
    files = {
        "Elastix/lung1/preset.xml": DATABASE,
        "Elastix/lung1/rigid.txt": RIGID,
        "mine/knee.elastixplus.json": preset_as_text(KNEE),
        "mine/readme.md": "mine",
        "ours/hip/preset.json": json.dumps({"id": "hip", "title": "Hip", "files": ["a.txt"]}),
        "ours/hip/a.txt": RIGID,
        "zoo/README.md": "the zoo",
        "zoo/models/Par0001/a.txt": RIGID,
        "zoo/models/Par0001/b.txt": SPLINE,
        "zoo/models/Par0012/README.md": "x",
        "zoo/models/Par0012/ct/c.txt": SPLINE,
        "other/scene.xml": "<MRML/>",
        "other/broken.elastixplus.json": "{",
    }
    folder = put(tmp_path / "all", files)
    found = import_presets(folder)
    assert sorted(preset.id for preset in found.presets) == ["hip", "knee", "lung1", "par0001", "par0012-ct"]
    assert sum("broken.elastixplus.json was left out" in note for note in found.notes) == 1
    zipped = packed(tmp_path, {**files, "__MACOSX/zoo/._a.txt": "junk", "zoo/picture.png": b"\0\1"}, "all.zip")
    unzipped = import_presets(zipped)
    assert unzipped.presets == found.presets
    assert not any("elastixplus-" in note for note in unzipped.notes)


@pytest.mark.parametrize("inside", ["preset.json", "some folder/preset.json"])
def test_a_zipped_preset_folder_is_imported_with_and_without_its_folder(tmp_path, inside):
    files = {
        inside: json.dumps({"id": "hip", "title": "Hip", "files": ["a.txt"]}),
        inside.replace("preset.json", "a.txt"): RIGID,
    }
    (preset,) = import_presets(packed(tmp_path, files)).presets
    assert (preset.id, preset.stages) == ("hip", (PresetStage("a.txt", text=RIGID),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RIGID + '(UseDirectionCosines "false")\n', "UseDirectionCosines"),
        (RIGID + "(FixedImageDimension 2)\n", "2-dimensional"),
        (RIGID + "(NumberOfResolutions 2.5)\n", "NumberOfResolutions"),
    ],
)
def test_what_will_not_run_is_imported_and_says_why(tmp_path, text, said):
    found = import_presets(put(tmp_path, {"flat.txt": text}) / "flat.txt")
    assert found.presets[0].stages[0].text == text
    assert len(found.notes) == 1
    assert found.notes[0].startswith('"flat" will not run as it is.')
    assert said in found.notes[0]


@pytest.mark.parametrize(
    ("files", "given", "error", "said"),
    [
        ({}, "nowhere", PresetError, "does not exist"),
        ({"a.png": "x"}, "a.png", PresetError, "holds no presets"),
        ({"a.png": "x"}, ".", PresetError, "Nothing in"),
        ({"a/b.txt": "no parameters"}, ".", PresetError, "line 1 is neither"),
        ({"a.txt": "(A 1)"}, "a.txt", ParameterFileError, "which transform"),
        ({"a.txt": RIGID + "(TransformParameters 0)"}, "a.txt", ParameterFileError, "that a run found"),
        ({"a.txt": "(A"}, "a.txt", ParameterFileError, "line 1"),
        ({"a.json": "{}"}, "a.json", PresetError, "not exported by ElastixPlus"),
        ({"a.zip": "PK"}, "a.zip", PresetError, "cannot be read"),
        (
            {"hip/preset.json": '{"id": "hip", "title": "Hip", "files": ["../a.txt"]}', "a.txt": RIGID},
            "hip",
            PresetError,
            "outside",
        ),
        (
            {"hip/preset.json": '{"id": "hip", "title": "Hip", "files": ["a.txt"]}'},
            "hip",
            PresetError,
            "could not be read",
        ),
        ({"hip/preset.json": '{"id": "hip", "title": "Hip"}'}, "hip", PresetError, "no parameter file"),
    ],
)
def test_what_holds_no_preset_is_refused_with_what_to_do(tmp_path, files, given, error, said):
    put(tmp_path, files)
    with pytest.raises(error, match=said) as caught:
        import_presets(tmp_path / given)
    assert caught.value.remedy


def test_nothing_at_all_is_refused():
    with pytest.raises(PresetError, match="nothing to import"):
        import_presets([])


def test_a_link_in_a_preset_folder_is_not_followed(tmp_path):
    put(tmp_path, {"hip/preset.json": '{"id": "hip", "title": "Hip", "files": ["a.txt"]}', "secret.txt": RIGID})
    (tmp_path / "hip" / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(PresetError, match="outside"):
        import_presets(tmp_path / "hip")


@pytest.mark.parametrize(
    "name",
    [
        "../a.txt",
        "a/../../b.txt",
        "/a.txt",
        "..\\a.txt",
        "C:\\a.txt",
        "C:a.txt",
        "//server/a.txt",
        "a\nb.txt",
        "..",
        "../x.png",
    ],
)
def test_a_zip_file_that_names_a_place_outside_of_itself_is_refused_as_a_whole(tmp_path, name):
    path = packed(tmp_path, {"rigid.txt": RIGID, name: RIGID})
    before = sorted(tmp_path.parent.rglob("*"))
    with pytest.raises(PresetError, match="outside"):
        import_presets(path)
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_name_with_a_null_character_is_refused(tmp_path):
    path = packed(tmp_path, {"aXb.txt": RIGID})
    path.write_bytes(path.read_bytes().replace(b"aXb.txt", b"a\0b.txt"))
    with pytest.raises(PresetError, match="outside"):
        import_presets(path)


def test_a_link_in_a_zip_file_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as held:
        held.writestr(link, "/etc/passwd")
    with pytest.raises(PresetError, match="link"):
        import_presets(path)


def with_sizes(path: Path, said: int) -> Path:
    """The same zip file, whose only entry says another size in both of its headers."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", content, content.index(mark) + offset, said)
    path.write_bytes(content)
    return path


def test_a_zip_bomb_is_refused_by_what_it_says(tmp_path):
    path = packed(tmp_path, {"a.txt": b" " * 11 * 1024 * 1024})
    assert path.stat().st_size < 20_000
    with pytest.raises(PresetError, match="more than any preset needs"):
        import_presets(path)


def test_a_zip_bomb_that_says_it_is_small_is_not_unpacked(tmp_path):
    path = with_sizes(packed(tmp_path, {"a.txt": b" " * 60_000_000}), 1000)
    tracemalloc.start()
    try:
        with pytest.raises(PresetError, match="The zip file"):
            import_presets(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_zip_file_packed_in_another_way_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as held:
        held.writestr("a.txt", RIGID)
    with pytest.raises(PresetError, match="usual zip file"):
        import_presets(path)


def test_many_files_that_are_large_together_are_refused(tmp_path):
    with pytest.raises(PresetError, match="more than any preset"):
        import_presets(packed(tmp_path, {f"{number}.txt": b" " * 9_900_000 for number in range(7)}))


def test_too_many_files_are_refused(tmp_path):
    with pytest.raises(PresetError, match="5000 files"):
        import_presets(packed(tmp_path, {f"{number}.png": "" for number in range(5001)}))


def test_two_files_of_one_name_in_a_zip_file_are_refused(tmp_path):
    with pytest.raises(PresetError, match="twice"):
        import_presets(packed(tmp_path, {"a.txt": RIGID, "A.TXT": SPLINE}))


def test_an_encrypted_zip_file_is_refused(tmp_path):
    path = packed(tmp_path, {"a.txt": RIGID})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(PresetError, match="encrypted"):
        import_presets(path)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_damaged_zip_file_is_refused(tmp_path, cut):
    path = packed(tmp_path, {"a.txt": RIGID * 50, "b.txt": SPLINE * 50})
    content = path.read_bytes()
    path.write_bytes(content[: int(cut * len(content))])
    with pytest.raises(PresetError, match="The zip file"):
        import_presets(path)
    path.write_bytes(content.replace(content[40:60], b"\xff" * 20))
    with pytest.raises(InputError):
        import_presets(path)
