"""The kinds of stages in words, and the transforms of elastix that each of them stands for."""

from __future__ import annotations

from ..elastix.parameter_file import ParameterFile

STAGE_KINDS = {
    "translation": ("TranslationTransform",),
    "rigid": ("EulerTransform",),
    "similarity": ("SimilarityTransform",),
    "affine": ("AffineTransform", "AdvancedAffineTransform", "AffineDTITransform", "AffineLogTransform"),
    "bspline": ("BSplineTransform", "RecursiveBSplineTransform", "BSplineTransformWithDiffusion"),
}


def kind_of_transform(transform: str) -> str:
    """The kind of a stage with a transform, as elastix calls it; empty if there is no word for it.

    >>> kind_of_transform("EulerTransform"), kind_of_transform("SplineKernelTransform")
    ('rigid', '')
    """
    return next((kind for kind, transforms in STAGE_KINDS.items() if transform in transforms), "")


def kind_of_stage(file: ParameterFile) -> str:
    """The word for a stage, or its transform as elastix calls it where there is none.

    >>> kind_of_stage(ParameterFile.parse('(Transform "EulerTransform")'))
    'rigid'
    """
    transform = file.first("Transform", "")
    return kind_of_transform(transform) or transform
