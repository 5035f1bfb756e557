"""What is known of a request before a preset is chosen: modalities, anatomy, guidance, and how the volumes lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from slicer import vtkMRMLMarkupsNode, vtkMRMLScalarVolumeNode

from .errors import ElastixPlusError, VolumeError
from .grid import Grid
from .guidance.foreground import foreground_of
from .guidance.landmark_pairing import LandmarkList, pair_landmarks
from .guidance.volume_kind import anatomy_in_name, modality_in_name, modality_of_voxels
from .guidance.volume_overlap import Overlap, SeenVolume, overlap_at
from .mrml.dicom_attributes import are_of_one_patient, dicom_modality, dicom_names
from .mrml.landmarks import control_points
from .mrml.volumes import at_index_origin, check_volume, voxel_array, world_grid
from .presets.suggestion import Situation
from .request import RegistrationRequest
from .steps import Steps, in_background, run_to_end

_FEWEST_SLICES = 4  # of a volume that elastix can take; a single slice is one, too, for MRML


@dataclass(frozen=True)
class _Look:
    """What the voxels of one volume tell.

    :param modality: as far as grey values tell it.
    :param seen: for the overlap; None where the volume lies on no grid in the world.
    """

    modality: str | None = None
    seen: SeenVolume | None = None


def situation_of(request: RegistrationRequest) -> Situation:
    """What is known of a request before a preset is chosen.

    Example, with volume nodes of one scene::

        from ElastixPlusLib import RegistrationRequest
        from ElastixPlusLib.presets import list_presets
        from ElastixPlusLib.presets.suggestion import suggest
        from ElastixPlusLib.situation import situation_of
        for one in suggest(list_presets(), situation_of(RegistrationRequest(fixed_volume, moving_volume))):
            print(one.preset.id, one.reason)
    """
    return run_to_end(situation_steps(request))


def situation_steps(request: RegistrationRequest) -> Steps[Situation]:
    """:func:`situation_of` in pieces of about 30 ms; the scene is only read.

    Never refuses a request: what cannot be found out, for want of a volume say, is not known.
    """
    fixed, moving = _volume(request.fixed), _volume(request.moving)
    fixed_look = yield from _look_steps(fixed, "fixed", request)
    moving_look = yield from _look_steps(moving, "moving", request)
    overlap = yield from _overlap_steps(request, fixed_look.seen, moving_look.seen)
    fixed_modality, fixed_is_sure = _modality(fixed, fixed_look)
    moving_modality, moving_is_sure = _modality(moving, moving_look)
    anatomy = _anatomy([volume for volume in (fixed, moving) if volume is not None])
    guesses = {
        "fixed_modality": fixed_modality is not None and not fixed_is_sure,
        "moving_modality": moving_modality is not None and not moving_is_sure,
        "anatomy": anatomy is not None,
    }
    is_thin = any(_is_thin(volume) for volume in (fixed, moving) if volume is not None)
    return Situation(
        fixed_modality=fixed_modality,
        moving_modality=moving_modality,
        has_fixed_mask=request.fixed_mask is not None or request.fixed_exclude is not None,
        has_moving_mask=request.moving_mask is not None or request.moving_exclude is not None,
        landmark_pairs=_driving_pairs(request),
        dimension=2 if is_thin else 3,
        overlap=None if overlap is None else min(overlap.sampled, overlap.anatomy),
        anatomy=anatomy,
        same_subject=are_of_one_patient(fixed, moving) if fixed is not None and moving is not None else None,
        image_pairs=1 + len(getattr(request, "further_fixed", ())),
        apart_mm=overlap.apart_mm if overlap is not None and np.isfinite(overlap.apart_mm) else None,
        guessed=frozenset(field for field, is_guess in guesses.items() if is_guess),
    )


def _volume(node: object) -> vtkMRMLScalarVolumeNode | None:
    return node if isinstance(node, vtkMRMLScalarVolumeNode) else None


def _is_thin(volume: vtkMRMLScalarVolumeNode) -> bool:
    image = volume.GetImageData()
    return image is not None and 0 < min(image.GetDimensions()) < _FEWEST_SLICES


def _look_steps(volume: vtkMRMLScalarVolumeNode | None, role: str, request: RegistrationRequest) -> Steps[_Look]:
    if volume is None:
        return _Look()
    try:
        check_volume(volume, role)
    except VolumeError:
        return _Look()
    image, grid = at_index_origin(volume.GetImageData()), world_grid(volume, request.output_transform)
    voxels = voxel_array(image)
    return (yield from in_background(lambda: _look(voxels, grid)))


def _look(voxels: npt.NDArray[np.generic], grid: Grid | None) -> _Look:
    if not np.isfinite([float(voxels.min()), float(voxels.max())]).all():
        return _Look()
    seen = None if grid is None else SeenVolume(grid, foreground_of(voxels, grid))
    return _Look(modality_of_voxels(voxels), seen)


def _overlap_steps(
    request: RegistrationRequest, fixed: SeenVolume | None, moving: SeenVolume | None
) -> Steps[Overlap | None]:
    """How the volumes lie as loaded; not known where the request starts elsewhere."""
    if fixed is None or moving is None or request.initial not in ("auto", "none"):
        return None
    return (yield from in_background(lambda: overlap_at(fixed, moving, lambda points_ras: points_ras)))


def _modality(volume: vtkMRMLScalarVolumeNode | None, look: _Look) -> tuple[str | None, bool]:
    """The modality, and whether it is said and not guessed.

    DICOM has no modality of its own for cone-beam CT, so that a name may say it more exactly.
    """
    if volume is None:
        return None, False
    named = {modality_in_name(name) for name in dicom_names(volume)} - {None}
    by_name = named.pop() if len(named) == 1 else None
    said = dicom_modality(volume)
    if said is not None and not (said == "CT" and by_name == "CBCT"):
        return said, True
    return by_name or look.modality, False


def _anatomy(volumes: list[vtkMRMLScalarVolumeNode]) -> str | None:
    """What the names speak of, if they do not contradict each other."""
    named = {anatomy_in_name(name) for volume in volumes for name in dicom_names(volume)} - {None}
    return named.pop() if len(named) == 1 else None


def _driving_pairs(request: RegistrationRequest) -> int:
    fixed, moving = request.fixed_landmarks, request.moving_landmarks
    if not isinstance(fixed, vtkMRMLMarkupsNode) or not isinstance(moving, vtkMRMLMarkupsNode) or fixed is moving:
        return 0
    try:
        lists = [LandmarkList(*control_points(node, request.output_transform)) for node in (fixed, moving)]
        pairs = pair_landmarks(lists[0], lists[1], request.check_labels, skip_unusable=True)
    except ElastixPlusError:
        return 0
    return int(pairs.drives.sum())
