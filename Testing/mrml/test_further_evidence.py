"""What further runs have found is measured where the evaluation measured, and added to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ElastixPlusLib.accuracy.uncertainty import Spread
from ElastixPlusLib.evaluation.evaluation import Evaluation, evaluate
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.evaluation.further_evidence import with_consistency_steps, with_uncertainty_steps
from ElastixPlusLib.evaluation.repeats import Repeats, coarse_grid
from ElastixPlusLib.mrml.transforms import add_transform_node, linear_transform
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_volume, grid_matrix, shift

DIMENSIONS, SPACING_MM = (20, 18, 16), (4.0, 4.0, 4.0)


@pytest.fixture
def evaluation(scene) -> Evaluation:
    """Measured in the left half of the fixed volume."""
    fixed, moving = (add_anatomy(scene, DIMENSIONS, SPACING_MM, name=name) for name in ("fixed", "moving"))
    left = np.zeros(DIMENSIONS[::-1], np.uint8)
    left[:, :, :10] = 1
    mask = add_volume(scene, left, grid_matrix(DIMENSIONS, SPACING_MM), "left", "vtkMRMLLabelMapVolumeNode")
    transform = add_transform_node(scene, linear_transform(shift(3.0, 0, 0)), "result")
    return evaluate(EvaluationRequest(transform, fixed, moving, mask=mask))


def repeats_of(evaluation, left_mm, right_mm) -> Repeats:
    """Runs that differ by one amount in the left half and by another in the right one."""
    grid = coarse_grid(evaluation.fixed_grid, 8.0)
    columns, rows, slices = grid.dimensions
    sd_mm = np.full((slices, rows, columns), right_mm)
    middle_mm = grid.positions_ras(np.stack([np.arange(columns), *[np.zeros(columns)] * 2], axis=1))[:, 0]
    sd_mm[:, :, middle_mm < 0] = left_mm
    return Repeats(Spread(grid, 2, np.zeros((*sd_mm.shape, 3)), sd_mm), ("seed 1", "seed 2"), ())


def test_there_and_back_is_measured_in_the_region(evaluation):
    added = run_to_end(with_consistency_steps(evaluation, linear_transform(shift(-3.0, 0.5, 0))))
    found = added.evidence.consistency
    assert (found.distances.mean_mm, found.distances.max_mm) == pytest.approx((0.5, 0.5))
    assert found.distances.n == len(evaluation.points_ras)
    assert added.evidence.deformation is evaluation.evidence.deformation


def test_volumes_as_loaded_go_there_and_back_by_the_way_back_alone(evaluation):
    as_loaded = replace(evaluation, transform=None)
    added = run_to_end(with_consistency_steps(as_loaded, linear_transform(shift(0, 0, 2.0))))
    assert added.evidence.consistency.distances.max_mm == pytest.approx(2.0)


def test_the_spread_is_summarised_in_the_region_alone(evaluation):
    added = run_to_end(with_uncertainty_steps(evaluation, repeats_of(evaluation, 0.25, 9.0)))
    found = added.evidence.uncertainty
    assert found.names == ("seed 1", "seed 2")
    assert (found.sd_mean_mm, found.sd_max_mm) == pytest.approx((0.25, 0.25))


def test_without_a_mask_the_spread_is_summarised_everywhere(evaluation):
    everywhere = replace(evaluation, region=replace(evaluation.region, mask=None))
    added = run_to_end(with_uncertainty_steps(everywhere, repeats_of(evaluation, 0.25, 9.0)))
    assert added.evidence.uncertainty.sd_max_mm == 9.0


def test_a_region_between_the_points_of_the_coarse_grid_leaves_all_of_them(evaluation):
    thin = np.zeros(DIMENSIONS[::-1], np.uint8)
    thin[:, 1, :] = 1
    between = replace(evaluation, region=replace(evaluation.region, mask=thin))
    added = run_to_end(with_uncertainty_steps(between, repeats_of(evaluation, 0.25, 9.0)))
    assert added.evidence.uncertainty.sd_max_mm == 9.0
