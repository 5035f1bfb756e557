"""Evaluate a transform: everything that can be measured from what is at hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLTransformNode

from ..accuracy.evidence import Evidence
from ..accuracy.landmark_errors import LandmarkReport
from ..accuracy.structure_overlap import StructureAgreement
from ..accuracy.tolerance import Tolerance, statements
from ..errors import InitialTransformError, InputError
from ..grid import Grid
from ..mrml.frames import transformed_points_steps
from ..mrml.transforms import transform_from_parent_steps
from ..mrml.volumes import WorldVolume, check_volume, value_check_steps, volume_in_scene, world_volume_steps
from ..report.contents import SlicePicture
from ..steps import Steps, in_background, run_to_end
from .deformation_steps import deformation_statistics_steps, jacobian_map_steps, region_points
from .evaluation_request import EvaluationRequest
from .evidence_account import account_of
from .grey_values import similarity_steps
from .measured_landmarks import LandmarkPlaces, measured_landmarks
from .pictures import picture_steps
from .region import Region, excluded_steps, region_steps
from .structures import empty_structure_warnings, structure_steps

FloatArray = npt.NDArray[np.float64]

_MOST_POINTS = 1_000_000


@dataclass(frozen=True, eq=False)
class JacobianMap:
    """Determinants at the voxels of the fixed volume.

    :param determinants: shape (slices, rows, columns), float32.
    """

    grid: Grid
    determinants: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What an evaluation leaves; nothing of it is in the scene yet.

    :param fixed_name: name of the fixed volume; ``moving_name`` and ``transform_name`` likewise.
    :param places: of the landmarks; None without.
    :param transform: what was evaluated, fixed to moving in the world; None for nothing.
    :param points_ras: where deformation and grey values were measured; shape (n, 3), world RAS millimetres.
    :param jacobian_map: if it was asked for.
    :param pictures: three orthogonal slices through the landmark with the largest error, or through the middle.
    """

    request: EvaluationRequest
    fixed_name: str
    moving_name: str
    transform_name: str
    evidence: Evidence
    places: LandmarkPlaces | None
    transform: vtk.vtkAbstractTransform | None
    fixed_grid: Grid
    moving_grid: Grid
    region: Region
    points_ras: FloatArray
    jacobian_map: JacobianMap | None
    pictures: tuple[SlicePicture, ...]
    slice_reason: str
    warnings: tuple[str, ...]
    seconds: float

    def with_evidence(self, **more: Any) -> Evaluation:
        """The same with what was measured later: ``held_out``, ``consistency``, ``uncertainty``."""
        return replace(self, evidence=replace(self.evidence, **more))

    def as_dict(self) -> dict[str, Any]:
        """Everything measured as plain data, in the form of the command line's ``--json``; touches no node."""
        return {
            "status": "done",
            "fixed": self.fixed_name,
            "moving": self.moving_name,
            "transform": self.transform_name,
            "seconds": {"total": round(self.seconds, 3)},
            **account_of(self.evidence),
            "warnings": list(self.warnings),
        }


def evaluate(request: EvaluationRequest) -> Evaluation:
    """Evaluate a transform; nothing in the scene changes.

    :raises ElastixPlusError: something that was given cannot be used.

    Example, with nodes of one scene::

        evaluation = evaluate(EvaluationRequest(
            transform=result.transform, fixed=fixed_volume, moving=moving_volume,
            fixed_landmarks=fixed_points, moving_landmarks=moving_points, check_labels=("3", "6")))
        for statement in statements(evaluation.evidence):
            print(statement.quantity, statement.value, statement.text)
    """
    return run_to_end(evaluation_steps(request))


def evaluation_steps(request: EvaluationRequest) -> Steps[Evaluation]:
    """:func:`evaluate` in pieces of about 30 ms; the nodes are read at the first ones."""
    began = time.monotonic()
    transform = yield from _transform_steps(request.transform)
    fixed = yield from _volume_steps(request, "fixed")
    moving = yield from _volume_steps(request, "moving")
    landmarks = measured_landmarks(request, transform, fixed.grid, moving.grid)
    region = yield from region_steps(request, fixed)
    points = yield from in_background(lambda: region_points(fixed.grid, region.mask, _MOST_POINTS))
    mapped = yield from transformed_points_steps(transform, points)
    map_of_all = None
    if request.with_jacobian_map:
        determinants = yield from jacobian_map_steps(transform or vtk.vtkTransform(), fixed.grid)
        map_of_all = JacobianMap(fixed.grid, determinants)
    structures = yield from _structure_steps(request, fixed, moving.grid, transform)
    center, is_landmark, reason = _place_to_show(landmarks.report, landmarks.places, points)
    deformation = yield from deformation_statistics_steps(transform or vtk.vtkTransform(), points)
    intensity = yield from similarity_steps(fixed, moving, points, mapped)
    tolerance = _tolerance(request, fixed.grid)
    evidence = Evidence(tolerance, region.words, landmarks.report, None, structures, deformation, intensity=intensity)
    yield from in_background(lambda: statements(evidence))  # loads scipy where nobody waits for it
    pictures = yield from picture_steps(fixed, moving, transform, center, is_landmark, points)
    return Evaluation(
        request=request,
        fixed_name=request.fixed.GetName() or "fixed volume",
        moving_name=request.moving.GetName() or "moving volume",
        transform_name="none (as loaded)" if request.transform is None else request.transform.GetName(),
        evidence=evidence,
        places=landmarks.places,
        transform=transform,
        fixed_grid=fixed.grid,
        moving_grid=moving.grid,
        region=region,
        points_ras=points,
        jacobian_map=map_of_all,
        pictures=pictures,
        slice_reason=reason,
        warnings=(*landmarks.warnings, *_structure_warnings(request, structures)),
        seconds=time.monotonic() - began,
    )


def _transform_steps(node: vtkMRMLTransformNode | None) -> Steps[vtk.vtkAbstractTransform | None]:
    """A copy of what a transform node does."""
    if node is None:
        return None
    try:
        return (yield from transform_from_parent_steps(node))
    except InitialTransformError as error:
        raise InputError(
            f"The transform {node.GetName()} is empty, flattens space or holds numbers that are not finite.",
            "Choose another transform to evaluate.",
        ) from error


def _volume_steps(request: EvaluationRequest, role: str) -> Steps[WorldVolume]:
    node = getattr(request, role)
    check_volume(node, role)
    volume = volume_in_scene(node, request.transform)
    yield from value_check_steps(volume, role)
    return (yield from world_volume_steps(volume))


def _structure_steps(
    request: EvaluationRequest, fixed: WorldVolume, moving: Grid, transform: vtk.vtkAbstractTransform | None
) -> Steps[tuple[StructureAgreement, ...]]:
    if request.fixed_structures is None and request.moving_structures is None:
        if request.structure_pairs:
            raise InputError("There are names of structures, but no segmentations.", "Give both segmentations, too.")
        return ()
    if request.fixed_structures is None or request.moving_structures is None:
        missing = "fixed" if request.fixed_structures is None else "moving"
        raise InputError(f"There is no segmentation of the {missing} volume.", "Give both segmentations, or none.")
    return (
        yield from structure_steps(
            request.fixed_structures,
            request.moving_structures,
            request.structure_pairs,
            fixed.grid,
            moving,
            transform,
            request.transform,
            (yield from excluded_steps(request, fixed)),
        )
    )


def _structure_warnings(request: EvaluationRequest, found: tuple[StructureAgreement, ...]) -> tuple[str, ...]:
    warnings = empty_structure_warnings(found)
    if found and request.exclude is not None:
        warnings += (f"Structures are compared without {request.exclude.GetName()}, which was excluded.",)
    return warnings


def _tolerance(request: EvaluationRequest, fixed: Grid) -> Tolerance:
    for what, given_mm in (("tolerance", request.tolerance_mm), ("placing error", request.placing_sd_mm)):
        if given_mm is not None and not 0 < given_mm < float("inf"):
            raise InputError(f"A {what} of {given_mm:g} mm means nothing.", "Give a positive number.")
    distance_mm = float(fixed.spacing_mm.max()) if request.tolerance_mm is None else request.tolerance_mm
    return Tolerance(distance_mm, request.tolerance_mm is None, placing_sd_mm=request.placing_sd_mm)


def _place_to_show(
    report: LandmarkReport, places: LandmarkPlaces | None, points_ras: FloatArray
) -> tuple[FloatArray, bool, str]:
    """Where to look first: the worst check landmark, else the worst driving one, else the middle of the region."""
    if places is None or not report.pairs:
        return points_ras.mean(axis=0), False, "through the middle of the region that was measured"
    role = "check" if any(pair.role == "check" for pair in report.pairs) else "drive"
    index, worst = max(
        ((index, pair) for index, pair in enumerate(report.pairs) if pair.role == role),
        key=lambda entry: entry[1].after_mm,
    )
    kind = "check landmark" if role == "check" else "driving landmark"
    reason = f"through {kind} {worst.label}, where the error is largest ({worst.after_mm:.2f} mm)"
    return places.fixed_ras[index], True, reason
