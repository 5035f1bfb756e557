"""How many numbers a transform of each kind has, as ITK writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence

_PARAMETERS_OF_KIND = {
    "IdentityTransform": ((0, 0),),
    "TranslationTransform": ((3, 0),),
    **dict.fromkeys(("ScaleTransform", "ScaleLogarithmicTransform", "VersorTransform"), ((3, 3), (3, 4))),
    **dict.fromkeys(("Euler3DTransform", "VersorRigid3DTransform"), ((6, 3), (6, 4))),
    **dict.fromkeys(("Similarity3DTransform", "QuaternionRigidTransform"), ((7, 3), (7, 4))),
    **dict.fromkeys(("CenteredEuler3DTransform", "ScaleVersor3DTransform"), ((9, 3), (9, 4), (9, 0))),
    **dict.fromkeys(
        (
            "AffineTransform",
            "ComposeScaleSkewVersor3DTransform",
            "FixedCenterOfRotationAffineTransform",
            "MatrixOffsetTransformBase",
            "Rigid3DTransform",
            "ScalableAffineTransform",
        ),
        ((12, 3), (12, 4)),
    ),
    **dict.fromkeys(("CenteredAffineTransform", "ScaleSkewVersor3DTransform"), ((15, 3), (15, 4), (15, 0))),
}
_KINDS_WITH_GRID = {
    "BSplineTransform",
    "BSplineDeformableTransform",
    "DisplacementFieldTransform",
    "GaussianSmoothingOnUpdateDisplacementFieldTransform",
    "BSplineSmoothingOnUpdateDisplacementFieldTransform",
}
_GRID_NUMBERS = 18  # size, origin, spacing and direction of a grid in three dimensions


def is_complete(kind: str, parameter_count: int, fixed: Sequence[float]) -> bool:
    """Whether a transform has all the numbers that one of its kind has; its reader crashes where some are missing.

    :param kind: with the dimensions behind it, which have to be 3 and 3, such as ``AffineTransform_double_3_3``.
    :param fixed: the fixed parameters, which have to be finite.

    >>> is_complete("AffineTransform_double_3_3", 12, (0.0, 0.0, 0.0))
    True
    >>> is_complete("AffineTransform_double_2_2", 12, (0.0, 0.0, 0.0))
    False
    """
    name, _, rest = kind.partition("_")
    if not rest.endswith("3_3") or not all(map(math.isfinite, fixed)):
        return False
    name = name.removeprefix("Inverse")  # as MRML writes what leads the other way
    if name in _PARAMETERS_OF_KIND:
        return (parameter_count, len(fixed)) in _PARAMETERS_OF_KIND[name]
    if name.endswith("KernelTransform"):  # landmarks, and where they go
        return parameter_count == len(fixed) > 0 == parameter_count % 3
    size = fixed[:3]
    is_grid = name in _KINDS_WITH_GRID and len(fixed) == _GRID_NUMBERS
    return is_grid and all(one >= 1 and one == int(one) for one in size) and parameter_count == 3 * math.prod(size)
