"""One registration as often as is wanted, and everything that it leaves, as checksums: what is the same is equal.

Also a program, for runs in another process::

    python -m repeated_runs FOLDER "linear|auto|2" "bent|itk|1"
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from ElastixPlusLib import RegistrationRequest, RegistrationResult, register
from ElastixPlusLib.mrml.files import write_transform, write_volume
from ElastixPlusLib.mrml.transform_numbers import transform_numbers
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.record.digests import digest_of_arrays
from phantoms import add_anatomy, add_points, add_volume, grid_matrix, random_points_inside, rotation_about, shift
from quick_stages import spline, stage

SIZE, SPACING_MM = (28, 26, 24), (2.5, 2.4, 2.6)
MOVED_BY = shift(2.0, 1.0, -1.0) @ rotation_about((1, 2, 3), 4.0)
STAGES = {"linear": (stage("AffineTransform"),), "bent": (stage("EulerTransform"), spline())}


def guided_request(scene: slicer.vtkMRMLScene, kind: str, folder: Path) -> RegistrationRequest:
    """A registration of a made-up pair.

    :param kind: "linear": the volumes alone; "bent": a B-spline with masks and landmarks.
    :param folder: empty, for all files.
    """
    files = tuple(folder / f"stage{number}.txt" for number in range(len(STAGES[kind])))
    for file, text in zip(files, STAGES[kind], strict=True):
        file.write_text(text)
    fixed = add_anatomy(scene, SIZE, SPACING_MM, name="fixed")
    moving = add_anatomy(scene, SIZE, SPACING_MM, moved_by=MOVED_BY, name="moving")
    request = RegistrationRequest(
        fixed, moving, parameter_files=files, output_volume=True, threads=1, seed=7,
        workspace=folder, keep_workspace=True,
    )  # fmt: skip
    if kind == "linear":
        return request
    inside = np.zeros(SIZE[::-1], dtype=np.uint8)
    inside[3:-2, 2:-3, 3:-3] = 1
    mask = add_volume(scene, inside, grid_matrix(SIZE, SPACING_MM), "mask", "vtkMRMLLabelMapVolumeNode")
    points = random_points_inside(fixed, 8) * 0.5
    return replace(
        request,
        fixed_mask=mask,
        moving_mask=mask,
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, points @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]),
    )


def checksums(result: RegistrationResult) -> dict[str, str]:
    """A checksum of everything that a run has read, written and put into the scene; the run folder has to be kept."""
    folder = result.workspace
    assert folder is not None
    assert result.record is not None
    assert result.record.result is not None
    saved = folder / "saved"
    saved.mkdir()
    write_transform(result.transform, saved / "transform.tfm")
    write_volume(result.volume, saved / "volume.nrrd")
    found: dict[str, str] = {
        "record": result.record.result.sha256,
        "transform node": digest_of_arrays(*transform_numbers(result.transform.GetTransformFromParent())),
        "output voxels": digest_of_arrays(voxel_array(result.volume.GetImageData())),
    }
    files = [
        *folder.glob("*.mha"),
        *folder.glob("*.txt"),
        *folder.glob("result/TransformParameters.*"),
        *saved.iterdir(),
    ]
    for file in files:
        if file.name != "console.txt":  # has the times in it
            found[file.relative_to(folder).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def run_checksums(folder: Path, kind: str, engine: str, threads: int, **changes: Any) -> dict[str, str]:
    """Make the pair, register it, and take the checksums; everything is removed again.

    :param changes: of the request.
    """
    scene = slicer.vtkMRMLScene()
    folder.mkdir(parents=True)
    try:
        request = replace(guided_request(scene, kind, folder), engine=engine, threads=threads, **changes)
        return checksums(register(request))
    finally:
        shutil.rmtree(folder)


def main(folder: str, *runs: str) -> None:
    found = {}
    for name in runs:
        kind, engine, threads = name.split("|")
        found[name] = run_checksums(Path(folder) / kind, kind, engine, int(threads))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
