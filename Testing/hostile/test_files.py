"""What is no ordinary file, is larger than it says, or has a name that no file can have."""

from __future__ import annotations

import io
import json
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ElastixPlusLib.elastix import ordinary_file
from ElastixPlusLib.elastix.ordinary_file import FileTooLargeError, is_ordinary_file, read_ordinary_file
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.transform_file import read_transform_chain
from ElastixPlusLib.errors import ElastixPlusError, ParameterFileError, PresetError
from ElastixPlusLib.mrml.files import read_landmarks, read_mask, read_transform, read_volume
from ElastixPlusLib.presets import Preset, PresetStage
from ElastixPlusLib.presets.importing import import_presets
from ElastixPlusLib.presets.library import faulty_presets, list_presets
from ElastixPlusLib.presets.preset_folder import read_preset, write_preset

RIGID = '(Transform "EulerTransform")\n'
KNEE = Preset("knee", "Knee", stages=(PresetStage("0-rigid.txt", text=RIGID),), origin="user")
ENDINGS = (".txt", ".toml", ".xml", ".zip", ".elastixplus.json")
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
needs_devices = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")


def read_of(ending: str) -> Callable[[Path, Any], object]:
    """What reads a file of an ending; the second argument is a scene."""
    readers: dict[str, Callable[[Path, Any], object]] = {
        ".nrrd": lambda path, scene: read_volume(scene, path, "fixed"),
        ".seg.nrrd": lambda path, scene: read_mask(scene, path, "fixed"),
        ".ply": lambda path, scene: read_mask(scene, path, "fixed"),
        ".mrk.json": lambda path, scene: read_landmarks(scene, path, "fixed"),
        ".fcsv": lambda path, scene: read_landmarks(scene, path, "fixed"),
        ".tfm": lambda path, scene: read_transform(scene, path),
        ".h5": lambda path, scene: read_transform(scene, path),
        "Parameters.0.txt": lambda path, scene: read_transform_chain(path),
    }
    return readers.get(ending, lambda path, scene: import_presets(path))


ALL_ENDINGS = (*ENDINGS, ".nrrd", ".seg.nrrd", ".ply", ".mrk.json", ".fcsv", ".tfm", ".h5", "Parameters.0.txt")


@needs_pipes
@pytest.mark.timeout(30)
@pytest.mark.parametrize("ending", ALL_ENDINGS)
def test_a_pipe_is_not_waited_for(ending: str, tmp_path: Path, scene):
    os.mkfifo(tmp_path / f"pipe{ending}")
    with pytest.raises(ElastixPlusError):
        read_of(ending)(tmp_path / f"pipe{ending}", scene)
    assert scene.GetNumberOfNodes() == 0


@needs_devices
@pytest.mark.timeout(30)
@pytest.mark.parametrize("ending", ALL_ENDINGS)
def test_a_device_without_end_is_not_read(ending: str, tmp_path: Path, scene):
    (tmp_path / f"zero{ending}").symlink_to("/dev/zero")
    with pytest.raises(ElastixPlusError):
        read_of(ending)(tmp_path / f"zero{ending}", scene)
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("ending", ALL_ENDINGS)
def test_a_folder_and_a_link_to_itself_are_no_files(ending: str, tmp_path: Path, scene):
    (tmp_path / f"folder{ending}").mkdir()
    (tmp_path / f"loop{ending}").symlink_to(tmp_path / f"loop{ending}")
    for name in ("folder", "loop"):
        with pytest.raises(ElastixPlusError):
            read_of(ending)(tmp_path / f"{name}{ending}", scene)


@pytest.mark.parametrize("ending", ALL_ENDINGS)
@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there(ending: str, name: str, tmp_path: Path, scene):
    with pytest.raises(ElastixPlusError):
        read_of(ending)(tmp_path / f"{name}{ending}", scene)


@pytest.mark.parametrize("ending", [".nrrd", ".mrk.json", ".tfm", ".txt"])
@pytest.mark.parametrize(
    "name",
    [
        "$(touch pwned)",
        "; touch pwned",
        "`touch pwned`",
        "-rf",
        "--help",
        "a b",
        "*",
        "?[ab]",
        "%s%n",
        "{0}",
        "~",
        "\x1b[2J",
    ],
)
def test_a_name_is_only_a_name(name: str, ending: str, tmp_path: Path, scene, monkeypatch):
    """No shell, no option, no pattern and no template is seen in it: the file of this very name is read."""
    monkeypatch.chdir(tmp_path)
    path = Path(f"{name}{ending}")
    path.write_text("nothing")
    Path(f"other{ending}").write_text("nothing")
    with pytest.raises(ElastixPlusError) as caught:
        read_of(ending)(path, scene)
    assert name in str(caught.value)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([path.name, f"other{ending}"])


@needs_pipes
@pytest.mark.timeout(30)
def test_a_pipe_among_the_presets_does_not_stop_the_others(user_presets: Path):
    write_preset(KNEE, user_presets)
    (user_presets / "pipe").mkdir()
    os.mkfifo(user_presets / "pipe" / "preset.json")
    (user_presets / "stage").mkdir()
    (user_presets / "stage" / "preset.json").write_text('{"id": "stage", "title": "S", "files": ["a.txt"]}')
    os.mkfifo(user_presets / "stage" / "a.txt")
    assert "knee" in {preset.id for preset in list_presets()}
    told = " ".join(str(fault) for fault in faulty_presets())
    assert "pipe or a device" in told
    assert '"a.txt", which is not there' in told


def test_a_file_that_grows_while_it_is_read_is_read_to_its_bound_and_no_further(tmp_path: Path, monkeypatch):
    path = tmp_path / "log.txt"
    path.write_bytes(b"x" * 50)
    usual = os.fstat

    def grows(number: int) -> os.stat_result:
        status = usual(number)
        with path.open("ab") as file:
            file.write(b"y" * 5000)
        return status

    monkeypatch.setattr(ordinary_file.os, "fstat", grows)
    with pytest.raises(FileTooLargeError):
        read_ordinary_file(path, 1000)
    monkeypatch.setattr(ordinary_file.os, "fstat", usual)
    path.write_bytes(b"x" * 1000)
    assert read_ordinary_file(path, 1000) == b"x" * 1000


@needs_pipes
def test_only_an_ordinary_file_is_one(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    found = {
        name: is_ordinary_file(tmp_path / name) for name in ("pipe", "file", "link", "missing", "a\0b", "x" * 9999)
    }
    assert [name for name, is_one in found.items() if is_one] == ["file", "link"]
    with pytest.raises(OSError, match="no name of a file"):
        read_ordinary_file(tmp_path / "a\0b", 10)


@pytest.mark.parametrize(
    ("ending", "size", "said"),
    [
        (".txt", 11, "more than 10 MB"),
        (".toml", 11, "more than 10 MB"),
        (".xml", 5, "larger than 4 MB"),
        (".elastixplus.json", 21, "larger than any preset"),
        (".zip", 65, "more than 64 MB"),
    ],
)
def test_an_oversized_file_is_refused_without_being_read_whole(ending: str, size: int, said: str, tmp_path: Path):
    path = tmp_path / f"big{ending}"
    with path.open("wb") as file:
        file.truncate(size * 1024 * 1024)
    with pytest.raises(ElastixPlusError, match=said):
        import_presets(path)


def test_a_description_that_is_too_large_is_refused(tmp_path: Path):
    place = write_preset(KNEE, tmp_path)
    with (place / "preset.json").open("ab") as file:
        file.truncate(2 * 1024 * 1024)
    with pytest.raises(PresetError, match="larger than 1 MB"):
        read_preset(place)


def test_a_zip_file_in_a_zip_file_is_not_unpacked(tmp_path: Path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as box:
        box.writestr("rigid.txt", RIGID)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as box:
        box.writestr("inner.zip", inner.getvalue())
    with pytest.raises(PresetError, match="Nothing in"):
        import_presets(tmp_path / "outer.zip")


@pytest.mark.parametrize("name", ["a\0.txt", "a\u0000b", "x" * 5000, "a/b.txt"])
def test_a_description_that_names_what_no_file_can_be_called_is_refused(name: str, tmp_path: Path):
    place = write_preset(KNEE, tmp_path)
    (place / "preset.json").write_text(json.dumps({"id": "knee", "title": "Knee", "files": [name]}))
    with pytest.raises(PresetError):
        read_preset(place)


@needs_pipes
@pytest.mark.timeout(30)
def test_what_comes_through_a_pipe_is_refused_even_if_somebody_writes(tmp_path: Path):
    os.mkfifo(tmp_path / "a.txt")
    end = os.open(tmp_path / "a.txt", os.O_RDWR | os.O_NONBLOCK)
    writer = threading.Thread(target=os.write, args=(end, RIGID.encode()))
    writer.start()
    with pytest.raises(ParameterFileError, match="pipe or a device"):
        ParameterFile.read(tmp_path / "a.txt")
    writer.join()
    os.close(end)
