"""Scenes that are saved to a folder, as Slicer does for its bundles, and read again."""

from __future__ import annotations

from pathlib import Path

import slicer


def saved_and_read(scene: slicer.vtkMRMLScene, folder: Path) -> slicer.vtkMRMLScene:
    """The scene as it comes back from its files; they lie in a new folder inside the given one."""
    bundle = folder / "bundle"
    bundle.mkdir()
    assert scene.SaveSceneToSlicerDataBundleDirectory(str(bundle))
    read = slicer.vtkMRMLScene()
    read.SetURL(str(bundle / "bundle.mrml"))
    read.SetRootDirectory(str(bundle))
    assert read.Connect(), "the scene file cannot be read"
    return read


def names_of_nodes(scene: slicer.vtkMRMLScene) -> list[str]:
    """Names of all nodes with those that only serve others, in order."""
    return [scene.GetNthNode(index).GetName() for index in range(scene.GetNumberOfNodes())]
