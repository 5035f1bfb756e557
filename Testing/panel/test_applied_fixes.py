"""What the library offers to change is what the panel changes when the button is pressed, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import phantoms
from panel.conftest import Pair


@pytest.fixture
def parameters(panel: Any, chosen_pair: Pair) -> Any:
    """The parameter set that is shown, with two volumes chosen."""
    return panel.panel.check._parameters


@pytest.fixture
def region(slicer_bench: Any, pair: Pair) -> Any:
    """A labelmap."""

    def add() -> Any:
        import numpy as np

        voxels = np.ones((4, 4, 4), np.uint8)
        return phantoms.add_volume(pair.fixed.GetScene(), voxels, np.eye(4), "region", "vtkMRMLLabelMapVolumeNode")

    return slicer_bench.run(add)


def request_now(panel: Any) -> Any:
    return panel.panel.check.request_now()


def fix_of(**changes: Any) -> Any:
    from ElastixPlusLib.errors import Fix

    return Fix("Change it", changes)


def apply_fix(parameters: Any, fix: Any) -> None:
    from ElastixPlusPanel.applied_fix import apply_fix as apply

    apply(parameters, fix)


def members_of_fix(parameters: Any, fix: Any) -> dict[str, Any]:
    from ElastixPlusPanel.applied_fix import members_of_fix as members

    return members(parameters, fix)


@pytest.mark.parametrize(
    "changes",
    [
        {"initial": "landmarks"},
        {"initial": "landmarks-affine"},
        {"initial": "gravity"},
        {"initial": "none"},
        {"crop": "overlap"},
        {"crop": "none", "initial": "centers"},
        {"mask_edge": "artificial"},
        {"mask_margin_mm": 5.0},
        {"preset": "affine"},
        {"preset": "guided", "parameter_files": (Path("own.txt"),)},
        {"skip_unusable_landmarks": True},
        {"landmark_weight": "soft"},
        {"landmark_weight": 0.25},
        {"transform_kind": "grid"},
        {"engine": "itk"},
        {"threads": 2},
        {"keep_workspace": True},
        {"fixed_mask": "body"},
        {"moving_mask": "field-of-view", "fixed_mask": "body"},
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()),
)
def test_the_request_after_a_fix_is_the_one_before_with_what_the_fix_changes(
    panel: Any, parameters: Any, changes: dict[str, Any]
):
    before = request_now(panel)
    apply_fix(parameters, fix_of(**changes))
    assert request_now(panel) == replace(before, **changes) != before
    assert members_of_fix(parameters, fix_of(**changes)) == {}, "there is nothing left to change"


def test_nodes_are_changed_too(panel: Any, parameters: Any, chosen_pair: Pair, region: Any):
    start = phantoms.add_linear_transform(chosen_pair.fixed.GetScene(), phantoms.shift(1, 2, 3))
    changes = {
        "fixed": chosen_pair.moving,
        "moving": chosen_pair.fixed,
        "fixed_landmarks": chosen_pair.moving_landmarks,
        "moving_landmarks": chosen_pair.fixed_landmarks,
        "initial": start,
        "fixed_exclude": region,
        "check_labels": ("2", "5"),
    }
    before = request_now(panel)
    apply_fix(parameters, fix_of(**changes))
    assert request_now(panel) == replace(before, **changes)


@pytest.mark.parametrize("use", ["INSIDE", "OUTSIDE", "BODY", "FIELD_OF_VIEW"])
@pytest.mark.parametrize(
    ("changes", "possible_for"),
    [
        ({"fixed_mask": None}, {"INSIDE", "BODY", "FIELD_OF_VIEW"}),
        ({"fixed_exclude": None}, {"OUTSIDE", "BODY", "FIELD_OF_VIEW"}),
        ({"fixed_mask": "body"}, {"INSIDE", "OUTSIDE", "FIELD_OF_VIEW"}),
        ({"fixed_mask": None, "fixed_exclude": None}, {"INSIDE", "OUTSIDE", "BODY", "FIELD_OF_VIEW"}),
    ],
)
def test_a_fix_of_a_mask_keeps_what_it_does_not_speak_of(
    panel: Any, parameters: Any, region: Any, use: str, changes: dict[str, Any], possible_for: set[str]
):
    from ElastixPlusPanel.parameter_set import MaskUse

    parameters.fixed_mask, parameters.fixed_mask_use = region, MaskUse[use]
    before = request_now(panel)
    assert bool(members_of_fix(parameters, fix_of(**changes))) == (use in possible_for)
    apply_fix(parameters, fix_of(**changes))
    assert request_now(panel) == replace(before, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 3},
        {"no_such_field": 1},
        {"output_volume": True},
        {"engine": Path("elastix")},
        {"initial": "moon"},
        {"initial": 5},
        {"landmark_weight": -1.0},
        {"mask_margin_mm": float("nan")},
        {"mask_margin_mm": 1e6},
        {"fixed_mask": "skull"},
        {"fixed_mask_segments": ("a", "b")},
        {"crop": "overlap", "seed": 3},
        {},
    ],
    ids=str,
)
def test_what_the_panel_cannot_choose_is_not_offered_and_changes_nothing(
    panel: Any, parameters: Any, changes: dict[str, Any]
):
    before = request_now(panel)
    assert members_of_fix(parameters, fix_of(**changes)) == {}
    apply_fix(parameters, fix_of(**changes))
    assert request_now(panel) == before


def test_a_mask_and_something_that_does_not_count_cannot_both_be_regions(parameters: Any, region: Any, pair: Pair):
    parameters.fixed_mask = region
    assert members_of_fix(parameters, fix_of(fixed_exclude=pair.moving)) == {}
    assert members_of_fix(parameters, None) == {}
