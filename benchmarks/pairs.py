"""The volumes that are measured on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Pair:
    """Two volumes and, where there are any, their landmarks, as files."""

    title: str
    fixed: Path
    moving: Path
    fixed_landmarks: Path | None = None
    moving_landmarks: Path | None = None

    def options(self) -> list[str]:
        """The pair as the command line takes it."""
        words = ["--fixed", str(self.fixed), "--moving", str(self.moving)]
        if self.fixed_landmarks is not None:
            words += ["--fixed-landmarks", str(self.fixed_landmarks), "--moving-landmarks", str(self.moving_landmarks)]
        return words


def benchmark_pair(folder: Path) -> Pair:
    """The real brain pair at 1 mm if it is there, else the sample brain and a turned copy of it."""
    pair = shared_brain_pair()
    if pair is None:
        print("No real pair (ELASTIXPLUS_SHARED_DATA): measuring on the sample brain and a turned copy.")
        return turned_sample(folder)
    return pair


def shared_brain_pair() -> Pair | None:
    """The real brain pair at 1 mm, which is not part of the repository; None where it is missing."""
    given = os.environ.get("ELASTIXPLUS_SHARED_DATA")
    brain = (Path(given) if given else REPOSITORY.parent / "shared" / "data") / "brain"
    if not brain.is_dir():
        return None
    return Pair(
        "MNI152 and Colin27 at 1 mm",
        brain / "mni152_t1_1mm.nii.gz",
        brain / "colin27_t1_1mm.nii.gz",
        brain / "mni152_afids.fcsv",
        brain / "colin27_afids.fcsv",
    )


def turned_sample(folder: Path) -> Pair:
    import slicer
    import vtk

    from ElastixPlusLib.mrml.files import read_volume, write_volume

    fixed = REPOSITORY / "Resources" / "SampleData" / "icbm152_t1_2mm.nii.gz"
    scene = slicer.vtkMRMLScene()
    node = read_volume(scene, fixed, "moving")
    turn, matrix = vtk.vtkTransform(), vtk.vtkMatrix4x4()
    turn.RotateZ(8)
    turn.Translate(6, -4, 3)
    node.GetIJKToRASMatrix(matrix)
    vtk.vtkMatrix4x4.Multiply4x4(turn.GetMatrix(), matrix, matrix)
    node.SetIJKToRASMatrix(matrix)
    write_volume(node, folder / "turned.nii.gz")
    return Pair("ICBM152 at 2 mm and a turned copy", fixed, folder / "turned.nii.gz")
