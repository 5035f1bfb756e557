"""From the options of the command line to a request whose nodes hold what the files say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import InitialTransformError, VolumeError
from .endings import START_ENDINGS

STARTS = ("auto", "none", "centers", "gravity", "landmarks", "landmarks-similarity", "landmarks-affine")
AUTOMATIC_MASKS = ("body", "field-of-view")


def read_request(options: argparse.Namespace, scene: Any) -> Any:
    """Read the files that the options name into a scene, and make the request of them.

    :raises InputError: a file cannot be read or does not hold what it should.
    """
    from vtk import vtkObject

    from ..mrml.files import read_landmarks, read_mask, read_volume
    from ..request import RegistrationRequest

    if not options.debug:
        vtkObject.GlobalWarningDisplayOff()  # readers print C++ messages; the errors raised here say it in words
    if options.fixed.resolve() == options.moving.resolve():
        raise VolumeError("The fixed and the moving volume are the same file.", "Choose two different volumes.")
    nodes: dict[str, Any] = {
        "fixed": read_volume(scene, options.fixed, "fixed"),
        "moving": read_volume(scene, options.moving, "moving"),
    }
    for role in ("fixed", "moving"):
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
        check_labels=_check_labels(options.check_labels),
        landmark_weight=options.landmark_weight,
        skip_unusable_landmarks=options.skip_unusable_landmarks,
        mask_edge=options.mask_edge,
        mask_margin_mm=options.mask_margin,
        crop=options.crop,
        despite_findings=options.force,
        engine=options.engine,
        threads=options.threads,
        seed=options.seed,
    )


def _read_start(scene: Any, path: Path) -> Any:
    """Read a transform to start from; a volume would be taken for a displacement field."""
    from ..mrml.files import read_transform

    if path.is_file() and not path.name.lower().endswith(START_ENDINGS):
        raise InitialTransformError(
            f"The initial transform {path.name} has an ending that is not read.",
            f"Save it from 3D Slicer as one of {', '.join(START_ENDINGS)}.",
        )
    return read_transform(scene, path)


def _check_labels(given: list[str]) -> tuple[str, ...]:
    """All labels of all repetitions of the option, each once."""
    labels = [label.strip() for text in given for label in text.split(",")]
    return tuple(dict.fromkeys(label for label in labels if label))


def input_files(options: argparse.Namespace) -> list[Path | None]:
    """Everything that is read and must not be written over."""
    inputs = [options.fixed, options.moving, options.fixed_landmarks, options.moving_landmarks, Path(options.initial)]
    inputs += [Path(mask) for mask in (options.fixed_mask, options.moving_mask) if mask is not None]
    return [*inputs, options.fixed_exclude, options.moving_exclude, *(options.parameters or ())]
