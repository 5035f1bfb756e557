"""Repeated runs: what chance, or the preset, changes in a result, and the mean of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.evaluation.repeats import Repeats, coarse_grid, displacement_steps, mean_transform, repeat_steps
from ElastixPlusLib.evaluation.trials import waited_for
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.transforms import linear_transform
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_points, grid_matrix, rotation_about, shift

PLACES = np.random.default_rng(3).uniform(-20, 20, (8, 3))


@pytest.fixture
def request_of_pair(scene, tmp_path: Path) -> RegistrationRequest:
    """A small pair with landmarks and a rigid stage of a fraction of a second."""
    path, folder = tmp_path / "quick.txt", tmp_path / "runs"
    path.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 15"))
    folder.mkdir()
    return RegistrationRequest(
        add_anatomy(scene, name="fixed"),
        add_anatomy(scene, moved_by=MOVED_BY, name="moving"),
        fixed_landmarks=add_points(scene, PLACES),
        moving_landmarks=add_points(scene, PLACES @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3] + PLACES[::-1] / 40),
        parameter_files=(path,),
        workspace=folder,
        threads=1,
    )


def repeated(request: RegistrationRequest, **options) -> Repeats:
    return waited_for(repeat_steps(request, spacing_mm=12.0, **options))


@pytest.mark.native_engine
def test_other_seeds_spread_and_the_mean_lies_between(request_of_pair, scene) -> None:
    nodes = scene.GetNumberOfNodes()
    repeats = repeated(request_of_pair, seeds=(1, 2, 3))
    assert repeats.names == ("seed 1", "seed 2", "seed 3")
    assert repeats.spread.runs == len(repeats.trials) == 3
    assert repeats.spread.sd_mm.min() > 1e-4
    mapped = [transformed_points(trial.transform, PLACES) for trial in repeats.trials]
    mean = transformed_points(mean_transform(repeats.spread), PLACES)
    assert mean == pytest.approx(np.mean(mapped, axis=0), abs=1e-4)  # linear maps stay so between grid points
    assert np.abs(mean - mapped[0]).max() > 1e-3
    assert scene.GetNumberOfNodes() == nodes
    assert not list(request_of_pair.workspace.iterdir())


@pytest.mark.native_engine
def test_the_same_seed_does_not_spread(request_of_pair) -> None:
    assert repeated(request_of_pair, seeds=(4, 4)).spread.sd_mm.max() == 0.0


@pytest.mark.itk_engine
@pytest.mark.slow
def test_the_wheel_honours_seeds_as_well(request_of_pair) -> None:
    repeats = repeated(replace(request_of_pair, engine="itk"), seeds=(4, 4, 5))
    first, again, other = (transformed_points(trial.transform, PLACES) for trial in repeats.trials)
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


def test_presets_are_compared_without_an_engine_where_they_need_none(request_of_pair) -> None:
    repeats = repeated(request_of_pair, presets=("landmarks-rigid", "landmarks-affine"))
    assert repeats.names == ("preset landmarks-rigid", "preset landmarks-affine")
    assert repeats.spread.sd_mm.max() > 0.1
    one, other = (transformed_points(trial.transform, PLACES) for trial in repeats.trials)
    mean = transformed_points(mean_transform(repeats.spread), PLACES)
    assert mean == pytest.approx((one + other) / 2, abs=1e-4)


@pytest.mark.native_engine
def test_a_repetition_that_is_given_up_leaves_nothing(request_of_pair) -> None:
    steps = repeat_steps(request_of_pair, (1, 2, 3), at_once=2)
    while (progress := next(steps)) is None or not 0.1 < progress.fraction:
        pass
    steps.close()
    assert not [child for child in psutil.Process().children(recursive=True) if "elastix" in child.name()]
    assert not list(request_of_pair.workspace.iterdir())


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "at least two"),
        ({"seeds": (1,)}, "at least two"),
        ({"presets": ("rigid",)}, "at least two"),
        ({"seeds": (1, 2), "presets": ("rigid", "affine")}, "only one of them"),
        ({"presets": ("landmarks-rigid", "nowhere")}, 'no preset "nowhere"'),
    ],
)
def test_what_cannot_spread_is_refused(request_of_pair, options, match) -> None:
    with pytest.raises(InputError, match=match):
        repeated(request_of_pair, **options)


def test_an_error_names_the_preset(request_of_pair) -> None:
    request = replace(request_of_pair, check_labels=tuple("12345"))  # three drive, too few for a B-spline
    with pytest.raises(InputError, match=r"^Run 2 of 2, preset landmarks-bspline: "):
        repeated(request, presets=("landmarks-rigid", "landmarks-bspline"))


@pytest.mark.parametrize(
    ("dimensions", "spacing_mm", "wanted_mm"),
    [((181, 217, 181), (1.0, 1.0, 1.0), 4.0), ((512, 512, 300), (0.7, 0.7, 1.0), 4.0), ((9, 8, 4), (2, 2, 7), 1.0)],
)
def test_a_coarse_grid_covers_the_volume_with_few_points(dimensions, spacing_mm, wanted_mm) -> None:
    axes = rotation_about((1, 2, 3), 30.0)[:3, :3] * [1, 1, -1]
    fixed = Grid(dimensions, grid_matrix(dimensions, spacing_mm, np.pad(axes, (0, 1)), (10, 20, -30)))
    grid = coarse_grid(fixed, wanted_mm)
    assert np.prod(grid.dimensions) <= 200_000
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    ends = [one.positions_ras(corners * (np.array(one.dimensions) - 1.0)) for one in (fixed, grid)]
    assert ends[0] == pytest.approx(ends[1], abs=1e-9)
    assert (grid.spacing_mm >= fixed.spacing_mm - 1e-9).all()
    if np.prod(np.array(dimensions) * spacing_mm / wanted_mm) < 190_000:
        assert (grid.spacing_mm <= np.maximum(wanted_mm, fixed.spacing_mm) + 1e-9).all()
    else:
        assert np.prod(grid.dimensions) > 170_000, "no coarser than it has to be"


@pytest.mark.parametrize("spacing_mm", [0.0, -1.0, float("nan"), float("inf")])
def test_a_grid_without_a_spacing_is_refused(spacing_mm) -> None:
    with pytest.raises(InputError, match="spacing"):
        coarse_grid(Grid((9, 9, 9), np.eye(4)), spacing_mm)


def test_displacements_are_in_ras_and_in_the_order_of_voxels() -> None:
    grid = Grid((3, 4, 5), grid_matrix((3, 4, 5), (2.0, 3.0, 4.0), rotation_about((0, 0, 1), 90.0)))
    motion = shift(1, 2, 3) @ rotation_about((1, 0, 0), 10.0)
    found = run_to_end(displacement_steps(linear_transform(motion), grid))
    assert found.shape == (5, 4, 3, 3)
    position = grid.positions_ras(np.array([[2.0, 1.0, 4.0]]))[0]
    expected = motion[:3, :3] @ position + motion[:3, 3] - position
    assert found[4, 1, 2] == pytest.approx(expected, abs=1e-5)
