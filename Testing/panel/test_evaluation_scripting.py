"""Scripts that evaluate a transform with ``evaluateTransform``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import phantoms
from panel.conftest import TURN, Pair
from panel.test_console import logic  # noqa: F401 - a fixture
from panel.test_scripting import error_class, node_ids


@pytest.fixture
def transform(slicer_bench: Any, pair: Pair) -> Any:
    """The right transform, not made by ElastixPlus."""

    def add() -> Any:
        return phantoms.add_linear_transform(pair.fixed.GetScene(), np.linalg.inv(TURN))

    return slicer_bench.run(add)


def landmarks(pair: Pair) -> dict[str, Any]:
    return {"fixedLandmarksNode": pair.fixed_landmarks, "movingLandmarksNode": pair.moving_landmarks}


def roles(evaluation: Any) -> str:
    return "".join(pair.role[0] for pair in evaluation.evidence.landmarks.pairs)


def test_a_script_evaluates_a_transform_and_finds_the_nodes_in_the_scene(logic: Any, pair: Pair, transform: Any):  # noqa: F811
    import slicer

    found = logic.evaluateTransform(
        transformNode=transform,
        fixedVolumeNode=pair.fixed,
        movingVolumeNode=pair.moving,
        driveLabels=["1", "2"],
        maskNode="none",
        toleranceMm=3.0,
        withJacobianMap=True,
        **landmarks(pair),
    )
    assert roles(found) == "ddcccccc"
    assert found.as_dict()["landmarks"]["check"]["after_mm"] == pytest.approx(0.0, abs=1e-3)
    assert found.evidence.tolerance.distance_mm == 3.0
    assert found.evidence.region == "in the whole fixed volume"
    assert found.jacobian_map.determinants.shape == (32, 36, 40)
    assert slicer.util.getNode("parent check landmarks").GetNumberOfRows() == 6


def test_a_script_may_leave_the_scene_alone(logic: Any, pair: Pair, transform: Any):  # noqa: F811
    before = node_ids()
    logic.evaluateTransform(transform, pair.fixed, pair.moving, addNodes=False, **landmarks(pair))
    assert node_ids() == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "cccccccc"),
        ({"checkLabels": ["2", "3"]}, "dccddddd"),
        ({"checkLabels": None, "driveLabels": "all"}, "dddddddd"),
    ],
)
def test_a_script_says_which_landmarks_drove(
    logic: Any,  # noqa: F811
    pair: Pair,
    transform: Any,
    options: dict[str, Any],
    expected: str,
):
    found = logic.evaluateTransform(transform, pair.fixed, pair.moving, addNodes=False, **landmarks(pair), **options)
    assert roles(found) == expected


def test_which_landmarks_drove_is_known_of_a_result(logic: Any, pair: Pair):  # noqa: F811
    result = logic.registerVolumes(
        pair.fixed, pair.moving, preset="landmarks-rigid", checkLabels=["2", "3"], **landmarks(pair)
    )
    found = logic.evaluateTransform(result.transform, pair.fixed, pair.moving, addNodes=False, **landmarks(pair))
    assert roles(found) == "dccddddd"
    assert found.warnings == ()


def test_no_transform_evaluates_the_volumes_as_they_lie(logic: Any, pair: Pair):  # noqa: F811
    found = logic.evaluateTransform(None, pair.fixed, pair.moving, **landmarks(pair))
    summary = found.evidence.landmarks.summary("check")
    assert summary.before_mm == pytest.approx(summary.after_mm)


def test_structures_are_compared_by_the_names_that_are_given(logic: Any, pair: Pair, transform: Any):  # noqa: F811
    from panel.test_choices_survive import add_segmentation

    found = logic.evaluateTransform(
        transform,
        pair.fixed,
        pair.moving,
        addNodes=False,
        fixedSegmentationNode=add_segmentation(),
        movingSegmentationNode=add_segmentation(),
        structurePairs=[["liver", "tumour"]],
    )
    assert [(one.fixed_name, one.moving_name) for one in found.evidence.structures] == [("liver", "tumour")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"movingVolumeNode": None}, "moving volume"),
        ({"driveLabels": ["nobody"]}, "nobody"),
        ({"movingLandmarksNode": None}, "moving landmarks"),
        ({"maskNode": "skull"}, "skull"),
        ({"toleranceMm": -1.0}, "-1"),
    ],
)
def test_a_wrong_argument_is_an_error_with_cause_and_remedy(
    logic: Any,  # noqa: F811
    pair: Pair,
    transform: Any,
    arguments: dict[str, Any],
    sentence: str,
):
    before = node_ids()
    given = {"transformNode": transform, "fixedVolumeNode": pair.fixed, "movingVolumeNode": pair.moving}
    with pytest.raises(error_class(), match=sentence) as caught:
        logic.evaluateTransform(**{**given, **landmarks(pair), **arguments})
    assert caught.value.remedy.endswith(".")
    assert node_ids() == before


def test_an_argument_that_does_not_exist_is_named(logic: Any, pair: Pair, transform: Any):  # noqa: F811
    with pytest.raises(TypeError, match="no argument 'landmarks'"):
        logic.evaluateTransform(transform, pair.fixed, pair.moving, landmarks=1)
