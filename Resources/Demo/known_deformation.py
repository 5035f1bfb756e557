"""A strong deformation that is known exactly: where every place of the fixed brain lies in the moving volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MOST_STEPS = 300


@dataclass(frozen=True)
class KnownDeformation:
    """A rotation and a shift, and before them a warp of Gaussian bumps.

    The way from the moving to the fixed volume is a formula, so that the moving volume needs no inverse; the way back
    is found by iteration, which converges because the warp is nowhere steeper than 1 (see :meth:`steepness`).

    :param axis: the rotation's axis, right-handed in RAS; ``degrees`` its angle.
    :param center_ras: shape (3,), the point that the rotation keeps.
    :param shift_mm: shape (3,), where that point goes.
    :param bump_centers_ras: shape (n, 3), in the fixed volume.
    :param bump_vectors_mm: shape (n, 3), the displacement at each centre.
    :param bump_widths_mm: shape (n,), standard deviation of each bump.
    """

    axis: FloatArray
    degrees: float
    center_ras: FloatArray
    shift_mm: FloatArray
    bump_centers_ras: FloatArray
    bump_vectors_mm: FloatArray
    bump_widths_mm: FloatArray

    @property
    def rotation(self) -> FloatArray:
        """The rotation from fixed to moving, shape (3, 3); Rodrigues' formula."""
        x, y, z = self.axis / np.linalg.norm(self.axis)
        cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        angle = np.radians(self.degrees)
        return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross

    def to_fixed(self, moving_ras: FloatArray) -> FloatArray:
        """The places of the fixed volume that lie at places of the moving one; shape (n, 3), RAS millimetres."""
        unturned = (moving_ras - self.center_ras - self.shift_mm) @ self.rotation + self.center_ras
        return unturned + self._bumps(unturned) @ self.bump_vectors_mm

    def to_moving(self, fixed_ras: FloatArray, within_mm: float = 1e-9) -> FloatArray:
        """Where places of the fixed volume lie in the moving one; shape (n, 3), RAS millimetres.

        :param within_mm: the iteration ends when its steps are smaller.
        :raises ArithmeticError: it does not end, so the deformation cannot be inverted there.
        """
        unturned = np.array(fixed_ras, dtype=np.float64)
        for _ in range(_MOST_STEPS):
            better = fixed_ras - self._bumps(unturned) @ self.bump_vectors_mm
            step_mm = np.abs(better - unturned).max()
            unturned = better
            if step_mm < within_mm:
                return (unturned - self.center_ras) @ self.rotation.T + self.center_ras + self.shift_mm
        raise ArithmeticError("The deformation cannot be inverted by iteration: a bump is too steep.")

    def volume_change(self, moving_ras: FloatArray) -> FloatArray:
        """Determinant of the Jacobian of :meth:`to_fixed`, shape (n,): above 0 where nothing folds."""
        determinants: FloatArray = np.linalg.det(np.eye(3) + self._warp_gradient(moving_ras))
        return determinants

    def steepness(self, moving_ras: FloatArray) -> FloatArray:
        """Largest singular value of the warp's gradient, shape (n,): below 1 everywhere means one-to-one."""
        largest: FloatArray = np.linalg.norm(self._warp_gradient(moving_ras), ord=2, axis=(1, 2))
        return largest

    def _bumps(self, unturned_ras: FloatArray) -> FloatArray:
        """Height of every bump at every place, shape (n, bumps); |y - c|^2 is multiplied out to save memory."""
        centers = self.bump_centers_ras
        squared = (unturned_ras**2).sum(axis=1)[:, None] - 2.0 * unturned_ras @ centers.T + (centers**2).sum(axis=1)
        heights: FloatArray = np.exp(squared / (-2.0 * self.bump_widths_mm**2))
        return heights

    def _warp_gradient(self, moving_ras: FloatArray) -> FloatArray:
        """Gradient of the warp, shape (n, 3, 3): rows are components, columns directions."""
        unturned = (moving_ras - self.center_ras - self.shift_mm) @ self.rotation + self.center_ras
        slopes = self._bumps(unturned) / -(self.bump_widths_mm**2)
        offsets = unturned[:, None, :] - self.bump_centers_ras
        gradient: FloatArray = np.einsum("nb,bi,nbj->nij", slopes, self.bump_vectors_mm, offsets)
        return gradient


def demo_deformation() -> KnownDeformation:
    """The deformation of the demo: 75 degrees, 19 mm, and a warp of up to 17 mm, different on the left and right."""
    bumps = np.array(
        [  # centre (RAS)    displacement in mm   width
            [-40, 30, 10, 10.4, -13.4, 2.2, 28],
            [35, 25, 40, 12.4, 9.9, 4.7, 30],
            [45, -45, 0, -13.4, 1.1, -8.4, 28],
            [-30, -70, 20, -3.2, -7.4, -13.8, 30],
            [0, -20, 55, 8.9, -10.9, -3.3, 26],
            [-20, 0, -25, -4.2, 12.3, 6.4, 28],
            [30, -20, -10, 8.2, 9.1, 3.9, 28],
        ],
        dtype=np.float64,
    )
    return KnownDeformation(
        axis=np.array([0.25, -0.3, 1.0]),
        degrees=75.0,
        center_ras=np.array([0.0, -18.0, 5.0]),
        shift_mm=np.array([4.0, -10.0, 16.0]),
        bump_centers_ras=bumps[:, :3],
        bump_vectors_mm=bumps[:, 3:6],
        bump_widths_mm=bumps[:, 6],
    )
