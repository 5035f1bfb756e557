"""``elastixplus evaluate``: what it measures, says and writes, and what it refuses. No engine is needed for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer

from cli.conftest import MOVED_BY, Answer, UserFiles, write_points
from conftest import REPOSITORY
from ElastixPlusLib.accuracy.tolerance import Statement
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_volume, write_transform, write_volume
from ElastixPlusLib.mrml.transforms import linear_transform, write_displacement_field
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array
from ElastixPlusLib.terminal import evaluation_lines
from phantoms import add_volume, grid_matrix, shift, vtk_matrix

OFF_MM = 0.75  # by how much the transform that is evaluated is wrong
DIMENSIONS, SPACING_MM = (40, 36, 32), (2.0, 2.2, 2.4)  # of the user's volumes


def write_linear(path: Path, from_parent: np.ndarray) -> Path:
    node = slicer.vtkMRMLLinearTransformNode()
    node.SetMatrixTransformFromParent(vtk_matrix(from_parent))
    write_transform(node, path)
    return path


def write_boxes(path: Path, boxes: dict[int, tuple[slice, slice, slice]]) -> Path:
    """A labelmap on the user's grid.

    :param boxes: label, and where it is along slices, rows and columns.
    """
    scene = slicer.vtkMRMLScene()
    voxels = np.zeros(DIMENSIONS[::-1], np.uint8)
    for label, box in boxes.items():
        voxels[box] = label
    write_volume(add_volume(scene, voxels, grid_matrix(DIMENSIONS, SPACING_MM)), path)
    return path


@pytest.fixture
def transform(user: UserFiles) -> Path:
    """Lays the moving volume on the fixed one, but for a shift."""
    return write_linear(user.folder / "T.h5", shift(OFF_MM, 0, 0) @ MOVED_BY)


@pytest.fixture
def evaluate(user, elastixplus, transform) -> Callable[..., Answer]:
    """Call the command with the user's volumes and the transform."""

    def call(*more: object, **replaced: Path) -> Answer:
        files = {"transform": transform, "fixed": user.fixed, "moving": user.moving, **replaced}
        words = [word for name, file in files.items() for word in (f"--{name}", file)]
        return elastixplus("evaluate", *words, *more)

    return call


@pytest.fixture
def measured(evaluate) -> Callable[..., dict]:
    """Everything measured, as the command puts it out."""

    def call(*more: object, **replaced: Path) -> dict:
        answer = evaluate(*more, "--json", "-", "--quiet", **replaced)
        assert answer.code == 0, answer.err
        assert answer.err == ""
        return json.loads(answer.out)

    return call


def test_landmarks_are_measured_through_the_transform(measured, user):
    landmarks = measured(*user.landmarks(), "--check-labels", "2,5")["landmarks"]
    before = np.linalg.norm(user.fixed_points - user.moving_points, axis=1)
    assert [pair["before_mm"] for pair in landmarks["pairs"]] == pytest.approx(before, abs=1e-6)
    assert [pair["after_mm"] for pair in landmarks["pairs"]] == pytest.approx([OFF_MM] * 8, abs=1e-5)
    is_check = np.isin(np.arange(1, 9), [2, 5])
    for role, chosen in (("drive", ~is_check), ("check", is_check)):
        assert landmarks[role]["n"] == chosen.sum()
        assert landmarks[role]["before_mm"] == pytest.approx(before[chosen].mean(), abs=1e-5)
        assert landmarks[role]["after_mm"] == pytest.approx(OFF_MM, abs=1e-5)


@pytest.mark.parametrize(
    ("options", "driving"),
    [
        ([], ""),
        (["--check-labels", "2, 5", "--check-labels", "8"], "13467"),
        (["--drive-labels", "2,5"], "25"),
        (["--drive-labels", "all"], "12345678"),
    ],
)
def test_the_roles_of_pairs_are_as_said(options, driving, measured, user):
    account = measured(*user.landmarks(), *options)
    assert "".join(pair["label"] for pair in account["landmarks"]["pairs"] if pair["role"] == "drive") == driving
    says_that_all_check = any("all of them count as check" in warning for warning in account["warnings"])
    assert says_that_all_check == (not options)


def test_distances_are_held_against_the_voxel_size_or_what_is_given(measured, user):
    for options, millimetres, standing in (([], 2.4, "within"), (["--tolerance-mm", "0.7"], 0.7, "outside")):
        account = measured(*user.landmarks(), *options, "--placing-sd-mm", "0.2")
        assert account["tolerance"]["distance_mm"] == pytest.approx(millimetres)
        (mean,) = [line for line in account["statements"] if "check landmarks, mean" in line["quantity"]]
        assert mean["standing"] == standing
        assert all(words in mean["text"] for words in (f"{standing} the tolerance used", "0.45 mm apart"))


def test_what_is_not_given_is_not_assessed(measured):
    account = measured()
    assert account["status"] == "done"
    assert account["landmarks"]["pairs"] == account["structures"] == []
    standings = {line["quantity"]: line["standing"] for line in account["statements"]}
    assert standings["Target registration error at check landmarks"] == "not assessed"
    assert standings["Agreement of structures"] == "not assessed"


def test_the_jacobian_is_written_on_the_grid_of_the_fixed_volume(measured, user, scene):
    larger = np.diag([1.1, 1.1, 1.2, 1.0])
    path = user.out / "J.nrrd"
    measured("--output-jacobian", path, transform=write_linear(user.folder / "larger.tfm", larger))
    written = read_volume(scene, path, "fixed")
    assert voxel_array(written.GetImageData()) == pytest.approx(1.1 * 1.1 * 1.2, rel=1e-5)
    assert voxel_array(written.GetImageData()).shape == DIMENSIONS[::-1]
    assert np.allclose(
        own_grid(written).ijk_to_world, own_grid(read_volume(scene, user.fixed, "fixed")).ijk_to_world, atol=1e-5
    )


def test_a_displacement_field_is_a_transform(measured, user):
    dimensions = (45, 45, 45)
    grid = Grid(dimensions, grid_matrix(dimensions, (2.0, 2.0, 2.0)))
    field = user.folder / "field.mha"
    write_displacement_field(linear_transform(shift(0, OFF_MM, 0) @ MOVED_BY), grid, field)
    assert measured(*user.landmarks(), transform=field)["landmarks"]["check"]["after_mm"] == pytest.approx(OFF_MM, 1e-3)


@pytest.fixture
def segmentations(user) -> list[object]:
    """The same box in both volumes, three columns apart, with other labels; and one more structure in each."""
    box, moved = (slice(8, 20), slice(8, 20), slice(8, 20)), (slice(8, 20), slice(8, 20), slice(11, 23))
    rest = (slice(24, 30),) * 3
    fixed = write_boxes(user.folder / "fixed-labels.nrrd", {1: box, 3: rest})
    moving = write_boxes(user.folder / "moving-labels.nii.gz", {7: moved, 3: rest})
    return ["--fixed-segmentation", fixed, "--moving-segmentation", moving]


def test_structures_are_compared_by_name(measured, user, segmentations):
    """The transform is the shift by three columns, 6 mm, under which the boxes are the same."""
    exact = write_linear(user.folder / "exact.h5", shift(6.0, 0, 0))
    (pair,) = measured(*segmentations, "--structures", "1=7", transform=exact)["structures"]
    assert (pair["fixed_name"], pair["moving_name"]) == ("1", "7")
    assert pair["before"]["dice"] == pytest.approx(9 / 12, rel=1e-6)
    assert pair["after"]["dice"] == pytest.approx(1.0)
    both = measured(*segmentations, "--structures", "3", "--structures", "1=7")["structures"]
    assert [pair["moving_name"] for pair in both] == ["3", "7"]
    alike = measured(*segmentations)["structures"]
    assert [pair["fixed_name"] for pair in alike] == ["3"]


def test_the_region_is_the_one_that_is_asked_for(measured, user, segmentations):
    assert "body" in measured()["region"]
    assert "whole" in measured("--fixed-mask", "none")["region"]
    assert "without fixed" in measured("--fixed-mask", "none", "--fixed-exclude", segmentations[1])["region"]
    account = measured("--fixed-mask", segmentations[1])
    assert account["region"] == "inside the mask fixed-labels"
    assert account["deformation"]["n"] == 12**3 + 6**3


def test_the_report_holds_everything_that_may_be_written_and_nothing_else(measured, user, segmentations):
    from ElastixPlusLib.report.report_folder import PAGE_FILE, TABLE_FILES
    from ElastixPlusLib.terminal.report_files import EVALUATION_FILES

    report = user.out / "report"
    account = measured(*user.landmarks(), *segmentations, "--report", report, "--check-labels", "2,5")
    assert {path.name for path in report.iterdir()} == set(EVALUATION_FILES) - {"held_out.csv"}
    assert set(TABLE_FILES) | {PAGE_FILE} == set(EVALUATION_FILES) - {"evaluation.json"}
    written = json.loads((report / "evaluation.json").read_text(encoding="utf-8"))
    assert written["landmarks"] == account["landmarks"]
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "elastixplus evaluate" in page
    assert "--check-labels 2,5" in page
    assert list(user.out.iterdir()) == [report]


def test_a_report_goes_into_a_folder_that_is_there_and_leaves_other_files_alone(evaluate, user):
    report = user.out / "report"
    report.mkdir()
    (report / "report.html").write_text("of last week")
    (report / "structures.csv").write_text("of last week, when structures were compared")
    (report / "notes.txt").write_text("mine")
    assert evaluate(*user.landmarks(), "--report", report).code == 0
    assert "of last week" not in (report / "report.html").read_text(encoding="utf-8")
    assert not (report / "structures.csv").exists()
    assert (report / "notes.txt").read_text() == "mine"
    assert not [path for path in report.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_without_a_package_for_the_page_all_else_is_written(package, evaluate, user, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    report = user.out / "report"
    answer = evaluate(*user.landmarks(), "--report", report, "--json", user.out / "account.json")
    assert answer.code == 0, answer.err
    assert f"needs the Python package {package}" in answer.err
    assert "in a browser" not in answer.err
    assert not (report / "report.html").exists()
    assert {"evaluation.json", "landmarks.csv", "statistics.csv"} <= {path.name for path in report.iterdir()}
    warnings = json.loads((user.out / "account.json").read_text(encoding="utf-8"))["warnings"]
    assert any(package in warning for warning in warnings)


def test_the_summary_goes_to_standard_output_unless_the_account_does(evaluate, user):
    answer = evaluate(*user.landmarks(), "--check-labels", "1")
    assert "Target registration error at check landmarks, mean: 0.75 mm (n = 1)" in answer.out
    assert len(answer.out.splitlines()) > 5, "a line each"
    beside = evaluate(*user.landmarks(), "--check-labels", "1", "--json", "-")
    json.loads(beside.out)
    assert answer.out.strip() in beside.err
    silent = evaluate(*user.landmarks(), "--quiet")
    assert (silent.out, silent.err) == ("", "")


def test_a_terminal_gets_a_table_in_which_names_command_nothing(monkeypatch):
    pytest.importorskip("rich")
    quantity = "Dice coefficient of [bold]liver\x1b[2J"
    line = Statement(quantity, "0.91", "within", f"{quantity}: 0.91, within the tolerance used (at least 0.80).")
    plain = evaluation_lines.evaluation_text([line])
    assert plain == "Dice coefficient of [bold]liver?[2J: 0.91, within the tolerance used (at least 0.80).\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    table = evaluation_lines.evaluation_text([line])
    assert "\x1b" not in table
    assert [word in table for word in ("Quantity", "[bold]liver", "0.91", "within the tolerance used")] == [True] * 4
    assert table.count("0.91") == 1, "what has a column of its own is not said again"


BAD = {
    "missing transform": (lambda user: {"transform": user.folder / "none.h5"}, [], "does not exist"),
    "volume as transform": (lambda user: {"transform": user.moving}, [], "is a volume and no transform"),
    "text as transform": (lambda user: {"transform": user.parameters}, [], "no transform file"),
    "fixed is moving": (lambda user: {"moving": user.fixed}, [], "same file"),
    "no tolerance": (lambda user: {}, ["--tolerance-mm", "0"], "more than 0 mm"),
    "tolerance in words": (lambda user: {}, ["--tolerance-mm", "nan"], "more than 0 mm"),
    "both roles": (lambda user: {}, ["--check-labels", "1", "--drive-labels", "2"], "not allowed with"),
    "labels without landmarks": (lambda user: {}, ["--check-labels", "1"], "no landmarks"),
    "missing mask": (lambda user: {}, ["--fixed-mask", "none.nrrd"], "does not exist"),
    "missing exclusion": (lambda user: {}, ["--fixed-exclude", "none.nrrd"], "does not exist"),
    "structures without segmentations": (lambda user: {}, ["--structures", "a=b"], "no segmentations"),
    "half a pair of names": (lambda user: {}, ["--structures", "liver="], "liver="),
    "no folder": (lambda user: {}, ["--output-jacobian", "nowhere/J.nrrd"], "does not exist"),
    "unknown ending": (lambda user: {}, ["--output-jacobian", "J.docx"], "ending"),
    "no place for the report": (lambda user: {}, ["--report", "nowhere/report"], "does not exist"),
    "report that is a file": (lambda user: {}, ["--report", "fixed.nrrd"], "is no folder"),
    "no place for the account": (lambda user: {}, ["--json", "nowhere/account.json"], "does not exist"),
    "account over an input": (lambda user: {}, ["--json", "moving.nrrd"], "one of the inputs"),
    "map over an input": (lambda user: {}, ["--output-jacobian", "fixed.nrrd"], "one of the inputs"),
}


def test_what_cannot_be_used_is_refused_in_two_sentences(evaluate, user, monkeypatch):
    monkeypatch.chdir(user.folder)
    before = {path: path.read_bytes() for path in user.folder.rglob("*") if path.is_file()}
    for case, (replaced, options, phrase) in BAD.items():
        answer = evaluate(*options, **replaced(user))
        assert answer.code == 2, (case, answer.err)
        assert phrase in answer.err.replace("\n", " "), case
        assert len(answer.err.splitlines()) == 2, (case, answer.err)
        assert answer.out == "", case
        assert {path: path.read_bytes() for path in user.folder.rglob("*") if path.is_file()} == before, case


def test_what_one_volume_has_the_other_needs_too(evaluate, user, segmentations):
    for files in (user.landmarks(), segmentations):
        for only, missing in ((files[:2], "moving"), (files[2:], "fixed")):
            answer = evaluate(*only)
            assert answer.code == 2, answer.err
            assert missing in answer.err.splitlines()[0]


def test_a_report_never_writes_through_a_link_to_an_input(evaluate, user):
    report = user.out / "report"
    report.mkdir()
    (report / "report.html").symlink_to(user.fixed)
    before = user.fixed.read_bytes()
    answer = evaluate("--report", report)
    assert answer.code == 2
    assert user.fixed.read_bytes() == before


def test_two_outputs_cannot_have_one_place(evaluate, user):
    answer = evaluate("--report", user.out, "--json", user.out / "evaluation.json")
    assert answer.code == 2
    assert "Two outputs have the same name" in answer.err
    assert json.loads((user.out / "evaluation.json").read_text())["status"] == "failed"


def test_a_failure_is_told_in_the_account_too(evaluate, user):
    write_points(user.moving_landmarks, user.moving_points[:-1], [f"M-{n}" for n in range(7)])
    answer = evaluate(*user.landmarks(), "--json", "-")
    told = json.loads(answer.out)
    assert (told["status"], told["error"]["exit_code"], answer.code) == ("failed", 2, 2)
    assert told["error"]["what"] in answer.err


def interrupted(*arguments: object, **options: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["evaluation.evaluate", "report_of_evaluation.write_report_folder"])
def test_an_interrupt_leaves_nothing(step, evaluate, user, monkeypatch):
    monkeypatch.setattr(f"ElastixPlusLib.evaluation.{step}", interrupted)
    before = sorted(user.folder.rglob("*"))
    outputs = ["--report", user.out / "report", "--output-jacobian", user.out / "J.nrrd", "--json", "-"]
    answer = evaluate(*user.landmarks(), *outputs)
    assert answer.code == 130, answer.err
    assert "The evaluation was cancelled." in answer.err
    assert json.loads(answer.out)["status"] == "cancelled"
    assert sorted(user.folder.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to oneself")
def test_an_interrupt_while_the_results_are_written_comes_too_late(evaluate, user, monkeypatch):
    import signal

    from ElastixPlusLib.mrml import files

    write_map = files.write_map

    def write_and_interrupt(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        write_map(*arguments)

    monkeypatch.setattr(files, "write_map", write_and_interrupt)
    answer = evaluate("--report", user.out / "report", "--output-jacobian", user.out / "J.nrrd")
    assert answer.code == 0, answer.err
    assert {path.name for path in user.out.iterdir()} == {"report", "J.nrrd"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_an_account_that_cannot_be_put_out_ends_with_the_code_for_results(user, transform):
    words = ["evaluate", "--transform", transform, "--fixed", user.fixed, "--moving", user.moving, "--json", "-"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "ElastixPlus")}
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "ElastixPlusLib", *words, "--quiet"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 5
    assert len(run.stderr.splitlines()) == 2, run.stderr


@pytest.fixture
def brains(shared_data: Path, tmp_path: Path) -> dict[str, list[object]]:
    """The options for two real brains: the volumes, and the landmarks without the two whose anatomy differs."""
    brain, options = shared_data / "brain", {"volumes": [], "landmarks": []}
    for role, name in (("fixed", "mni152"), ("moving", "colin27")):
        lines = (brain / f"{name}_afids.fcsv").read_text().splitlines()
        kept = [line for line in lines if line.startswith("#") or line.split(",")[11] not in ("29", "30")]
        (tmp_path / f"{name}.fcsv").write_text("\n".join(kept) + "\n")
        options["volumes"] += [f"--{role}", brain / f"{name}_t1_1mm.nii.gz"]
        options["landmarks"] += [f"--{role}-landmarks", tmp_path / f"{name}.fcsv"]
    labels = [str(number) for number in range(1, 33) if number not in (29, 30)]
    options["landmarks"] += ["--check-labels", ",".join(labels[1::2])]
    return options


@pytest.mark.native_engine
@pytest.mark.shared_data
@pytest.mark.slow
def test_register_and_evaluate_agree_on_real_brains_and_on_what_was_there_before(brains, elastixplus, tmp_path):
    told = {}
    found, crop = tmp_path / "T.h5", ["--preset", "rigid", "--seed", "1"]
    for command, options in (
        ("register", [*crop, "--output-transform", found]),
        ("evaluate", ["--transform", found, "--fixed-mask", "none"]),
    ):
        answer = elastixplus(command, *brains["volumes"], *brains["landmarks"], *options, "--json", "-", "--quiet")
        assert answer.code == 0, answer.err
        told[command] = json.loads(answer.out)["landmarks"]
    for role, before_mm in (("drive", 3.37), ("check", 3.05)):
        registered, evaluated = told["register"][role], told["evaluate"][role]
        assert registered["n"] == evaluated["n"] == 15
        assert evaluated["before_mm"] == pytest.approx(before_mm, abs=0.005)
        for when in ("before_mm", "after_mm"):
            assert evaluated[when] == pytest.approx(registered[when], abs=1e-4)
    assert told["evaluate"]["drive"]["after_mm"] < 3.3
