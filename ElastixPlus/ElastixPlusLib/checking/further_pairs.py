"""Further pairs of volumes that are registered together with the first one, as with other contrasts of an MR study."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..elastix.mask_sampler import mask_ends
from ..errors import VolumeError
from ..grid import Grid
from ..guidance.findings import Finding, Severity
from ..mrml.volumes import WorldVolume, check_volume, value_check_steps, volume_in_scene, world_volume_steps
from ..request import RegistrationRequest
from ..steps import Steps
from .mask_preparation import ROLES, Role

_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_LATTICE_POINTS_PER_AXIS = 16
_LITTLE = 0.25  # of the first volume that a further one shows


@dataclass(frozen=True)
class FurtherPairs:
    """The volumes of all pairs but the first one, where they lie in the world.

    :param fixed: one per pair; ``moving`` likewise.
    """

    fixed: tuple[WorldVolume, ...] = ()
    moving: tuple[WorldVolume, ...] = ()

    @property
    def fixed_grids(self) -> tuple[Grid, ...]:
        """The voxels of the fixed volumes; ``moving_grids`` likewise."""
        return tuple(volume.grid for volume in self.fixed)

    @property
    def moving_grids(self) -> tuple[Grid, ...]:
        """The voxels of the moving volumes."""
        return tuple(volume.grid for volume in self.moving)


def check_further_volumes(request: RegistrationRequest) -> None:
    """Refuse further volumes that make no pairs.

    :raises VolumeError: there are more of one side, one is no volume, is in another scene, or is given twice.
    """
    fixed, moving = request.further_fixed, request.further_moving
    if len(fixed) != len(moving):
        raise VolumeError(
            f"There are {len(fixed)} further fixed and {len(moving)} further moving volumes, which make no pairs.",
            "Give one further moving volume for each further fixed one, in the same order.",
        )
    for role in ROLES:
        first = getattr(request, role)
        for index, node in enumerate(getattr(request, f"further_{role}")):
            check_volume(node, named(role, index))
            if node.GetScene() is not first.GetScene():
                raise VolumeError(
                    f"The {named(role, index)} volume is not in the scene of the first one.",
                    "Add all volumes to one scene and try again.",
                )
    _require_different_pairs(request)


def _require_different_pairs(request: RegistrationRequest) -> None:
    """A volume may be in two pairs, as a CT that is compared with two contrasts of MR; the same two volumes may not."""
    pairs = [(request.fixed, request.moving), *zip(request.further_fixed, request.further_moving, strict=True)]
    for index, (fixed, moving) in enumerate(pairs):
        if fixed is moving or (fixed, moving) in pairs[:index]:
            names = f"{fixed.GetName()} and {moving.GetName()}"
            what = "is the same volume twice" if fixed is moving else f"({names}) is given twice"
            remedy = "Give another contrast of the same anatomy in each further pair, or leave it out."
            raise VolumeError(f"The {named('pair', index - 1)} {what}.", remedy)


def further_pair_steps(request: RegistrationRequest) -> Steps[FurtherPairs]:
    """Take the further volumes out of the scene, each under its own parent transforms, in pieces of about 30 ms.

    :raises VolumeError: one cannot be registered.
    """
    taken: dict[Role, list[WorldVolume]] = {"fixed": [], "moving": []}
    for role in ROLES:
        for index, node in enumerate(getattr(request, f"further_{role}")):
            volume = volume_in_scene(node, request.output_transform)
            yield from value_check_steps(volume, named(role, index))
            taken[role].append((yield from world_volume_steps(volume)))
    return FurtherPairs(tuple(taken["fixed"]), tuple(taken["moving"]))


def further_pair_findings(first: Sequence[Grid], further: FurtherPairs) -> list[Finding]:
    """Say which further volumes lie elsewhere than the first one of their side, which they have to show again.

    :param first: the voxels of the first fixed and of the first moving volume.
    """
    found = []
    for role, grid, others in zip(ROLES, first, (further.fixed_grids, further.moving_grids), strict=True):
        for index, other in enumerate(others):
            shared = shared_fraction(grid, other)
            if shared >= _LITTLE:
                continue
            severity: Severity = "warning" if shared > 0 else "error"
            what = f"The {named(role, index)} volume shows {100 * shared:.0f} % of what the first one shows."
            remedy = "Lay it on the first one, for example under a transform of its own, or leave this pair out."
            found.append(Finding("further-volume-elsewhere", severity, what, remedy))
    return found


def shared_fraction(grid: Grid, other: Grid) -> float:
    """Which part of a volume another one shows, too, on an even lattice over the first.

    >>> shared_fraction(Grid((10, 10, 10), np.eye(4)), Grid((10, 10, 10), np.diag([-1.0, 1, 1, 1])))
    0.0625
    """
    axes = [np.linspace(0, count - 1, _LATTICE_POINTS_PER_AXIS) for count in grid.dimensions]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return float(np.mean(other.outside_mm(grid.positions_ras(lattice)) == 0))


def box_share(mask: npt.NDArray[np.uint8], grid: Grid, others: Sequence[Grid]) -> float:
    """How much smaller the box around a mask is along the axes of its own grid than along those of others.

    elastix draws samples in the box along the axes of each fixed volume, of which the mask then fills less.

    :param mask: 0 and 1, shape (slices, rows, columns).
    :returns: from 0 to 1, the least of all.

    >>> box_share(np.ones((9, 9, 9), dtype=np.uint8), Grid((9, 9, 9), np.eye(4)), [Grid((5, 5, 5), 2 * np.eye(4))])
    1.0
    """
    ends = mask_ends(mask)
    if not ends:
        return 1.0
    corners = grid.positions_ras(np.array(list(itertools.product(*[(low - 0.5, high + 0.5) for low, high in ends]))))
    own_mm3 = math.prod(float((high - low + 1) * step) for (low, high), step in zip(ends, grid.spacing_mm, strict=True))
    boxes_mm3 = [float(np.prod(np.ptp(other.indices(corners), axis=0) * other.spacing_mm)) for other in others]
    return min([1.0, *(own_mm3 / max(box_mm3, own_mm3) for box_mm3 in boxes_mm3)])


def named(role: str, index: int) -> str:
    """What to call a further volume, or a further pair, in messages.

    >>> named("fixed", 0)
    'second fixed'
    """
    return f"{_ORDINALS[index]} {role}" if index < len(_ORDINALS) else f"{role} no. {index + 2}"
