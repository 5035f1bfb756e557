"""How good is it, asked of ``elastixplus register``: further runs, structures, and the report as a web page."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import QUICK_RIGID
from ElastixPlusLib.mrml.files import read_transform, read_volume
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array

pytestmark = pytest.mark.native_engine


@pytest.fixture
def registered(user, elastixplus):
    """The account of a run with landmarks and more options."""

    def call(*more: object) -> dict:
        answer = elastixplus("register", *user.volumes(), *user.landmarks(), *more, "--json", "-", "--quiet")
        assert answer.code == 0, answer.err
        return json.loads(answer.out)

    return call


@pytest.fixture
def segmentations(user) -> list[object]:
    """Each volume once more, as a labelmap of one label where it is bright."""
    paths = []
    for role in ("fixed", "moving"):
        import slicer

        from ElastixPlusLib.mrml.files import write_volume
        from phantoms import add_volume

        scene = slicer.vtkMRMLScene()
        volume = read_volume(scene, getattr(user, role), role)
        bright = (voxel_array(volume.GetImageData()) > 120).astype(np.uint8)
        paths.append(user.folder / f"{role}-bright.nrrd")
        write_volume(add_volume(scene, bright, own_grid(volume).ijk_to_world), paths[-1])
    return ["--fixed-segmentation", paths[0], "--moving-segmentation", paths[1]]


@pytest.mark.parametrize(
    ("folds", "method", "checking", "runs"), [("one", "leave-one-out", "2568", 4), ("2", "2-fold", "25", 2)]
)
def test_every_driving_pair_is_measured_in_a_run_without_it(folds, method, checking, runs, registered, user):
    user.parameters.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 40"))
    account = registered("--check-labels", ",".join(checking), "--cross-validate", folds)
    held_out = account["evidence"]["held_out"]
    driving = [index for index in range(8) if str(index + 1) not in checking]
    assert held_out["method"] == method
    assert [pair["label"] for pair in held_out["pairs"]] == [str(index + 1) for index in driving]
    assert len({pair["fold"] for pair in held_out["pairs"]}) == runs
    before = np.linalg.norm(user.fixed_points - user.moving_points, axis=1)[driving]
    assert [pair["before_mm"] for pair in held_out["pairs"]] == pytest.approx(before, abs=1e-5)
    assert held_out["after"]["mean_mm"] < 0.5 * held_out["before"]["mean_mm"]
    assert account["landmarks"]["drive"]["n"] == len(driving), "the run itself is driven by all of them"


@pytest.fixture
def all_of_it(registered, user) -> dict:
    """The account of a run with a report, both ways, repeated."""
    words = ["--both-ways", "--repeat", "2", "--seed", "5", "--output-uncertainty", user.out / "U.nrrd"]
    words += ["--output-mean-transform", user.out / "mean.h5"]
    began = time.monotonic()
    account = registered(*words, "--report", user.out / "report")
    return {**account, "wall": time.monotonic() - began}


def test_further_runs_add_to_account_report_and_map(all_of_it, user, scene):
    evidence, report = all_of_it["evidence"], user.out / "report"
    assert 0 < evidence["consistency"]["distances"]["mean_mm"] < 0.5
    assert evidence["uncertainty"]["names"] == ["seed 5", "seed 6"]
    written = read_volume(scene, user.out / "U.nrrd", "fixed")
    spread_mm = voxel_array(written.GetImageData())
    assert 0 < spread_mm.max() < 0.5
    assert evidence["uncertainty"]["sd_max_mm"] <= spread_mm.max() * 1.0001
    mean = read_transform(scene, user.out / "mean.h5").GetTransformFromParent()
    mapped = np.array([mean.TransformPoint(*place) for place in user.fixed_points])
    errors_mm = np.linalg.norm(mapped - user.moving_points, axis=1)
    assert errors_mm == pytest.approx([pair["after_mm"] for pair in all_of_it["landmarks"]["pairs"]], abs=0.5)
    fixed = own_grid(read_volume(scene, user.fixed, "fixed"))
    assert np.allclose(own_grid(written).center_ras, fixed.center_ras, atol=0.01)
    assert all_of_it["seconds"]["total"] < 0.6 * all_of_it["wall"], "further runs do not count as part of the first"

    names = {path.name for path in report.iterdir()}
    assert {
        "report.html",
        "run.json",
        "evaluation.json",
        "landmarks.csv",
        "statistics.csv",
        "parameters.0.txt",
    } <= names
    assert not [name for name in names if name.startswith(".")]
    run, evaluation = (json.loads((report / f"{name}.json").read_text()) for name in ("run", "evaluation"))
    assert run["landmarks"] == all_of_it["landmarks"]
    assert evaluation["uncertainty"] == evidence["uncertainty"]
    for when in ("before_mm", "after_mm"):
        assert evaluation["landmarks"]["drive"][when] == pytest.approx(run["landmarks"]["drive"][when], abs=1e-6)
    with (report / "landmarks.csv").open(encoding="utf-8") as file:
        assert [row["role"] for row in csv.DictReader(file)] == ["drive"] * 8
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "elastixplus register" in page
    assert "--both-ways" in page
    assert "RandomSeed 5" in page


def test_pairs_that_were_not_used_are_not_reported_either(user, elastixplus):
    from cli.conftest import write_points

    points = user.fixed_points.copy()
    points[7] = [0, 0, 300]
    write_points(user.fixed_landmarks, points)
    report = user.out / "report"
    words = [*user.landmarks(), "--skip-unusable-landmarks", "--report", report, "--quiet"]
    assert elastixplus("register", *user.volumes(), *words).code == 0
    with (report / "landmarks.csv").open(encoding="utf-8") as file:
        assert [row["label"] for row in csv.DictReader(file)] == list("1234567")


def test_presets_are_compared_instead_of_seeds(user, elastixplus):
    words = [*user.volumes(), *user.landmarks(), "--json", "-", "--quiet"]
    answer = elastixplus("register", *words, "--repeat", "landmarks-rigid,landmarks-affine")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)["evidence"]["uncertainty"]
    assert found["names"] == ["preset landmarks-rigid", "preset landmarks-affine"]


def test_structures_are_compared_after_the_run(registered, segmentations):
    (pair,) = registered(*segmentations)["evidence"]["structures"]
    assert pair["before"]["dice"] + 0.05 < pair["after"]["dice"] > 0.9


def test_nothing_is_evaluated_unless_somebody_asks(registered):
    assert "evidence" not in registered()


MEANINGLESS = [
    (["--cross-validate", "one"], "there are none"),
    (["--cross-validate", "1"], "of 2 or more"),
    (["--cross-validate", "all"], "of 2 or more"),
    (["--repeat", "1"], "of 2 or more"),
    (["--output-uncertainty", "U.nrrd"], "only when it is repeated"),
    (["--output-mean-transform", "T.h5"], "only when it is repeated"),
    (["--repeat", "2", "--output-mean-transform", "T.nrrd"], "ending"),
    (["--repeat", "rigid"], "of 2 or more"),
    (["--repeat", "rigid,none-such"], "none-such"),
    (["--repeat", "2", "--output-uncertainty", "U.docx"], "ending"),
    (["--repeat", "2", "--output-uncertainty", "fixed.nrrd"], "one of the inputs"),
    (["--repeat", "2", "--output-uncertainty", "V.nrrd", "--output-volume", "V.nrrd"], "Two outputs"),
    (["--output-volume", "out/report.html", "--report", "out"], "Two outputs"),
    (["--fixed-segmentation", "fixed.nrrd"], "moving segmentation is missing"),
    (["--structures", "liver"], "no segmentations"),
]


def test_what_makes_no_sense_is_refused_before_the_run(user, elastixplus, monkeypatch):
    monkeypatch.chdir(user.folder)
    before = sorted(user.folder.rglob("*"))
    for options, phrase in MEANINGLESS:
        answer = elastixplus("register", *user.volumes(), *options)
        assert answer.code == 2, (options, answer.err)
        assert phrase in answer.err, options
        assert len(answer.err.splitlines()) == 2, (options, answer.err)
        assert sorted(user.folder.rglob("*")) == before, options


def test_what_the_files_do_not_allow_is_found_before_the_first_run(user, elastixplus, segmentations, temporary_folder):
    for options, phrase in (
        (["--cross-validate", "9"], "8 driving pairs cannot be divided into 9"),
        (["--check-labels", "1,2,3,4,5,6,7,8", "--cross-validate", "one"], "No landmark pair drives"),
        (["--structures", "1=liver", *segmentations], "no structure with the name liver"),
    ):
        answer = elastixplus("register", *user.volumes(), *user.landmarks(), *options, *user.outputs())
        assert answer.code == 2, answer.err
        assert phrase in answer.err
        assert "resolution" not in answer.err, "no run was started"
        assert not list(user.out.iterdir())
        assert not list(temporary_folder.iterdir())


def test_an_interrupt_while_the_report_is_made_leaves_nothing(user, elastixplus, temporary_folder, monkeypatch):
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ElastixPlusLib.evaluation.report_of_evaluation.write_report_folder", interrupted)
    answer = elastixplus("register", *user.volumes(), *user.outputs(), "--report", user.out / "report", "--json", "-")
    assert answer.code == 130, answer.err
    assert json.loads(answer.out)["status"] == "cancelled"
    assert not list(user.out.iterdir())
    assert not list(temporary_folder.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to a child")
@pytest.mark.parametrize(
    ("options", "phase"),
    [(["--cross-validate", "one"], "Cross-validation: 0 of"), (["--repeat", "3"], "Repeating: 0 of")],
)
def test_an_interrupt_during_further_runs_stops_them_all_and_leaves_nothing(options, phase, user, tmp_path):
    user.parameters.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 1000000"))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [*user.volumes(), *user.landmarks(), *user.outputs(), *options, "--report", str(user.out / "report")]
    command = [sys.executable, "-m", "ElastixPlusLib", "register", *words]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        assert any(phase in line for line in run.stderr), "the runs did not start"
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=20)
    assert run.returncode == 130, err
    assert "Traceback" not in err
    assert not list(temporary.iterdir())
    assert not list(user.out.iterdir())
    assert not still_there(temporary)


def still_there(folder: Path) -> list[int]:
    """Processes that work in a folder."""
    import psutil

    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()):
            found.append(process.info["pid"])
    return found
