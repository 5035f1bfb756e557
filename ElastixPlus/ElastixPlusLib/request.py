"""What to register with what, guided by which masks and landmarks, with which preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLLabelMapVolumeNode,
        vtkMRMLMarkupsNode,
        vtkMRMLMarkupsROINode,
        vtkMRMLModelNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLSegmentationNode,
        vtkMRMLTransformNode,
    )

    MaskNode: TypeAlias = (
        vtkMRMLLabelMapVolumeNode
        | vtkMRMLScalarVolumeNode
        | vtkMRMLSegmentationNode
        | vtkMRMLMarkupsROINode
        | vtkMRMLModelNode
    )

AutomaticMask = Literal["body", "field-of-view"]
MaskEdge = Literal["auto", "region", "artificial"]
Start = Literal["auto", "none", "centers", "gravity", "landmarks", "landmarks-similarity", "landmarks-affine"]
Crop = Literal["auto", "overlap", "none"]
LandmarkStrength = Literal["soft", "balanced", "firm"]
TransformKind = Literal["exact", "grid"]


@dataclass(frozen=True)
class RegistrationRequest:
    """One registration, complete. All nodes belong to the same scene; none of the inputs is modified.

    Parent transforms of volumes, masks and landmarks count, except ``output_transform``: an input that lies under it
    shows the last result, and is taken as if it and everything above it did nothing.

    :param fixed: scalar volume that stays where it is.
    :param moving: scalar volume to be laid on the fixed one.
    :param further_fixed: further volumes of what the fixed one shows, in other contrasts, one for each further pair
        that the preset compares; they lie where they are in the world, each under its own parent transforms, and may
        have other voxels. ``further_moving``, in the same order and as many, show what the moving volume shows.
    :param preset: id of a preset; not used where ``parameter_files`` are given.
    :param parameter_files: own elastix parameter files, one per stage.
    :param overrides: parameters that are changed for this run only, such as "MaximumNumberOfIterations=100" or
        "bspline.FinalGridSpacingInPhysicalUnits=8"; see :mod:`.presets.overrides`.
    :param exact_parameters: texts of parameter files, one per stage, that elastix gets as they are, to the letter,
        whatever masks and landmarks there are; from the record of an earlier run. Nothing else chooses them then.
    :param fixed_landmarks: point list in the fixed volume; ``moving_landmarks`` shows the same anatomy.
    :param check_labels: labels of the pairs that only measure the result and do not pull.
    :param landmark_weight: how strongly the driving pairs pull: "soft", "balanced", "firm" or a number >= 0. Where a
        parameter file has landmark weights of its own, these are multiplied by it over 0.005, which "balanced" is.
    :param skip_unusable_landmarks: leave out landmarks without a partner or outside their volume, with a warning,
        instead of refusing the request.
    :param fixed_mask: what counts in the fixed volume: a labelmap or volume (everything that is not 0), a segmentation,
        a ROI box or a closed surface model; or "body" (everything but the air around it) or "field-of-view" (where the
        scanner has measured), which are found in the volume itself. ``moving_mask`` likewise.
    :param fixed_mask_segments: names or IDs of the segments that make up the mask; empty takes all of them.
    :param fixed_exclude: what does not count, such as resected tissue, of the same kinds of node; taken away from the
        mask, or from the whole volume. ``fixed_exclude_segments``, ``moving_exclude`` likewise.
    :param mask_edge: "region": the mask marks a region of interest whose edge is anatomy; "artificial": beyond the
        mask the voxels mean nothing, so that its edge must not be used; "auto": artificial for the field of view and
        where something is excluded, region otherwise.
    :param mask_margin_mm: by how much masks and what is excluded are grown or, if negative, shrunk.
    :param crop: "auto": only the part of the fixed volume around a small mask is given to elastix; "overlap": of both
        volumes only what the other one shows, too, after the start; "none": all of both. The result is the same
        transform, and the output volume is never cropped.
    :param initial: position to start from: "none" (as loaded), "centers" of the volumes, "gravity" (centres of gravity
        of what is bright), "landmarks" (rigid fit), "landmarks-similarity", "landmarks-affine", or a transform node
        that maps fixed to moving (*from parent* of the moving volume); "auto" leaves it to the preset, which says none
        unless it is made for hard cases.
    :param output_transform: node that takes the result; None adds one to the scene.
    :param transform_kind: "exact": what elastix found, as linear, B-spline or composite transform; "grid": the same
        sampled as a displacement grid at the fixed volume's voxels.
    :param output_volume: node that takes the moving volume resampled on the fixed one; True adds one, None makes none.
    :param despite_findings: run although the check before has found that it would fail or come out wrong.
    :param engine: "auto", "itk" or the path of an elastix executable.
    :param bundled_folders: where the host application keeps elastix, such as the folder of the SlicerElastix extension.
    :param host_environment: the environment that the host application was started with, for an engine that does not
        come with the host: ``slicer.util.startupEnvironment()``; None takes the one of this process.
    :param threads: of the engine; None leaves it to the engine.
    :param seed: for the random sampling; None takes the engine's constant one.
    :param workspace: folder in which the run folder is made; None takes the temporary folder.
    :param keep_workspace: keep the run folder also after success.
    :param host: the application that asks, such as "3D Slicer 5.10.0", for the record of the run.
    :param input_files: where the nodes were read from, by the names of their fields, for the record of the run.
    """

    fixed: vtkMRMLScalarVolumeNode
    moving: vtkMRMLScalarVolumeNode
    further_fixed: tuple[vtkMRMLScalarVolumeNode, ...] = ()
    further_moving: tuple[vtkMRMLScalarVolumeNode, ...] = ()
    preset: str = "generic"
    parameter_files: tuple[Path, ...] = ()
    overrides: tuple[str, ...] = ()
    exact_parameters: tuple[str, ...] = field(default=(), repr=False)
    fixed_landmarks: vtkMRMLMarkupsNode | None = None
    moving_landmarks: vtkMRMLMarkupsNode | None = None
    check_labels: tuple[str, ...] = ()
    landmark_weight: LandmarkStrength | float = "balanced"
    skip_unusable_landmarks: bool = False
    fixed_mask: MaskNode | AutomaticMask | None = None
    moving_mask: MaskNode | AutomaticMask | None = None
    fixed_mask_segments: tuple[str, ...] = ()
    moving_mask_segments: tuple[str, ...] = ()
    fixed_exclude: MaskNode | None = None
    moving_exclude: MaskNode | None = None
    fixed_exclude_segments: tuple[str, ...] = ()
    moving_exclude_segments: tuple[str, ...] = ()
    mask_edge: MaskEdge = "auto"
    mask_margin_mm: float = 0.0
    crop: Crop = "auto"
    initial: Start | vtkMRMLTransformNode = "auto"
    output_transform: vtkMRMLTransformNode | None = None
    transform_kind: TransformKind = "exact"
    output_volume: vtkMRMLScalarVolumeNode | Literal[True] | None = None
    despite_findings: bool = False
    engine: str | Path = "auto"
    bundled_folders: tuple[Path, ...] = ()
    host_environment: Mapping[str, str] | None = field(default=None, repr=False)
    threads: int | None = None
    seed: int | None = None
    workspace: Path | None = None
    keep_workspace: bool = False
    host: str = ""
    input_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
