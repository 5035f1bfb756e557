"""Several registrations side by side: the same results as one by one, and nothing left behind wherever they stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib import RegistrationCancelled, RegistrationJob, RegistrationRequest, register
from ElastixPlusLib.checking.preparation import check_steps
from ElastixPlusLib.errors import ElastixFailedError, InputError, LandmarkError
from ElastixPlusLib.evaluation import trials as trials_module
from ElastixPlusLib.evaluation.trials import (
    TrialProgress,
    cores_at_hand,
    runs_that_fit,
    trial_request,
    trials_steps,
    waited_for,
)
from ElastixPlusLib.guidance.findings import RefusedRequestError
from ElastixPlusLib.mrml.applied_transform import apply_transform
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_points, mapped

pytestmark = pytest.mark.native_engine

PLACES = np.random.default_rng(3).uniform(-25, 25, (8, 3))
BRIEF = QUICK_RIGID.replace("Iterations 100", "Iterations 15")
ENDLESS = QUICK_RIGID.replace("Iterations 100", "Iterations 1000000")


@pytest.fixture
def parameter_file(tmp_path: Path) -> Path:
    """A rigid stage of a fraction of a second, which is not enough to get to the end."""
    path = tmp_path / "quick.txt"
    path.write_text(BRIEF)
    return path


@pytest.fixture
def request_of_pair(scene, parameter_file: Path, tmp_path: Path) -> RegistrationRequest:
    """A small pair with eight landmarks, one thread."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return RegistrationRequest(
        add_anatomy(scene, name="fixed"),
        add_anatomy(scene, moved_by=MOVED_BY, name="moving"),
        fixed_landmarks=add_points(scene, PLACES),
        moving_landmarks=add_points(scene, PLACES @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]),
        parameter_files=(parameter_file,),
        workspace=folder,
        threads=1,
    )


def with_seeds(request: RegistrationRequest, *seeds: int) -> list[RegistrationRequest]:
    return [replace(request, seed=seed) for seed in seeds]


def engines_running() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "elastix" in child.name() and child.status() != psutil.STATUS_ZOMBIE
    ]


def until(condition: Callable[[], bool], steps: Any) -> None:
    """Take steps until something is the case."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        if next(steps) is None:
            time.sleep(0.005)


def test_how_many_run_at_once_does_not_change_a_result(request_of_pair) -> None:
    requests = with_seeds(request_of_pair, 1, 2, 3)
    one_by_one = waited_for(trials_steps(requests, at_once=1))
    side_by_side = waited_for(trials_steps(requests, at_once=3))
    for one, other in zip(one_by_one, side_by_side, strict=True):
        assert np.array_equal(*(transformed_points(trial.transform, PLACES) for trial in (one, other)))
        assert one.landmarks == other.landmarks
    moved = [transformed_points(trial.transform, PLACES) for trial in side_by_side]
    assert np.abs(moved[0] - moved[1]).max() > 1e-6, "each run has its own seed"


def test_a_trial_finds_what_a_registration_finds_and_leaves_no_trace(request_of_pair, scene) -> None:
    nodes = scene.GetNumberOfNodes()
    (trial,) = waited_for(trials_steps([replace(request_of_pair, output_volume=True, keep_workspace=True)]))
    assert scene.GetNumberOfNodes() == nodes
    assert not list(request_of_pair.workspace.iterdir())
    result = register(request_of_pair)
    assert transformed_points(trial.transform, PLACES) == pytest.approx(mapped(result.transform, PLACES), abs=1e-9)
    assert trial.landmarks == result.landmarks
    assert trial.warnings == result.warnings
    assert trial.fixed_grid.dimensions == (40, 36, 32)
    assert 0 < trial.seconds < 60


def test_as_many_run_as_are_wanted(request_of_pair, parameter_file) -> None:
    parameter_file.write_text(ENDLESS)
    steps = trials_steps(with_seeds(request_of_pair, 1, 2, 3), at_once=2)
    until(lambda: len(engines_running()) == 2, steps)
    for _ in range(50):
        next(steps)
    assert len(engines_running()) == 2
    steps.close()


def test_progress_rises_to_the_end_and_each_run_is_told(request_of_pair) -> None:
    done: list[tuple[int, int]] = []
    steps = trials_steps(with_seeds(request_of_pair, 1, 2, 3), 2, lambda *numbers: done.append(numbers))
    yielded, seconds, began = [], [], time.perf_counter()
    for progress in steps:
        seconds.append(time.perf_counter() - began)
        yielded.append(progress)
        began = time.perf_counter()
    assert done == [(1, 3), (2, 3), (3, 3)]
    fractions = [progress.fraction for progress in yielded if progress is not None]
    assert fractions == sorted(fractions)
    assert len({round(fraction, 6) for fraction in fractions}) > 20, "also within a run"
    assert yielded[-1] == TrialProgress(3, 3, 1.0)
    assert None in yielded, "where elastix is waited for"
    assert sorted(seconds)[-5] < 0.06, "however many run, a step is short"


@pytest.mark.parametrize("count", [1, 3, 10])
def test_stopping_early_leaves_neither_folder_nor_process(request_of_pair, scene, count: int) -> None:
    nodes = scene.GetNumberOfNodes()
    steps = trials_steps(with_seeds(request_of_pair, 1, 2, 3), at_once=2)
    for _ in range(count):
        next(steps)
    steps.close()
    assert not engines_running()
    assert not list(request_of_pair.workspace.iterdir())
    assert scene.GetNumberOfNodes() == nodes


def test_stopping_while_several_run_leaves_neither_folder_nor_process(request_of_pair, parameter_file) -> None:
    parameter_file.write_text(ENDLESS)
    steps = trials_steps(with_seeds(request_of_pair, 1, 2, 3), at_once=2)
    until(lambda: len(engines_running()) == 2, steps)
    assert len(list(request_of_pair.workspace.iterdir())) == 2
    began = time.monotonic()
    steps.close()
    assert time.monotonic() - began < 2
    assert not engines_running()
    assert not list(request_of_pair.workspace.iterdir())


def test_the_keyboard_stops_all_runs(request_of_pair, parameter_file, monkeypatch) -> None:
    parameter_file.write_text(ENDLESS)

    sleep, presses = time.sleep, ["Ctrl-C"]

    def interrupted(seconds: float) -> None:
        sleep(seconds)
        if presses and len(engines_running()) == 2:
            raise KeyboardInterrupt(presses.pop())

    monkeypatch.setattr(trials_module.time, "sleep", interrupted)
    with pytest.raises(RegistrationCancelled):
        waited_for(trials_steps(with_seeds(request_of_pair, 1, 2), at_once=2))
    assert not engines_running()
    assert not list(request_of_pair.workspace.iterdir())


def test_a_request_that_cannot_run_stops_the_others_and_is_named(request_of_pair, parameter_file) -> None:
    parameter_file.write_text(ENDLESS)
    bad = replace(request_of_pair, check_labels=("nowhere",))
    with pytest.raises(LandmarkError, match=r"^Run 2 of 3, the second: There is no landmark pair") as caught:
        waited_for(trials_steps([request_of_pair, bad, request_of_pair], 2, names=["one", "the second", "three"]))
    assert caught.value.what.startswith("Run 2 of 3, the second: ")
    assert caught.value.remedy in str(caught.value)
    assert not engines_running()
    assert not list(request_of_pair.workspace.iterdir())


def test_a_run_in_which_elastix_fails_stops_the_others_and_keeps_only_its_own_folder(
    request_of_pair, parameter_file, tmp_path
) -> None:
    failing = tmp_path / "failing.txt"
    failing.write_text(QUICK_RIGID.replace("AdvancedMattesMutualInformation", "AdvancedKappaStatistic"))
    parameter_file.write_text(ENDLESS)
    bad = replace(request_of_pair, parameter_files=(failing,), despite_findings=True)
    with pytest.raises(ElastixFailedError, match=r"^Run 2 of 2: ") as caught:
        waited_for(trials_steps([request_of_pair, bad], 2))
    assert not engines_running()
    (kept,) = request_of_pair.workspace.iterdir()
    assert caught.value.log_path.parent == kept


def test_an_earlier_result_above_the_moving_side_does_not_count(request_of_pair) -> None:
    first = register(request_of_pair)
    expected = mapped(first.transform, PLACES)
    for node in (request_of_pair.moving, request_of_pair.moving_landmarks):
        apply_transform(node, first.transform)
    request = replace(request_of_pair, output_transform=first.transform, transform_kind="grid")
    (trial,) = waited_for(trials_steps([request]))
    assert transformed_points(trial.transform, PLACES) == pytest.approx(expected, abs=1e-9)
    assert trial.landmarks == first.landmarks
    assert np.array_equal(mapped(first.transform, PLACES), expected), "no trial changes it"
    (other,) = waited_for(trials_steps([request_of_pair]))
    assert other.landmarks.pairs[0].before_mm < 0.9 * trial.landmarks.pairs[0].before_mm, "any other parent counts"


def test_a_node_that_could_not_take_the_result_does_not_refuse_a_trial(request_of_pair, scene) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "for something else")
    request = replace(request_of_pair, output_transform=node)
    with pytest.raises(InputError, match="cannot hold"):
        RegistrationJob(request).check()
    assert trial_request(request).output_transform is None
    assert len(waited_for(trials_steps([request]))) == 1


def test_no_requests_are_no_trials_and_none_at_once_is_refused(request_of_pair) -> None:
    assert waited_for(trials_steps([])) == ()
    with pytest.raises(InputError, match="0 runs at once"):
        waited_for(trials_steps([request_of_pair], at_once=0))


def test_a_refused_request_starts_nothing(request_of_pair, scene) -> None:
    far = add_points(scene, PLACES[::-1])
    request = replace(request_of_pair, moving_landmarks=far)
    with pytest.raises(RefusedRequestError):
        waited_for(trials_steps(with_seeds(request, 1, 2)))
    assert not list(request_of_pair.workspace.iterdir())


@pytest.mark.parametrize(
    ("threads", "at_once", "expected"), [(None, 2, 4), (None, 3, 2), (None, 20, 1), (None, None, 2), (3, 2, 3)]
)
def test_runs_share_the_cores(request_of_pair, parameter_file, monkeypatch, threads, at_once, expected) -> None:
    monkeypatch.setattr(trials_module, "cores_at_hand", lambda: 8)
    parameter_file.write_text(ENDLESS)
    requests = with_seeds(replace(request_of_pair, threads=threads), 1, 2, 3, 4)
    steps = trials_steps(requests[: 2 if at_once == 20 else 4], at_once)
    told: list[str] = []

    def is_told() -> bool:
        """Whether an elastix is told its threads; not one that is asked for its version, or has just begun."""
        for words in [engine.cmdline() for engine in engines_running()]:
            told.extend(words[words.index("-threads") + 1 :][:1] if "-threads" in words else ())
        return bool(told)

    with closing(steps):
        until(is_told, steps)
    expected = {20: 4}.get(at_once, expected)  # no more than there are requests
    assert int(told[0]) == expected


def test_runs_fit_into_cores_and_memory(request_of_pair, monkeypatch) -> None:
    checked = run_to_end(check_steps(replace(request_of_pair, threads=None)))
    with_two = replace(checked, request=replace(checked.request, threads=2))
    monkeypatch.setattr(trials_module, "cores_at_hand", lambda: 8)
    monkeypatch.setattr(trials_module, "available_memory_bytes", lambda: None)
    assert [runs_that_fit(checked, count) for count in (1, 5, 30)] == [1, 5, 8]
    assert runs_that_fit(with_two, 30) == 4
    monkeypatch.setattr(trials_module, "memory_needed_bytes", lambda *_: 3 * 2**30)
    monkeypatch.setattr(trials_module, "available_memory_bytes", lambda: 13 * 2**30)
    assert runs_that_fit(checked, 30) == 3
    monkeypatch.setattr(trials_module, "available_memory_bytes", lambda: 2**30)
    assert runs_that_fit(checked, 30) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux keeps account of the cores of a process")
def test_only_cores_that_the_process_may_use_count() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores_at_hand() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert cores_at_hand() == len(before)


def test_runs_side_by_side_take_no_more_cores_than_a_queue_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSLOTS", "1")
    assert cores_at_hand() == 1
    monkeypatch.setenv("NSLOTS", "100000")
    assert cores_at_hand() < 1000
