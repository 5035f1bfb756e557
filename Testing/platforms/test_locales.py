"""Computers whose language and file names are not those of today: ASCII only, and names that are no text at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib.mrml.files import write_volume
from phantoms import add_anatomy

REPOSITORY = Path(__file__).resolve().parents[2]
ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

READ_AND_WRITTEN = """
import os, sys
from pathlib import Path
import slicer
from ElastixPlusLib.mrml.files import read_transform, read_volume, write_transform, write_volume

folder, scene = Path(sys.argv[1]), slicer.vtkMRMLScene()
fixed = read_volume(scene, folder / os.fsdecode(b"Ma\\xdfe.nrrd"), "fixed")
write_volume(fixed, folder / os.fsdecode(b"gro\\xdf.nrrd"))
write_transform(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "found"), folder / os.fsdecode(b"gro\\xdf.h5"))
assert read_transform(scene, folder / os.fsdecode(b"gro\\xdf.h5")) is not None
assert read_volume(scene, folder / os.fsdecode(b"gro\\xdf.nrrd"), "moving").GetName() == "gro?"
"""


def run(words: list[str | bytes | Path], **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run Python on the library, in an environment with these variables."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "ElastixPlus")} | variables
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, check=False)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no ASCII for names of files")
@pytest.mark.native_engine
def test_a_registration_runs_where_python_knows_ascii_only(tmp_path: Path, scene):
    folder = tmp_path / "Jörg Müller"
    folder.mkdir()
    write_volume(add_anatomy(scene), folder / "fixed.nrrd")
    write_volume(add_anatomy(scene, moved_by=MOVED_BY), folder / "größer.nrrd")
    (folder / "quick.txt").write_text(QUICK_RIGID, encoding="utf-8")
    files = {"--fixed": "fixed.nrrd", "--moving": "größer.nrrd", "--parameters": "quick.txt"}
    files |= {"--output-transform": "für später.h5", "--report": "Bericht für alle"}
    words: list[str | bytes | Path] = ["-m", "ElastixPlusLib", "register", "--quiet", "--json", "-"]
    for option, name in files.items():
        words += [option, os.fsencode(folder / name)]
    done = run(words, **ASCII_ONLY)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("ascii"))["status"] == "done"
    assert (folder / "für später.h5").stat().st_size > 0
    assert "</html>" in (folder / "Bericht für alle" / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def old_folder(tmp_path: Path, scene) -> Path:
    """A folder as an old server has it: its name, and that of a volume in it, is Latin 1."""
    folder = tmp_path / os.fsdecode(b"J\xf6rg")
    try:
        folder.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no name that is not Unicode")
    write_volume(add_anatomy(scene), tmp_path / "fixed.nrrd")
    os.replace(tmp_path / "fixed.nrrd", folder / os.fsdecode(b"Ma\xdfe.nrrd"))
    return folder


def test_files_whose_names_are_no_text_are_read_and_written(old_folder: Path):
    done = run(["-c", READ_AND_WRITTEN, old_folder])
    assert done.returncode == 0, done.stderr
    assert len(list(old_folder.iterdir())) == 3


@pytest.mark.parametrize("words", [("presets", "show", "generic", "--json"), ("presets", "list")], ids=" ".join)
def test_presets_are_shown_where_python_knows_ascii_only(words: tuple[str, ...]):
    done = run(["-m", "ElastixPlusLib", *words], **ASCII_ONLY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
