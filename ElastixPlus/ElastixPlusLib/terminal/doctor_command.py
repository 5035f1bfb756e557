"""``elastixplus doctor``: which elastix is used, what it can do, and the proof that it works."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from importlib import import_module
from typing import Any

from ..elastix.engine import Engine, find_engine
from ..errors import ElastixFailedError
from .interrupts import Interrupts
from .streams import put_out

_SHIFT_MM = (3.0, -2.0, 4.0)
_GOOD_ENOUGH_MM = 0.5
_EDGE = 40


def run_doctor(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command.

    :raises ElastixPlusError: no engine, or the proof failed.
    """
    engine = find_engine(options.engine)
    put_out(engine_description(engine))
    with interrupts.deferred():
        import_module("slicer")
    error_mm, seconds = prove(options.engine)
    if error_mm > _GOOD_ENOUGH_MM:
        raise ElastixFailedError(
            f"A known shift of {_EDGE} mm volumes was missed by {error_mm:.2f} mm.",
            "This engine cannot be trusted; install another one and name it with --engine PATH.",
        )
    put_out(f"Proof      a known shift was found to {error_mm:.3f} mm in {seconds:.1f} s\n")
    return 0


def prove(engine: str) -> tuple[float, float]:
    """Register a tiny made-up pair of volumes whose shift is known.

    :param engine: as in a request.
    :returns: how far the result is off, in mm, and the seconds it took.
    :raises ElastixPlusError: the run failed.
    """
    from slicer import vtkMRMLScene

    from ..registration import register
    from ..request import RegistrationRequest

    scene = vtkMRMLScene()
    fixed, moving = _ball(scene, (0.0, 0.0, 0.0)), _ball(scene, _SHIFT_MM)
    result = register(RegistrationRequest(fixed, moving, preset="rigid", engine=engine))
    found = result.transform.GetTransformFromParent().TransformPoint(0.0, 0.0, 0.0)
    error_mm = sum((is_mm - should_mm) ** 2 for is_mm, should_mm in zip(found, _SHIFT_MM, strict=True)) ** 0.5
    return error_mm, result.seconds.total


def engine_description(engine: Engine) -> str:
    """An engine in lines: which, where, what it can do, and what was passed over for it."""
    lines = [
        f"Engine     {engine.name} {engine.version}"
        + (f" (elastix {engine.elastix_version})" if engine.version != engine.elastix_version else ""),
        f"Path       {engine.path}",
        f"Transformix {'yes' if engine.transformix_command else 'missing beside this elastix'}",
    ]
    for name, value in asdict(engine.capabilities).items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        lines.append(f"  {name.replace('_', ' ')}: {shown}")
    lines += [f"Passed over  {reason}" for reason in engine.passed_over]
    return "\n".join(lines) + "\n"


def _ball(scene: Any, center_ras: tuple[float, float, float]) -> Any:
    """A soft, lopsided ball: its shift can be found, and it has no second position that looks the same."""
    import numpy as np
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    k, j, i = np.indices((_EDGE, _EDGE, _EDGE)) - (_EDGE - 1) / 2
    x, y, z = i - center_ras[0], j - center_ras[1], k - center_ras[2]
    voxels = 200 * np.exp(-(x**2 / 90 + y**2 / 50 + z**2 / 130)) + 120 * np.exp(
        -((x - 7) ** 2 + (y - 4) ** 2 + z**2) / 12
    )
    image = vtk.vtkImageData()
    image.SetDimensions(_EDGE, _EDGE, _EDGE)
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.astype(np.int16).ravel(), deep=True))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "ball")
    node.SetAndObserveImageData(image)
    node.SetOrigin(*(3 * (-(_EDGE - 1) / 2,)))
    return node
