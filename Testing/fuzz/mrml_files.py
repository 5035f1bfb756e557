"""What targets share that feed the native readers of MRML: the first line of an input is the ending of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import slicer
import vtk

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.mrml.files import write_volume
from phantoms import add_volume

from .checks import FindingError, confined_to, fresh_folder

Node = TypeVar("Node")

vtk.vtkObject.GlobalWarningDisplayOff()
slicer.vtkSegmentation  # noqa: B018  - loads the factories that the readers need


@contextmanager
def one_file(data: bytes, endings: tuple[str, ...]) -> Iterator[tuple[Any, Path]]:
    """A scene, and a file that holds everything behind the first line."""
    first, _, content = data.partition(b"\n")
    ending = first.decode("latin-1")
    path = fresh_folder("mrml") / f"data{ending if ending in endings else endings[len(first) % len(endings)]}"
    path.write_bytes(content)
    scene = slicer.vtkMRMLScene()
    try:
        with confined_to(path.parent):
            yield scene, path
    finally:
        scene.Clear(True)


def read_into(scene: Any, read: Callable[..., Node], *given: Any) -> Node:
    """What a reader makes of a file; one that fails leaves no node."""
    before = scene.GetNumberOfNodes()
    try:
        return read(scene, *given)
    except ElastixPlusError as error:
        if scene.GetNumberOfNodes() != before:
            raise FindingError(f"{scene.GetNumberOfNodes() - before} nodes were left") from error
        raise


def volume_seed(ending: str, voxels: Any, node_class: str = "vtkMRMLScalarVolumeNode") -> bytes:
    """A volume as the library writes it, behind its ending."""
    path = fresh_folder("seed") / f"seed{ending}"
    scene = slicer.vtkMRMLScene()
    write_volume(add_volume(scene, voxels, np.diag([2.0, 3.0, 4.0, 1.0]), "seed", node_class), path)
    return ending.encode() + b"\n" + path.read_bytes()


def stored_seed(ending: str, storage: Any, node: Any, after: Callable[[bytes], bytes] = bytes) -> bytes:
    """A node as its storage node writes it, behind its ending."""
    path = fresh_folder("seed") / f"seed{ending}"
    storage.SetFileName(str(path))
    if not storage.WriteData(node):
        raise RuntimeError(f"no seed {ending} could be made")
    return ending.encode() + b"\n" + after(path.read_bytes())
