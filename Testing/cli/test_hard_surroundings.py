"""Links, special files, broken streams, interrupts: the command ends cleanly, and nothing that was there is harmed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import slicer

from cli.conftest import MOVED_BY
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import ElastixPlusError, InputError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.transforms import as_read_from_file, grid_transform
from phantoms import add_anatomy, add_linear_transform, add_points, grid_matrix, mapped, shift

pytestmark = pytest.mark.native_engine
POSIX = pytest.mark.skipif(os.name == "nt", reason="POSIX files and signals")


def two_sentences(answer) -> bool:
    return len(answer.err.splitlines()) == 2 and "Traceback" not in answer.err


@POSIX
@pytest.mark.parametrize("option", ["--json", "--output-transform", "--output-volume"])
def test_a_special_file_is_never_replaced(option, user, elastixplus):
    ending = {"--json": "json", "--output-transform": "h5", "--output-volume": "nrrd"}[option]
    pipe = user.out / f"pipe.{ending}"
    os.mkfifo(pipe)
    answer = elastixplus("register", *user.volumes(), option, pipe, "--quiet")
    assert answer.code == 2
    assert two_sentences(answer)
    assert pipe.is_fifo()


@POSIX
def test_a_link_stays_a_link_and_its_target_is_written(user, elastixplus, scene):
    target, link = user.folder / "elsewhere.h5", user.out / "T.h5"
    link.symlink_to(target)
    assert elastixplus("register", *user.volumes(), "--output-transform", link, "--quiet").code == 0
    assert link.is_symlink()
    error = np.linalg.norm(mapped(read_transform(scene, target), user.fixed_points) - user.moving_points, axis=1)
    assert error.max() < 0.5


@POSIX
def test_an_output_that_links_to_an_input_is_refused(user, elastixplus):
    link = user.out / "V.nrrd"
    link.symlink_to(user.moving)
    before = user.moving.read_bytes()
    assert elastixplus("register", *user.volumes(), "--output-volume", link, "--quiet").code == 2
    assert user.moving.read_bytes() == before


@pytest.mark.parametrize("name", ["fixed", "moving_landmarks", "parameters"])
def test_an_account_never_overwrites_an_input_not_even_to_tell_of_the_failure(name, user, elastixplus):
    file = getattr(user, name)
    before = file.read_bytes()
    answer = elastixplus("register", *user.volumes(), *user.landmarks(), "--json", file, "--quiet")
    assert answer.code == 2
    assert two_sentences(answer)
    assert file.read_bytes() == before


def test_a_report_does_not_overwrite_the_parameters_it_is_run_with(user, elastixplus):
    report = user.out / "report"
    report.mkdir()
    parameters = user.parameters.rename(report / "parameters.0.txt")
    before = parameters.read_bytes()
    words = ["--fixed", user.fixed, "--moving", user.moving, "--parameters", parameters, "--report", report, "--quiet"]
    answer = elastixplus("register", *words)
    assert answer.code == 2
    assert two_sentences(answer)
    assert parameters.read_bytes() == before


def test_repeated_check_labels_add_up(user, elastixplus):
    words = ["--check-labels", "2", "--check-labels", "4,2", "--json", "-", "--quiet"]
    answer = elastixplus("register", *user.volumes(), *user.landmarks(), *words)
    pairs = json.loads(answer.out)["landmarks"]["pairs"]
    assert [pair["label"] for pair in pairs if pair["role"] == "check"] == ["2", "4"]


@pytest.mark.parametrize(
    "text",
    [
        "Transform: AffineTransform_double_3_3\nParameters: 0 0 0 0 1 0 0 0 1 0 0 0\nFixedParameters: 0 0 0\n",
        "Transform: AffineTransform_double_2_2\nParameters: 1 0 0 1 0 0\nFixedParameters: 0 0\n",
    ],
    ids=["flattens space", "two dimensions"],
)
def test_a_start_that_cannot_be_one_is_refused(text, user, elastixplus):
    path = user.folder / "start.tfm"
    path.write_text("#Insight Transform File V1.0\n#Transform 0\n" + text)
    answer = elastixplus("register", *user.volumes(), "--initial", path, "--quiet")
    assert answer.code == 2
    assert two_sentences(answer)


def test_a_volume_is_not_taken_for_a_start(user, elastixplus):
    answer = elastixplus("register", *user.volumes(), "--initial", user.moving, "--quiet")
    assert answer.code == 2
    assert "ending" in answer.err


def test_json_tells_of_an_output_place_that_cannot_be_used(user, elastixplus):
    answer = elastixplus("register", *user.volumes(), "--output-volume", user.folder / "none" / "V.nrrd", "--json", "-")
    assert answer.code == 2
    assert json.loads(answer.out)["error"]["exit_code"] == 2


def command(user, *more: object) -> list[str]:
    words = [sys.executable, "-m", "ElastixPlusLib", "register", *user.volumes(), *user.outputs()]
    return words + [str(word) for word in more]


def environment(tmp_path: Path) -> dict[str, str]:
    temporary = tmp_path / "tmp"
    temporary.mkdir(exist_ok=True)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(temporary)}


@POSIX
def test_a_lost_reader_of_the_progress_does_not_cost_the_run(user, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(command(user), env=environment(tmp_path), stderr=writing, stdout=writing, check=False)
    os.close(writing)
    assert run.returncode == 0
    assert (user.out / "T.h5").is_file()
    assert (user.out / "V.nrrd").is_file()


@POSIX
def test_an_account_that_nobody_reads_ends_with_the_code_for_results(user, tmp_path):
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            command(user, "--json", "-", "--quiet"),
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 5
    assert len(run.stderr.splitlines()) == 2
    assert (user.out / "T.h5").is_file(), "the result itself was written"


@POSIX
@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8, 1.1])
@pytest.mark.parametrize("number", [signal.SIGINT, getattr(signal, "SIGHUP", 1)])
def test_an_interrupt_at_any_time_cancels_and_leaves_nothing(number, seconds, user, tmp_path):
    user.parameters.write_text(user.parameters.read_text().replace("Iterations 100", "Iterations 1000000"))
    surroundings = environment(tmp_path)
    with subprocess.Popen(command(user), env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        time.sleep(seconds)
        run.send_signal(number)
        time.sleep(0.03)
        run.send_signal(number)  # impatience does not change anything
        _, err = run.communicate(timeout=20)
    assert run.returncode == 130, err
    assert b"Traceback" not in err
    assert not list(Path(surroundings["TMPDIR"]).iterdir())
    assert not list(user.out.iterdir())


def test_a_transform_above_an_input_is_no_output(scene):
    fixed, moving = add_anatomy(scene), add_anatomy(scene, moved_by=MOVED_BY)
    parent = add_linear_transform(scene, shift(1, 2, 3))
    moving.SetAndObserveTransformNodeID(parent.GetID())
    with pytest.raises(InputError, match="already moves an input"):
        register(RegistrationRequest(fixed, moving, preset="rigid", output_transform=parent))


def test_wrong_kinds_of_arguments_are_refused_in_words(scene):
    fixed, moving = add_anatomy(scene), add_anatomy(scene, moved_by=MOVED_BY)
    points = add_points(scene, np.eye(3) * 10)
    both = {"fixed_landmarks": points, "moving_landmarks": points}
    for options in (
        {"fixed_landmarks": fixed, "moving_landmarks": moving},
        {**both, "check_labels": "12"},
        {"preset": None},
        {"threads": 0},
        {"initial": "somewhere"},
        {"mask_edge": "soft"},
        {"landmark_weight": "hard"},
    ):
        with pytest.raises(ElastixPlusError):
            register(RegistrationRequest(fixed, moving, **options))


def test_what_a_grid_loses_when_it_is_saved_is_foretold(user, scene):
    """The warning foretells what MRML reads back from the file."""
    dimensions = (9, 9, 9)
    grid = Grid(dimensions, grid_matrix(dimensions, (14.0, 14.0, 14.0)))
    made = grid_transform(np.random.default_rng(1).normal(0, 3, (*dimensions, 3)), grid)
    node = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "grid")
    node.SetAndObserveTransformFromParent(made)
    write_transform(node, user.folder / "grid.h5")
    storage = slicer.vtkMRMLTransformStorageNode()
    storage.SetFileName(str(user.folder / "grid.h5"))
    loaded = scene.AddNewNodeByClass("vtkMRMLTransformNode", "loaded")
    assert storage.ReadData(loaded)
    points = np.random.default_rng(2).uniform(-30, 30, (500, 3))
    expected = mapped(loaded, points)
    foretold = np.array([as_read_from_file(made).TransformPoint(*point) for point in points])
    assert np.abs(foretold - expected).max() < 1e-4
    assert np.linalg.norm(expected - mapped(node, points), axis=1).max() > 0.3
