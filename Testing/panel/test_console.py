"""Registration from the Python console: SlicerElastix's arguments, landmarks, masks, callbacks, and the examples."""

from __future__ import annotations

import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import phantoms
from cli.conftest import QUICK_RIGID
from panel.conftest import TURN, Pair

pytestmark = pytest.mark.native_engine

NAMES_OF_SLICER_ELASTIX = [
    "fixedVolumeNode",
    "movingVolumeNode",
    "parameterFilenames",
    "outputVolumeNode",
    "outputTransformNode",
    "fixedVolumeMaskNode",
    "movingVolumeMaskNode",
    "forceDisplacementFieldOutputTransform",
    "initialTransformNode",
]


@pytest.fixture
def logic(panel: Any) -> Any:
    """What a script gets from the application."""
    import slicer

    return slicer.util.getModuleLogic("ElastixPlus")


@pytest.fixture
def quick_file(tmp_path: Path) -> str:
    """A rigid stage of less than a second."""
    path = tmp_path / "quick.txt"
    path.write_text(QUICK_RIGID)
    return str(path)


def error_mm(transform: Any) -> float:
    corners = [[x, y, z] for x in (-15, 15) for y in (-15, 15) for z in (-15, 15)]
    truth = [(TURN @ [*corner, 1])[:3] for corner in corners]
    return float(abs(phantoms.mapped(transform, corners) - truth).max())


def test_the_arguments_begin_as_those_of_slicer_elastix(logic: Any):
    names = list(inspect.signature(logic.registerVolumes).parameters)
    assert names[: len(NAMES_OF_SLICER_ELASTIX)] == NAMES_OF_SLICER_ELASTIX


def test_a_script_written_for_slicer_elastix_runs(logic: Any, pair: Pair, quick_file: str):
    import slicer

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode", "transform")
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "output")
    logic.registerVolumes(
        pair.fixed,
        pair.moving,
        parameterFilenames=[quick_file],
        outputVolumeNode=volume,
        outputTransformNode=transform,
        fixedVolumeMaskNode=None,
        movingVolumeMaskNode=None,
        forceDisplacementFieldOutputTransform=False,
    )
    assert error_mm(transform) < 2.0
    assert volume.GetImageData().GetDimensions() == pair.fixed.GetImageData().GetDimensions()


def test_presets_have_the_methods_that_scripts_call(logic: Any):
    presets = logic.getRegistrationPresets()
    assert presets[0].getID() == "generic"
    assert {preset.getID() for preset in presets} >= {"generic", "rigid", "affine"}
    assert all(Path(name).is_file() for name in presets[0].getParameterFiles())
    for method in ("getModality", "getContent", "getDescription", "getPublications"):
        assert getattr(presets[0], method)()


def test_a_grid_transform_node_gets_a_displacement_field_and_a_general_one_the_exact_result(
    logic: Any, pair: Pair, quick_file: str
):
    import slicer

    grid = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLGridTransformNode", "grid")
    logic.registerVolumes(pair.fixed, pair.moving, [quick_file], outputTransformNode=grid)
    assert grid.GetTransformFromParent().GetDisplacementGrid().GetDimensions() == (40, 36, 32)
    forced = logic.registerVolumes(pair.fixed, pair.moving, [quick_file], forceDisplacementFieldOutputTransform=True)
    assert forced.transform.IsA("vtkMRMLGridTransformNode")
    exact = logic.registerVolumes(pair.fixed, pair.moving, [quick_file])
    assert exact.transform.IsA("vtkMRMLLinearTransformNode")
    assert error_mm(grid) == pytest.approx(error_mm(exact.transform), abs=1e-2)


def test_landmarks_roles_and_a_start_are_taken(logic: Any, pair: Pair, quick_file: str):
    result = logic.registerVolumes(
        pair.fixed,
        pair.moving,
        [quick_file],
        fixedLandmarksNode=pair.fixed_landmarks,
        movingLandmarksNode=pair.moving_landmarks,
        checkLabels=["3", "6"],
        landmarkWeight="firm",
        startFrom="landmarks",
        fixedVolumeMaskNode=pair.fixed,
        maskEdge="artificial",
        maskMarginMm=2.0,
    )
    account = result.as_dict()
    assert (account["landmarks"]["drive"]["n"], account["landmarks"]["check"]["n"]) == (6, 2)
    assert json.loads(json.dumps(account)) == account
    assert result.landmarks.summary("check").after_mm < 1.0


def test_without_waiting_the_callbacks_tell_how_it_goes(
    logic: Any, pair: Pair, quick_file: str, wait_until: Callable[..., None]
):
    told: list[str] = []
    run = logic.registerVolumes(
        pair.fixed,
        pair.moving,
        [quick_file],
        wait=False,
        onProgress=lambda event: told.append("progress"),
        onDone=lambda result: told.append(f"done {error_mm(result.transform) < 2.0}"),
        onError=lambda error: told.append("error"),
    )
    assert told == []
    assert run.is_running
    wait_until(lambda: not run.is_running)
    assert told[0] == "progress"
    assert told[-1] == "done True"
    assert set(told) == {"progress", "done True"}


def test_an_error_reaches_the_callback_once(logic: Any, pair: Pair, wait_until: Callable[..., None]):
    errors: list[Exception] = []
    pair.moving.SetAndObserveImageData(None)
    run = logic.registerVolumes(pair.fixed, pair.moving, wait=False, onError=errors.append)
    wait_until(lambda: not run.is_running)
    assert [str(error) for error in errors] == ["The moving volume is empty. Choose a volume that has voxels."]


def test_a_run_is_cancelled_from_its_own_callback(logic: Any, pair: Pair, wait_until: Callable[..., None]):
    told: list[str] = []
    run = logic.registerVolumes(
        pair.fixed,
        pair.moving,
        wait=False,
        onProgress=lambda event: run.cancel(),
        onDone=lambda result: told.append("done"),
        onError=lambda error: told.append("error"),
    )
    wait_until(lambda: not run.is_running)
    assert told == []


def test_what_cannot_be_used_raises_with_cause_and_remedy(logic: Any, pair: Pair):
    errors = sys.modules["ElastixPlusLib.errors"]  # as it is now: an earlier test may have reloaded the library
    with pytest.raises(errors.ElastixPlusError, match="There is no preset"):
        logic.registerVolumes(pair.fixed, pair.moving, preset="no such")
    with pytest.raises(errors.ElastixPlusError, match="one name"):
        logic.registerVolumes(pair.fixed, pair.moving, "one.txt")
    with pytest.raises(errors.ElastixPlusError, match="the same"):
        logic.registerVolumes(pair.fixed, pair.fixed)
    start = phantoms.add_linear_transform(pair.fixed.GetScene(), phantoms.shift(1, 0, 0))
    with pytest.raises(errors.InputError, match="two positions to start from"):
        logic.registerVolumes(pair.fixed, pair.moving, initialTransformNode=start, startFrom="centers")


def test_an_argument_that_does_not_exist_is_named(logic: Any, pair: Pair):
    with pytest.raises(TypeError, match="fixedLandmarks'"):
        logic.registerVolumes(pair.fixed, pair.moving, fixedLandmarks=pair.fixed_landmarks)


def test_the_script_of_the_help_text_runs_as_it_is_pasted(logic: Any, pair: Pair, capsys: Any):
    import slicer

    from ElastixPlusPanel.module_texts import HELP

    pair.fixed_landmarks.SetName("F")
    (script,) = re.findall(r"<pre>\n(.*?)</pre>", HELP, re.DOTALL)
    exec(compile(script, "help", "exec"), {"slicer": slicer})  # noqa: S102 - the example is what is tested
    assert "'status': 'done'" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["registerVolumes", "checkVolumes", "getRegistrationPresets"])
def test_the_example_of_a_method_runs(logic: Any, pair: Pair, method: str, capsys: Any):
    import slicer

    text = inspect.getdoc(getattr(logic, method)) or ""
    example = textwrap.dedent(text.split("Example::\n\n")[1])
    names = {
        "slicer": slicer,
        "fixedVolume": pair.fixed,
        "movingVolume": pair.moving,
        "fixedPoints": pair.fixed_landmarks,
        "movingPoints": pair.moving_landmarks,
    }
    exec(compile(example, method, "exec"), names)  # noqa: S102 - the example is what is tested
    assert capsys.readouterr().out.strip()
