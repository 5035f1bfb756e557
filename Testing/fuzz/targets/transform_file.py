"""What elastix leaves as its result: transform files that refer to each other."""

from __future__ import annotations

import numpy as np

from ElastixPlusLib.elastix.transform_file import (
    BSplineStep,
    LinearStep,
    field_text,
    linear_text,
    read_transform_chain,
)

from ..checks import FindingError, confined_to, fresh_folder
from .preset_folder import SEPARATOR

TOKENS = (
    SEPARATOR,
    b'(Transform "EulerTransform")', b'(Transform "BSplineTransform")', b"(TransformParameters ", b"(GridSize ",
    b'(Transform "SimilarityTransform")', b"(GridSpacing ", b"(GridOrigin ", b"(GridIndex ", b"(GridDirection ",
    b"(CenterOfRotationPoint ", b'"TransformParameters.0.txt"', b'"TransformParameters.1.txt"', b'"NoInitialTransform"',
    b'(InitialTransformParametersFileName "', b'(HowToCombineTransforms "Add")', b'"../secret.txt"',
    b'(UseBinaryFormatForTransformationParameters "true")', b'(DeformationFieldFileName "',
)  # fmt: skip
_LARGEST_PART = 8


def seeds() -> list[bytes]:
    """The last file first, then those that it builds on."""
    common = '(InitialTransformParametersFileName "{}")\n(HowToCombineTransforms "Compose")\n(FixedImageDimension 3)\n'
    first, later = common.format("NoInitialTransform"), common.format("TransformParameters.1.txt")
    euler = '(Transform "EulerTransform")\n(TransformParameters 0.1 0.2 0.3 1 2 3)\n(CenterOfRotationPoint 1 2 3)\n'
    similarity = (
        '(Transform "SimilarityTransform")\n(TransformParameters 0 0 0.1 1 2 3 1.1)\n(CenterOfRotationPoint 1 2 3)\n'
    )
    grid = "(GridSize 2 2 2)\n(GridIndex 0 0 0)\n(GridSpacing 9 9 9)\n(GridOrigin 0 0 0)\n"
    grid += "(GridDirection 1 0 0 0 1 0 0 0 1)\n"
    numbers = " ".join(map(str, range(24)))
    spline = f'(Transform "BSplineTransform")\n(TransformParameters {numbers})\n(BSplineTransformSplineOrder 3)\n{grid}'
    circle = common.format("TransformParameters.0.txt")
    parts = [
        [euler + first],
        [spline + later, similarity + first],
        [euler + circle],
        [linear_text(np.eye(4))],
        [field_text("f.mha")],
    ]
    return [SEPARATOR.decode().join(one).encode() for one in parts]


def one_input(data: bytes) -> None:
    """Follow the chain; what is read is finite, no larger than its file, and from its folder."""
    outer = fresh_folder("transforms")
    (outer / "secret.txt").write_bytes(linear_text(np.eye(4)).encode())
    folder = outer / "run"
    folder.mkdir()
    for number, part in enumerate(data.split(SEPARATOR)[:_LARGEST_PART]):
        (folder / f"TransformParameters.{number}.txt").write_bytes(part)
    (folder / "TransformParameters.0.txt.dat").write_bytes(data[:96])
    with confined_to(folder):
        chain = read_transform_chain(folder / "TransformParameters.0.txt", folder)
    for step in chain.steps:
        if isinstance(step, LinearStep) and not np.isfinite(step.matrix_lps).all():
            raise FindingError(f"a matrix that is not finite: {step.matrix_lps}")
        if isinstance(step, BSplineStep) and not _is_sound(step, len(data)):
            raise FindingError(f"a spline that is not finite, or larger than its file: {step.coefficients_lps.shape}")


def _is_sound(step: BSplineStep, size: int) -> bool:
    numbers = (step.coefficients_lps, step.origin_lps, step.spacing_mm, step.direction_lps)
    return step.coefficients_lps.size <= size and all(np.isfinite(array).all() for array in numbers)
