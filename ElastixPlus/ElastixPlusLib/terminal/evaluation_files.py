"""From the options of ``elastixplus evaluate`` to a request whose nodes hold what the files say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .argument_groups import ROLES, split_labels
from .report_folder import command_line
from .request_files import read_structure_files, refuse_same_file

if TYPE_CHECKING:
    from ..evaluation.report_notes import ReportNotes

REGIONS = ("auto", "body", "none")
ALL = "all"


def read_evaluation_request(options: argparse.Namespace, scene: Any) -> Any:
    """Read the files that the options name into a scene, and make the request of them.

    :raises InputError: a file cannot be read or does not hold what it should.
    """
    from vtk import vtkObject

    from ..evaluation.evaluation_request import EvaluationRequest
    from ..mrml.files import read_landmarks, read_mask, read_transform, read_volume

    if not options.debug:
        vtkObject.GlobalWarningDisplayOff()  # readers print C++ messages; the errors raised here say it in words
    refuse_same_file(options)
    nodes: dict[str, Any] = {"transform": read_transform(scene, options.transform, "transform")}
    for role in ROLES:
        nodes[role] = read_volume(scene, getattr(options, role), role)
        landmarks = getattr(options, f"{role}_landmarks")
        nodes[f"{role}_landmarks"] = None if landmarks is None else read_landmarks(scene, landmarks, role)
    is_file, exclude = options.fixed_mask not in REGIONS, options.fixed_exclude
    return EvaluationRequest(
        **nodes,
        **read_structure_files(options, scene),
        check_labels=split_labels(options.check_labels),
        drive_labels=driving_labels(options.drive_labels),
        skip_unusable_landmarks=options.skip_unusable_landmarks,
        mask=read_mask(scene, Path(options.fixed_mask), "fixed") if is_file else options.fixed_mask,
        exclude=None if exclude is None else read_mask(scene, exclude, "fixed"),
        tolerance_mm=options.tolerance_mm,
        placing_sd_mm=options.placing_sd_mm,
        with_jacobian_map=options.output_jacobian is not None,
    )


def driving_labels(given: list[str]) -> Any:
    """The labels of the option, or "all".

    >>> driving_labels(["1,2"]), driving_labels(["all"])
    (('1', '2'), 'all')
    """
    labels = split_labels(given)
    return ALL if labels == (ALL,) else labels


def evaluation_inputs(options: argparse.Namespace) -> list[Path | None]:
    """Everything that an evaluation reads and that must not be written over."""
    inputs = [options.transform, options.fixed, options.moving, options.fixed_exclude]
    for role in ROLES:
        inputs += [getattr(options, f"{role}_landmarks"), getattr(options, f"{role}_segmentation")]
    return [*inputs, *([Path(options.fixed_mask)] if options.fixed_mask not in REGIONS else [])]


def notes_of_evaluation(options: argparse.Namespace) -> ReportNotes:
    """The command and what was chosen, for a report; here files without their folders, which name people."""
    from ..evaluation.report_notes import ReportNotes

    roles = "none is named, so that all pairs check"
    if options.check_labels:
        roles = f"check: {', '.join(split_labels(options.check_labels))}"
    elif options.drive_labels:
        roles = f"drive: {', '.join(split_labels(options.drive_labels))}"
    structures = "; ".join(f"{fixed} = {moving}" for fixed, moving in options.structures)
    tolerance = "voxel size of the fixed volume" if options.tolerance_mm is None else f"{options.tolerance_mm:g} mm"
    settings = [("Transform", options.transform.name), ("Fixed volume", options.fixed.name)]
    settings += [("Moving volume", options.moving.name)]
    if options.fixed_landmarks is not None and options.moving_landmarks is not None:
        settings.append(("Landmarks", f"{options.fixed_landmarks.name} and {options.moving_landmarks.name}"))
        settings.append(("Roles of landmarks", roles))
    if options.fixed_segmentation is not None and options.moving_segmentation is not None:
        settings.append(("Segmentations", f"{options.fixed_segmentation.name} and {options.moving_segmentation.name}"))
        settings.append(("Structures", structures or "all of the same name"))
    mask = options.fixed_mask if options.fixed_mask in REGIONS else Path(options.fixed_mask).name
    excluded = [] if options.fixed_exclude is None else [("Excluded", options.fixed_exclude.name)]
    settings += [("Region", mask), *excluded, ("Tolerance", tolerance)]
    return ReportNotes(settings=tuple(settings), commands=(command_line(options.words),))
