"""One hard case: what a user has, what the truth is, and what is to be expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import slicer
from anatomies import Anatomy
from known_deformations import KnownDeformation
from made_pair import farthest_points, labels_of
from made_volumes import AS_IT_IS, Edit, Inside, Look, grid_around, shown
from scene_nodes import add_points, add_volume

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.grid import Grid

FloatArray = npt.NDArray[np.float64]
Truth = Callable[[FloatArray], FloatArray]

RIGID = {"preset": "rigid"}
NEARLY_RIGID_MM = 1.5  # of warp: what a rigid registration leaves is then well below a voxel

PLACING_ERROR_MM = 1.0
_PLACES = 150
_AWAY_FROM_LANDMARKS_MM = 5.0
_LANDMARKS_WITHIN = 0.8  # of the body's radius: nobody places landmarks at its very edge
_CANDIDATES = 20_000
_SPARE_MM = 24.0


@dataclass(frozen=True)
class HardCase:
    """A registration that goes wrong, or may, without guidance.

    :param like: what it is like, for the table.
    :param plain: what a user asks for who knows of no guidance.
    :param more: what a user who is guided gives in addition, as fields of the request.
    :param truth: where places of the fixed volume lie in the moving one, world RAS millimetres, shape (n, 3).
    :param places_ras: where the result is measured; shape (n, 3).
    :param voxel_mm: the largest edge of a fixed voxel.
    :param refusal: a word of the sentence that refuses it; empty where it has to succeed.
    :param scene: holds the nodes, which do not keep it alive.
    """

    like: str
    plain: RegistrationRequest
    more: Mapping[str, Any]
    truth: Truth
    places_ras: FloatArray
    voxel_mm: float
    scene: slicer.vtkMRMLScene
    refusal: str = ""

    @property
    def expectation(self) -> Literal["succeeds", "refused"]:
        """What has to come of it with guidance."""
        return "refused" if self.refusal else "succeeds"

    def error_mm(self, transform: slicer.vtkMRMLTransformNode) -> float:
        """Mean distance of where a result takes the places to where they are; infinite if it leads nowhere."""
        mapping = transform.GetTransformFromParent()
        found = np.array([mapping.TransformPoint(*point) for point in self.places_ras])
        distance = float(np.linalg.norm(found - self.truth(self.places_ras), axis=1).mean())
        return distance if np.isfinite(distance) else float("inf")


@dataclass(frozen=True)
class MadePair:
    """Two volumes of the same anatomy.

    :param truth: from the fixed to the moving volume.
    :param common_ras: places of the body that both volumes show, shape (n, 3), in the fixed volume.
    """

    scene: slicer.vtkMRMLScene
    fixed: slicer.vtkMRMLScalarVolumeNode
    moving: slicer.vtkMRMLScalarVolumeNode
    fixed_grid: Grid
    moving_grid: Grid
    truth: Truth
    common_ras: FloatArray
    landmarks: dict[str, FloatArray] = field(default_factory=dict)

    def with_truth(self, truth: Truth) -> MadePair:
        """The same where something else moves the moving volume as well."""
        return replace(self, truth=truth)

    def place_landmarks(self, count: int = 6, seed: int = 1, among: Inside | None = None) -> dict[str, Any]:
        """Landmarks as a user would place them, in both volumes, with an error in the moving one.

        :param among: where; everywhere in the inner body by default.
        :returns: the fields of the request.
        """
        fixed, moving = self.landmark_points(count, seed, among)
        return self.listed(fixed, moving)

    def landmark_points(
        self, count: int = 6, seed: int = 1, among: Inside | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """The same as positions of shape (count, 3)."""
        places = self.common_ras if among is None else self.common_ras[among(self.common_ras)]
        middle = places.mean(axis=0)
        radii = np.abs(places - middle).max(axis=0)
        inner = places[np.linalg.norm((places - middle) / radii, axis=1) < _LANDMARKS_WITHIN]
        fixed = farthest_points(inner, count, middle[None])
        error = np.random.default_rng(seed).normal(0.0, PLACING_ERROR_MM, fixed.shape)
        return fixed, self.truth(fixed) + error

    def listed(
        self,
        fixed: FloatArray,
        moving: FloatArray,
        fixed_labels: tuple[str, ...] = (),
        moving_labels: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Positions as two point lists; the fields of the request."""
        self.landmarks["fixed"] = fixed
        return {
            "fixed_landmarks": add_points(
                self.scene, fixed, fixed_labels or labels_of("L", len(fixed)), "fixed points"
            ),
            "moving_landmarks": add_points(
                self.scene, moving, moving_labels or labels_of("L", len(moving)), "moving points"
            ),
        }

    def case(
        self,
        like: str,
        plain: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
        *,
        measured: Inside | None = None,
        refusal: str = "",
    ) -> HardCase:
        """What is asked of the pair.

        :param plain: fields of the request of a user who knows of no guidance.
        :param more: what a guided user gives in addition.
        :param measured: where the result matters; everywhere by default.
        """
        places = self.common_ras if measured is None else self.common_ras[measured(self.common_ras)]
        for point in self.landmarks.get("fixed", np.empty((0, 3))):
            places = places[np.linalg.norm(places - point, axis=1) > _AWAY_FROM_LANDMARKS_MM]
        chosen = np.random.default_rng(7).permutation(len(places))[:_PLACES]
        assert len(chosen) >= 100, f"{like}: only {len(chosen)} places to measure at"
        return HardCase(
            like,
            RegistrationRequest(self.fixed, self.moving, **(plain or {})),
            more or {},
            self.truth,
            places[chosen],
            float(self.fixed_grid.spacing_mm.max()),
            self.scene,
            refusal,
        )


def made_pair(
    anatomy: Anatomy,
    moved: KnownDeformation,
    *,
    look: Look = AS_IT_IS,
    fixed_look: Look = AS_IT_IS,
    fixed_grid: Grid | None = None,
    moving_grid: Grid | None = None,
    moving_spacing_mm: float = 2.5,
    edit_fixed: Edit | None = None,
    edit_moving: Edit | None = None,
    moving_anatomy: Anatomy | None = None,
    field_of_view: Inside | None = None,
) -> MadePair:
    """An anatomy, and the same moved as known, in a scene of their own.

    :param moving_grid: by default one around the moved anatomy.
    :param moving_anatomy: what the moving volume shows, where it is more or less than the fixed one.
    :param field_of_view: what of the moving volume is measured; all by default.
    """
    fixed_grid = fixed_grid or anatomy.grid
    moving_grid = moving_grid or grid_of_moved(anatomy, moved, moving_spacing_mm)
    scene = slicer.vtkMRMLScene()
    fixed = shown(anatomy, fixed_grid, fixed_look, edit=edit_fixed, seed=11)
    moving = shown(moving_anatomy or anatomy, moving_grid, look, moved, edit_moving, field_of_view, seed=12)
    return MadePair(
        scene,
        add_volume(scene, fixed, fixed_grid, "fixed"),
        add_volume(scene, moving, moving_grid, "moving"),
        fixed_grid,
        moving_grid,
        moved.to_moving,
        common_places(anatomy, fixed_grid, moving_grid, lambda points: moved.to_moving(points, within_mm=0.01)),
    )


def grid_of_moved(
    anatomy: Anatomy, moved: KnownDeformation, spacing_mm: float = 2.5, spare_mm: float = _SPARE_MM
) -> Grid:
    """A grid around an anatomy where it has been moved to."""
    body = moved.to_moving(anatomy.body_ras[::50], within_mm=0.01)
    bottom, top = body.min(axis=0), body.max(axis=0)
    return grid_around((bottom + top) / 2, top - bottom + spare_mm, spacing_mm)


def common_places(anatomy: Anatomy, fixed_grid: Grid, moving_grid: Grid, truth: Truth) -> FloatArray:
    """Places of the body that lie well inside both grids, at most some thousand, shape (n, 3)."""
    body = anatomy.body_ras
    body = body[np.random.default_rng(3).permutation(len(body))]
    body = body[_well_inside(fixed_grid, body)][:_CANDIDATES]
    return body[_well_inside(moving_grid, truth(body))]


def _well_inside(grid: Grid, points_ras: FloatArray) -> npt.NDArray[np.bool_]:
    indices = grid.indices(points_ras)
    is_inside = (indices >= 1) & (indices <= np.array(grid.dimensions) - 2)
    return np.asarray(is_inside.all(axis=1), dtype=np.bool_)
