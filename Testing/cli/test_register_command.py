"""The command line's contract: files, exit codes, JSON keys, progress, cancel."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import slicer

from cli.conftest import MOVED_BY, QUICK_RIGID, tiny_volume
from ElastixPlusLib.mrml.files import read_transform, read_volume, write_transform, write_volume
from ElastixPlusLib.mrml.volumes import voxel_array
from phantoms import add_volume, grid_matrix, mapped, vtk_matrix

pytestmark = pytest.mark.native_engine


@pytest.fixture
def account(user, elastixplus) -> dict:
    """The JSON of a good run with landmarks, two of which only check."""
    answer = elastixplus(
        "register", *user.volumes(), *user.landmarks(), *user.outputs(), "--check-labels", "2, 5", "--json", "-"
    )
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_the_account_has_the_keys_of_the_contract(account):
    assert account["status"] == "done"
    assert set(account["engine"]) == {"name", "version", "path"}
    assert set(account["seconds"]) == {"export", "elastix", "import", "total"}
    assert account["seconds"]["total"] >= account["seconds"]["elastix"] > 0
    assert account["landmarks"]["drive"]["n"] == 6
    assert account["landmarks"]["check"]["n"] == 2
    assert [pair["role"] for pair in account["landmarks"]["pairs"]] == [
        "check" if label in (2, 5) else "drive" for label in range(1, 9)
    ]
    assert set(account["landmarks"]["pairs"][0]) == {"label", "role", "before_mm", "after_mm"}
    assert account["warnings"] == []


def test_the_means_are_those_of_the_pairs(account, user):
    distances = np.linalg.norm(user.fixed_points - user.moving_points, axis=1)
    pairs = account["landmarks"]["pairs"]
    assert [pair["before_mm"] for pair in pairs] == pytest.approx(distances, abs=1e-6)
    for role in ("drive", "check"):
        for when in ("before_mm", "after_mm"):
            of_role = [pair[when] for pair in pairs if pair["role"] == role]
            assert account["landmarks"][role][when] == pytest.approx(np.mean(of_role))


def test_the_transform_file_holds_the_transform_that_was_measured(account, user, scene):
    node = read_transform(scene, user.out / "T.h5")
    after = np.linalg.norm(mapped(node, user.fixed_points) - user.moving_points, axis=1)
    assert [pair["after_mm"] for pair in account["landmarks"]["pairs"]] == pytest.approx(after, abs=1e-4)
    assert after.max() < 0.5


def test_the_output_volume_shows_the_moving_volume_on_the_fixed_grid(account, user, scene):
    fixed = read_volume(scene, user.fixed, "fixed")
    moving = read_volume(scene, user.moving, "moving")
    output = read_volume(scene, user.out / "V.nrrd", "output")
    assert output.GetImageData().GetDimensions() == fixed.GetImageData().GetDimensions()
    assert output.GetImageData().GetScalarType() == moving.GetImageData().GetScalarType()
    assert np.allclose(output.GetOrigin(), fixed.GetOrigin())
    before, after = (correlation(one, fixed) for one in (moving, output))
    assert after > 0.995 > before


def correlation(one, other) -> float:
    """Of the voxels in the middle, which both volumes see."""
    middles = [voxel_array(node.GetImageData())[8:-8, 8:-8, 8:-8].astype(float).ravel() for node in (one, other)]
    return float(np.corrcoef(*middles)[0, 1])


@pytest.mark.parametrize("ending", ["nrrd", "nii.gz", "nii", "mha"])
def test_volumes_can_be_written_in_every_format(ending, user, elastixplus, scene):
    path = user.out / f"V.{ending}"
    assert elastixplus("register", *user.volumes(), "--output-volume", path).code == 0
    output, fixed = read_volume(scene, path, "output"), read_volume(scene, user.fixed, "fixed")
    assert np.allclose(output.GetOrigin(), fixed.GetOrigin(), atol=1e-4)
    assert correlation(output, fixed) > 0.99


@pytest.mark.parametrize("ending", ["h5", "tfm"])
def test_transforms_can_be_written_in_every_format(ending, user, elastixplus, scene):
    path = user.out / f"T.{ending}"
    assert elastixplus("register", *user.volumes(), "--output-transform", path).code == 0
    error = np.linalg.norm(mapped(read_transform(scene, path), user.fixed_points) - user.moving_points, axis=1)
    assert error.max() < 0.5


def test_names_with_spaces_and_letters_of_any_language_work(user, elastixplus):
    folder = user.folder / "Jörg Müller – Größe 中文"
    folder.mkdir()
    for name in (user.fixed, user.moving, user.fixed_landmarks, user.moving_landmarks, user.parameters):
        name.rename(folder / name.name)
    user_there = [str(word).replace(str(user.folder), str(folder)) for word in user.volumes() + user.landmarks()]
    outputs = ["--output-transform", folder / "Ergebnis ä.h5", "--output-volume", folder / "Bild ü.nrrd"]
    more = ["--report", folder / "Bericht ö", "--workspace", folder, "--json", folder / "Konto é.json"]
    answer = elastixplus("register", *user_there, *outputs, *more)
    assert answer.code == 0, answer.err
    assert (folder / "Ergebnis ä.h5").stat().st_size > 0
    assert json.loads((folder / "Konto é.json").read_text(encoding="utf-8"))["status"] == "done"
    assert not list(folder.glob("elastixplus-*"))


def test_several_parameter_files_make_several_stages(user, elastixplus):
    second = user.folder / "second.txt"
    second.write_text(QUICK_RIGID.replace("EulerTransform", "AffineTransform"))
    arguments = [*user.volumes(), second, "--report", user.out / "report"]  # --parameters is the last of volumes()
    answer = elastixplus("register", *arguments)
    assert answer.code == 0, answer.err
    assert "AffineTransform" in (user.out / "report" / "parameters.1.txt").read_text()


def test_the_report_folder_has_the_table_and_the_settings(user, elastixplus):
    report = user.out / "report"
    assert elastixplus("register", *user.volumes(), *user.landmarks(), "--report", report, "--seed", "7").code == 0
    with (report / "landmarks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == [str(number) for number in range(1, 9)]
    assert float(rows[0]["after_mm"]) < float(rows[0]["before_mm"])
    assert json.loads((report / "run.json").read_text(encoding="utf-8"))["status"] == "done"
    settings = (report / "parameters.0.txt").read_text(encoding="utf-8")
    assert "(RandomSeed 7)" in settings
    assert "CorrespondingPointsEuclideanDistanceMetric" in settings


def test_the_run_folder_is_kept_on_request_and_its_place_is_said(user, elastixplus, temporary_folder):
    answer = elastixplus("register", *user.volumes(), "--keep-workspace")
    (kept,) = temporary_folder.iterdir()
    assert str(kept) in answer.err
    assert (kept / "result" / "TransformParameters.0.txt").is_file()


def test_the_same_seed_gives_the_same_transform_and_another_seed_another(user, elastixplus, scene):
    transforms = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        path = user.out / f"{name}.h5"
        assert (
            elastixplus("register", *user.volumes(), "--output-transform", path, "--seed", seed, "--threads", 1).code
            == 0
        )
        transforms[name] = mapped(read_transform(scene, path), user.fixed_points)
    assert np.array_equal(transforms["a"], transforms["b"])
    assert not np.array_equal(transforms["a"], transforms["c"])


def test_a_mask_keeps_what_lies_outside_of_it_from_pulling(user, elastixplus, scene):
    """Half of the moving volume is wrong; with a mask on the good half the result is right."""
    volume = read_volume(scene, user.fixed, "fixed")
    voxels = voxel_array(volume.GetImageData())
    mask = np.zeros(voxels.shape, np.int16)
    mask[:, :, :22] = 300  # a label that would be lost in a mask of unsigned char
    voxels[:, :, 22:] = np.random.default_rng(1).permutation(voxels[:, :, 22:])
    volume.Modified()
    write_volume(volume, user.fixed)
    matrix = grid_matrix((40, 36, 32), (2.0, 2.2, 2.4))
    write_volume(add_volume(scene, mask, matrix), user.folder / "mask.nrrd")
    errors = {}
    for name, more in (("without", []), ("with", ["--fixed-mask", user.folder / "mask.nrrd"])):
        path = user.out / f"{name}.h5"
        assert elastixplus("register", *user.volumes(), *more, "--output-transform", path).code == 0
        moved = mapped(read_transform(scene, path), user.fixed_points)
        errors[name] = np.linalg.norm(moved - user.moving_points, axis=1).mean()
    assert errors["with"] < 0.7
    assert errors["with"] < errors["without"]


def test_json_tells_of_a_failure_too(user, elastixplus):
    answer = elastixplus("register", *user.volumes(), "--initial", "landmarks", "--json", "-")
    told = json.loads(answer.out)
    assert told["status"] == "failed"
    assert told["error"]["exit_code"] == answer.code == 2
    assert told["error"]["what"] in answer.err


def test_a_wrong_command_is_answered_in_two_sentences(elastixplus):
    answer = elastixplus("register", "--fixed", "a.nrrd")
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 2
    assert "--moving" in answer.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to a child")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_command_ends_within_a_second_and_leaves_nothing(number, user, tmp_path):
    user.parameters.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 1000000"))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "ElastixPlusLib", "register", *user.volumes(), *user.outputs(), "--json", "-"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            children = wait_for_elastix(process.pid)
            started = time.monotonic()
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
            seconds = time.monotonic() - started
        finally:
            end_with_children(process)
    assert process.returncode == 130, err
    assert json.loads(out)["status"] == "cancelled"
    assert seconds < 1.5, "one second for the run, the rest for Python to end"
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert not list(temporary.iterdir())
    assert not list(user.out.iterdir())


def end_with_children(process: subprocess.Popen) -> None:
    """Leave no endless run behind, whatever has failed: it would slow all other tests down."""
    if process.poll() is None:
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def wait_for_elastix(parent: int) -> list[psutil.Process]:
    for _ in range(300):
        with contextlib.suppress(psutil.NoSuchProcess):  # it is also asked for its version, which is soon over
            children = [child for child in psutil.Process(parent).children(recursive=True) if "elastix" in child.name()]
            if children and children[0].cpu_times().user > 0.2:
                return children
        time.sleep(0.05)
    raise AssertionError("elastix did not start")


def test_inputs_are_not_touched(user, elastixplus):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in user.folder.iterdir() if path.is_file()}
    assert elastixplus("register", *user.volumes(), *user.landmarks(), *user.outputs()).code == 0
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


def test_a_transform_file_can_be_the_start(user, elastixplus, scene):
    """A start 40 mm away and back again ends where the plain run ends; without it nothing is found."""
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "start")
    node.SetMatrixTransformFromParent(vtk_matrix(MOVED_BY))
    write_transform(node, user.folder / "start.h5")
    text = QUICK_RIGID.replace("Iterations 100", "Iterations 1")
    user.parameters.write_text(text + '(AutomaticParameterEstimation "false")\n(SP_a 0.0)\n')
    answer = elastixplus(
        "register", *user.volumes(), *user.landmarks(), "--initial", user.folder / "start.h5", "--json", "-"
    )
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["landmarks"]["drive"]["after_mm"] < 0.01, "the optimiser did not move, the start did"


def test_help_needs_neither_slicer_nor_itk():
    code = "import sys; from ElastixPlusLib.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'slicer', 'vtk', 'itk', 'numpy', 'rich'} & set(sys.modules), sys.modules.keys()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.DEVNULL)


def test_doctor_proves_the_engine(elastixplus):
    answer = elastixplus("doctor")
    assert answer.code == 0, answer.err
    assert "elastix" in answer.out
    assert "known shift was found" in answer.out


@pytest.mark.itk_engine
def test_doctor_proves_the_wheel(elastixplus):
    answer = elastixplus("doctor", "--engine", "itk")
    assert answer.code == 0, answer.err
    assert "itk-elastix" in answer.out


def test_doctor_says_when_there_is_no_engine(elastixplus, tmp_path: Path):
    answer = elastixplus("doctor", "--engine", tmp_path / "none")
    assert answer.code == 3
    assert len(answer.err.splitlines()) == 2


def test_the_margin_of_a_mask_and_the_kind_of_transform_can_be_chosen(user, elastixplus, scene):
    voxels = np.zeros((32, 36, 40), np.uint8)
    voxels[8:24, 9:27, 10:30] = 1
    mask = tiny_volume(scene, voxels, user.folder / "mask.nrrd")
    options = [*user.volumes(), "--fixed-mask", mask, "--output-transform", user.out / "T.h5", "--keep-workspace"]
    counts = []
    for margin in ("-4", "0", "4"):
        runs = user.folder / f"runs {margin}"
        runs.mkdir()
        answer = elastixplus(
            "register", *options, "--mask-margin", margin, "--transform-kind", "grid", "--workspace", runs
        )
        assert answer.code == 0, answer.err
        written = next(runs.glob("*/fixed_mask.mha"))
        counts.append(np.count_nonzero(voxel_array(read_volume(scene, written, "fixed").GetImageData())))
    assert counts[0] < counts[1] < counts[2]
    transform = read_transform(scene, user.out / "T.h5").GetTransformFromParent()
    assert isinstance(transform, slicer.vtkOrientedGridTransform)
    refused = elastixplus("register", *options, "--mask-margin", "-40")
    assert refused.code == 2
    assert "Nothing is left of the fixed mask" in refused.err
