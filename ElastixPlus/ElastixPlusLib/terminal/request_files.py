"""From the options of the command line to a request whose nodes hold what the files say."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InitialTransformError, MaskError, VolumeError
from .argument_groups import ROLES, split_labels
from .endings import START_ENDINGS

STARTS = ("auto", "none", "centers", "gravity", "landmarks", "landmarks-similarity", "landmarks-affine")
AUTOMATIC_MASKS = ("body", "field-of-view")
RECORDED_FILES = (
    *("fixed", "moving", "further_fixed", "further_moving", "fixed_landmarks", "moving_landmarks"),
    *("fixed_mask", "moving_mask", "fixed_exclude", "moving_exclude", "initial"),
)


def read_request(options: argparse.Namespace, scene: Any) -> Any:
    """Read the files that the options name into a scene, and make the request of them.

    :raises InputError: a file cannot be read or does not hold what it should.
    """
    from vtk import vtkObject

    from ..mrml.files import read_landmarks, read_mask, read_volume
    from ..request import RegistrationRequest

    if not options.debug:
        vtkObject.GlobalWarningDisplayOff()  # readers print C++ messages; the errors raised here say it in words
    refuse_same_file(options)
    _check_overrides(options)
    nodes: dict[str, Any] = {role: read_volume(scene, getattr(options, role), role) for role in ROLES}
    for role in ROLES:
        further = getattr(options, f"further_{role}")
        nodes[f"further_{role}"] = tuple(read_volume(scene, file, f"further {role}") for file in further)
        landmarks, mask, exclude = (getattr(options, f"{role}_{what}") for what in ("landmarks", "mask", "exclude"))
        nodes[f"{role}_landmarks"] = None if landmarks is None else read_landmarks(scene, landmarks, role)
        is_file = mask is not None and mask not in AUTOMATIC_MASKS
        nodes[f"{role}_mask"] = read_mask(scene, Path(mask), role) if is_file else mask
        nodes[f"{role}_exclude"] = None if exclude is None else read_mask(scene, exclude, role)
    initial = options.initial if options.initial in STARTS else _read_start(scene, Path(options.initial))
    return RegistrationRequest(
        **nodes,
        initial=initial,
        preset=options.preset,
        parameter_files=tuple(options.parameters or ()),
        overrides=tuple(options.overrides),
        check_labels=split_labels(options.check_labels),
        landmark_weight=options.landmark_weight,
        skip_unusable_landmarks=options.skip_unusable_landmarks,
        mask_edge=options.mask_edge,
        mask_margin_mm=options.mask_margin,
        crop=options.crop,
        despite_findings=options.force,
        engine=options.engine,
        threads=options.threads,
        seed=options.seed,
        input_files=_files_by_field(options),
    )


def _files_by_field(options: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """Where the nodes were read from, for the record of the run."""
    files: dict[str, tuple[str, ...]] = {}
    for name in RECORDED_FILES:
        given = getattr(options, name)
        several = given if isinstance(given, list) else [given]
        is_word = given in AUTOMATIC_MASKS or (name == "initial" and given in STARTS)
        if given is not None and not is_word:
            files[name] = tuple(str(Path(one).absolute()) for one in several)
    return files


def _check_overrides(options: argparse.Namespace) -> None:
    """Find a change that cannot be made before the volumes are read, which may take long.

    :raises InputError: there is one, or the parameter files cannot be read.
    """
    from ..elastix.parameter_file import ParameterFile
    from ..presets.library import find_preset
    from ..presets.overrides import parse_override, with_overrides

    if options.overrides:
        overrides = [parse_override(text) for text in options.overrides]
        own = [ParameterFile.read(path) for path in options.parameters or ()]
        with_overrides(own or find_preset(options.preset).parameter_files(), overrides)


def refuse_same_file(options: argparse.Namespace) -> None:
    """Two volumes are needed.

    :raises VolumeError: there is only one.
    """
    if options.fixed.resolve() == options.moving.resolve():
        raise VolumeError("The fixed and the moving volume are the same file.", "Choose two different volumes.")


def read_structure_files(options: argparse.Namespace, scene: Any) -> dict[str, Any]:
    """Read what is drawn in the volumes, as fields of an evaluation's request.

    :raises InputError: a file cannot be read.
    """
    from ..mrml.files import read_structures

    files = {role: getattr(options, f"{role}_segmentation") for role in ROLES}
    missing = [role for role, file in files.items() if file is None]
    if len(missing) == 1:
        raise MaskError(
            f"The {missing[0]} segmentation is missing: structures can only be compared if both volumes have them.",
            f"Give --{missing[0]}-segmentation, too, or leave out the other one.",
        )
    if missing and options.structures:
        raise MaskError(
            "Structures are named, but there are no segmentations.",
            "Give --fixed-segmentation and --moving-segmentation, or leave out --structures.",
        )
    nodes = {
        f"{role}_structures": None if file is None else read_structures(scene, file, role)
        for role, file in files.items()
    }
    return {**nodes, "structure_pairs": tuple(options.structures)}


def check_structure_names(structures: Mapping[str, Any]) -> None:
    """Find out before a registration takes its time whether the structures that are to be compared exist.

    :param structures: as :func:`read_structure_files` returns them.
    :raises MaskError: one does not, or there is nothing to compare.
    """
    from ..evaluation.structure_names import paired, structures_steps
    from ..steps import run_to_end

    if structures["fixed_structures"] is not None:
        known = [run_to_end(structures_steps(structures[f"{role}_structures"], role)) for role in ROLES]
        paired(known[0], known[1], structures["structure_pairs"])


def _read_start(scene: Any, path: Path) -> Any:
    """Read a transform to start from; a volume would be taken for a displacement field."""
    from ..mrml.files import read_transform

    if os.path.isfile(path) and not path.name.lower().endswith(START_ENDINGS):
        raise InitialTransformError(
            f"The initial transform {path.name} has an ending that is not read.",
            f"Save it from 3D Slicer as one of {', '.join(START_ENDINGS)}.",
        )
    return read_transform(scene, path)


def input_files(options: argparse.Namespace) -> list[Path | None]:
    """Everything that a registration reads and that must not be written over."""
    inputs = [options.fixed_segmentation, options.moving_segmentation]
    inputs += [options.fixed, options.moving, options.fixed_landmarks, options.moving_landmarks, Path(options.initial)]
    inputs += [*options.further_fixed, *options.further_moving]
    inputs += [Path(mask) for mask in (options.fixed_mask, options.moving_mask) if mask is not None]
    return [*inputs, options.fixed_exclude, options.moving_exclude, *(options.parameters or ())]
