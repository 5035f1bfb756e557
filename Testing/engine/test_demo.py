"""The demo keeps its promise: intensity alone goes astray, twelve landmarks rescue the registration."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import slicer

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_landmarks, read_transform, read_volume
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array, world_volume

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "Resources" / "Demo"
MODULES = ("known_deformation", "made_pair", "scene_nodes", "account", "pictures", "story", "demo")


@pytest.fixture(scope="module")
def modules() -> Iterator[SimpleNamespace]:
    """The modules of the demo, which are scripts beside each other and not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DEMO_FOLDER))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})


@pytest.fixture(scope="module")
def demo(modules) -> ModuleType:
    return modules.demo


@pytest.fixture(scope="module")
def deformation(modules):
    return modules.known_deformation.demo_deformation()


@pytest.fixture(scope="module")
def pair(demo, deformation, tmp_path_factory):
    return demo.make_pair(deformation, tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def everywhere(modules, deformation) -> np.ndarray:
    """Places all over the moving volume, 6 mm apart."""
    grid = modules.made_pair.moving_grid(deformation)
    return grid.positions_ras(np.stack(np.meshgrid(*[np.arange(0, n, 3) for n in grid.dimensions]), -1).reshape(-1, 3))


def test_the_deformation_is_one_to_one_and_folds_nowhere(deformation, everywhere):
    assert deformation.steepness(everywhere).max() < 0.9
    assert deformation.volume_change(everywhere).min() > 0.3
    some = everywhere[::50]
    np.testing.assert_allclose(deformation.to_moving(deformation.to_fixed(some)), some, atol=1e-6)


def test_the_stated_volume_change_is_that_of_the_map(deformation, everywhere):
    step = 1e-3
    for place in everywhere[:: len(everywhere) // 9]:
        columns = [
            deformation.to_fixed((place + step * axis)[None])[0] - deformation.to_fixed((place - step * axis)[None])[0]
            for axis in np.eye(3)
        ]
        determinant = np.linalg.det(np.array(columns).T / (2 * step))
        assert determinant == pytest.approx(deformation.volume_change(place[None])[0], rel=1e-5)


def test_the_moving_volume_shows_each_tissue_where_the_deformation_takes_it(modules, pair, deformation):
    fixed_grid, moving_grid = own_grid(pair.fixed), own_grid(pair.moving)
    t1 = voxel_array(pair.fixed.GetImageData()) / 255.0
    middles = []
    for lowest, highest in ((0.9, 1.0), (0.58, 0.64), (0.10, 0.3)):  # white matter, grey matter, fluid
        k, j, i = np.nonzero((t1 > lowest) & (t1 < highest))
        places = fixed_grid.positions_ras(np.stack([i, j, k], axis=1).astype(float))[::20]
        indices = moving_grid.indices(deformation.to_moving(places))
        seen = modules.made_pair.sampled(voxel_array(pair.moving.GetImageData()), indices)
        middles.append(float(np.median(seen)))
    white, grey, fluid = middles
    assert 200.0 < white < 0.75 * grey < 0.75 * 0.85 * fluid


def test_the_moved_brain_is_not_cut_off(pair):
    voxels = voxel_array(pair.moving.GetImageData())
    faces = [np.take(voxels, place, axis).ravel() for axis in range(3) for place in (0, -1)]
    assert np.concatenate(faces).max() < 300, "nothing but noise at the faces of the moving volume"


def test_driving_landmarks_have_the_stated_error_and_held_out_ones_none(pair, deformation):
    assert len(pair.driving.labels) == 12
    assert len(pair.held_out.labels) == 40
    error = pair.driving.moving_ras - deformation.to_moving(pair.driving.fixed_ras)
    assert 0.7 < error.std() < 1.3
    np.testing.assert_allclose(deformation.to_moving(pair.held_out.fixed_ras), pair.held_out.moving_ras, atol=6e-4)


def test_no_two_landmarks_lie_close_together(pair):
    places = np.vstack([pair.driving.fixed_ras, pair.held_out.fixed_ras])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[~np.eye(len(places), dtype=bool)]
    assert apart.min() > 10.0


def test_a_left_right_flip_would_show_in_the_held_out_landmarks(pair, deformation):
    flipped = deformation.to_moving(pair.held_out.fixed_ras * [-1.0, 1.0, 1.0])
    assert np.linalg.norm(flipped - pair.held_out.moving_ras, axis=1).mean() > 20.0


@pytest.mark.parametrize(
    ("view", "row", "column"),
    [("axial", "top", "left"), ("coronal", "top", "left"), ("sagittal", "top", "left")],
)
def test_pictures_have_right_anterior_and_superior_where_slicer_has_them(modules, scene, view, row, column):
    voxels = np.zeros((60, 60, 60), dtype=np.int16)
    voxels[35:, 35:, 35:] = 100  # right, anterior, superior of the middle
    ijk_to_ras = np.diag([4.0, 4.0, 4.0, 1.0])
    ijk_to_ras[:3, 3] = np.array([0.0, -17.0, 6.0]) - 30 * 4.0
    node = modules.scene_nodes.add_volume(scene, voxels, Grid((60, 60, 60), ijk_to_ras), "corner")
    chosen = next(each for each in modules.pictures.VIEWS if each.name == view)
    through_it = modules.pictures.View(view, (30.0, 13.0, 36.0), chosen.right, chosen.up, chosen.letters)
    picture = modules.pictures.slice_of(world_volume(node), through_it)
    rows, columns = np.nonzero(picture > 50)
    middle = (picture.shape[0] - 1) / 2
    assert (rows.mean() > middle) == (row == "top")
    assert (columns.mean() < middle) == (column == "left")


@dataclass(frozen=True)
class Told:
    """What a run of the demo has left."""

    exit_code: int
    text: str
    folder: Path


@pytest.fixture(scope="module")
def told(demo, tmp_path_factory) -> Told:
    folder = tmp_path_factory.mktemp("demo output")
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "say", lambda text="": lines.append(text))
        exit_code = demo.main(["--output", str(folder)])
    return Told(exit_code, "\n".join(lines), folder)


def held_out_errors_mm(folder: Path, transform_file: str) -> np.ndarray:
    """Measured from the files alone, through the transform's file."""
    scene = slicer.vtkMRMLScene()
    labels, fixed = control_points(read_landmarks(scene, folder / "fixed-landmarks.mrk.json", "fixed"))
    _, moving = control_points(read_landmarks(scene, folder / "moving-landmarks.mrk.json", "moving"))
    transform = read_transform(scene, folder / transform_file).GetTransformFromParent()
    mapped = np.array([transform.TransformPoint(*place) for place in fixed])
    held_out = [label.startswith("C") for label in labels]
    return np.linalg.norm(mapped - moving, axis=1)[held_out]


@pytest.mark.slow
@pytest.mark.native_engine
def test_landmarks_rescue_what_intensity_alone_leads_astray(told):
    assert told.exit_code == 0
    astray = held_out_errors_mm(told.folder, "intensity-only.h5")
    rescued = held_out_errors_mm(told.folder, "with-landmarks.h5")
    assert len(rescued) == 40
    assert astray.mean() > 30.0
    assert rescued.mean() < 1.5
    assert rescued.max() < 8.0


@pytest.mark.slow
@pytest.mark.native_engine
def test_the_demo_leaves_what_it_lists(told, demo):
    for name in demo.WHAT_IT_IS:
        assert (told.folder / name).stat().st_size > 1000, name
        assert name in told.text
    assert (told.folder / "overlay.png").stat().st_size < 300_000
    assert "elastixplus register" in told.text.replace("\\\n", "")


@pytest.mark.slow
@pytest.mark.native_engine
def test_the_resampled_volume_lies_on_the_fixed_one(told, demo):
    scene = slicer.vtkMRMLScene()
    resampled = read_volume(scene, told.folder / "with-landmarks.nrrd", "moving")
    fixed = read_volume(scene, demo.FIXED_FILE, "fixed")
    assert own_grid(resampled).dimensions == own_grid(fixed).dimensions
    assert np.allclose(own_grid(resampled).ijk_to_world, own_grid(fixed).ijk_to_world, atol=1e-4)
    inside = voxel_array(fixed.GetImageData()) > 60
    assert np.mean(voxel_array(resampled.GetImageData())[inside] > 200) > 0.97


def test_the_demo_ends_with_1_if_the_landmarks_did_not_rescue(modules, demo, pair, tmp_path, monkeypatch):
    errors = modules.account.Errors
    left = {"before": 70.0, "intensity only": 60.0, "landmarks only": 6.0, "both": 2.5}
    account = modules.account.Account(*[errors(name, np.full(40, value)) for name, value in left.items()])
    ran = SimpleNamespace(engine=SimpleNamespace(name="elastix", version="0", path="elastix"), warnings=())
    monkeypatch.setattr(demo, "make_pair", lambda deformation, output: pair)
    monkeypatch.setattr(demo, "register_both", lambda pair, engine: demo.Outcome(pair, ran, ran, account))
    monkeypatch.setattr(demo, "write_files", lambda outcome, output: [])
    monkeypatch.setattr(demo, "write_pictures", lambda outcome, output: [])
    monkeypatch.setattr(demo, "write_report", lambda outcome, output: output / "report" / "report.html")
    said: list[str] = []
    monkeypatch.setattr(demo, "say", lambda text="": said.append(text))
    assert demo.main(["--output", str(tmp_path)]) == 1
    assert "did not rescue" in said[-1]


@pytest.mark.parametrize(
    ("intensity_mm", "guided_mm", "shows_it"),
    [(60.0, 0.8, True), (60.0, 2.1, False), (3.0, 1.6, False), (6.0, 0.8, False), (60.0, float("nan"), False)],
)
def test_only_a_clear_rescue_counts(modules, intensity_mm, guided_mm, shows_it):
    errors = [modules.account.Errors("", np.full(3, value)) for value in (70.0, intensity_mm, 5.0, guided_mm)]
    assert (modules.account.failure_of(modules.account.Account(*errors)) is None) == shows_it


def test_a_missing_engine_ends_the_demo_with_two_sentences(demo, pair, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "make_pair", lambda deformation, output: pair)
    assert demo.main(["--output", str(tmp_path), "--engine", str(tmp_path / "elastix")]) == 3
    assert "cannot be used" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
