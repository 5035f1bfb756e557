"""What `slicer.util.loadVolume`, `saveNode`, `loadScene` and `saveScene` ask of the application, done by real MRML."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
import vtk

EXTENSIONS_OF_FILE_TYPE = {
    "VolumeFile": "hdr nhdr nrrd mhd mha nii nii.gz img img.gz png tif tiff jpg jpeg".split(),
    "TransformFile": "h5 tfm mat txt".split(),
    "ModelFile": "vtk vtp stl ply obj".split(),
    "MarkupsFile": "mrk.json fcsv".split(),
    "SegmentationFile": "seg.nrrd seg.nhdr seg.vtm".split(),
    "TableFile": "tsv csv".split(),
    "SceneFile": "mrml mrb".split(),
}
VOLUME_OPTIONS = {"labelmap": 1, "center": 2, "singleFile": 4, "autoWindowLevel": 8, "discardOrientation": 16}
NODE_KINDS = ("Volume", "Transform", "Model", "Markups", "Segmentation", "Table")


class qSlicerIOManager:
    """Reads and writes files of one scene.

    :param scene: the scene of the application.
    :param logics: the logics of the modules, by the name of the module.
    """

    def __init__(self, scene: Any, logics: dict[str, Any]) -> None:
        self._scene = scene
        self._readers: dict[str, Callable[[str, str, dict[str, Any]], Any]] = {
            "VolumeFile": lambda path, name, properties: logics["Volumes"].AddArchetypeVolume(
                path, name, sum(bit for option, bit in VOLUME_OPTIONS.items() if properties.get(option))
            ),
            "TransformFile": lambda path, name, properties: logics["Transforms"].AddTransform(path, scene),
            "ModelFile": lambda path, name, properties: logics["Models"].AddModel(path),
            "MarkupsFile": lambda path, name, properties: scene.GetNodeByID(logics["Markups"].LoadMarkups(path, name)),
            "SegmentationFile": lambda path, name, properties: logics["Segmentations"].LoadSegmentationFromFile(path),
            "TableFile": lambda path, name, properties: logics["Tables"].AddTable(path, name),
        }

    def fileType(self, path: str) -> str:
        """Return the file type with the longest extension that fits."""
        fits = [
            (len(extension), file_type)
            for file_type, extensions in EXTENSIONS_OF_FILE_TYPE.items()
            for extension in extensions
            if str(path).lower().endswith(f".{extension}")
        ]
        return max(fits, default=(0, "NoFile"))[1]

    def loadNodes(self, file_type: str, properties: dict[str, Any], loaded: Any, messages: Any = None) -> bool:
        path = str(properties["fileName"])
        if file_type == "SceneFile" and Path(path).exists():
            return self._load_scene(path, clear=bool(properties.get("clear")))
        node = None
        if Path(path).exists() and file_type in self._readers:
            name = properties.get("name") or Path(path).name.split(".")[0]
            node = self._readers[file_type](path, name, properties)
        if node is None:
            if messages is not None:
                messages.AddMessage(vtk.vtkCommand.ErrorEvent, f"Reading failed: {path} as {file_type}")
            return False
        loaded.AddItem(node)
        return True

    def _load_scene(self, path: str, *, clear: bool) -> bool:
        if path.endswith(".mrb"):
            folder = tempfile.mkdtemp(dir=slicer.app.temporaryPath)
            path = slicer.app.applicationLogic().UnpackSlicerDataBundle(path, folder)
        self._scene.SetURL(path)
        return bool(self._scene.Connect() if clear else self._scene.Import())

    def fileWriterFileType(self, node: Any, file_format: str = "") -> str:
        kind = next((kind for kind in NODE_KINDS if kind in node.GetClassName()), "Node")
        return f"{kind}File"

    def fileWriterExtensions(self, node: Any) -> tuple[str, ...]:
        if not node.GetStorageNode():
            node.AddDefaultStorageNode()  # Slicer leaves one in the scene, too
        types = node.GetStorageNode().GetSupportedWriteFileTypes()
        return tuple(types.GetValue(index) for index in range(types.GetNumberOfValues()))

    def extractKnownExtension(self, path: str, node: Any) -> str:
        extension_of = slicer.vtkDataFileFormatHelper.GetFileExtensionFromFormatString
        known = [extension_of(file_format) for file_format in self.fileWriterExtensions(node)]
        fits = [extension for extension in known if str(path).lower().endswith(extension.lower())]
        return max(fits, key=len, default=Path(path).suffix)

    def saveNodes(self, file_type: str, properties: dict[str, Any], messages: Any = None, scene: Any = None) -> bool:
        scene, path = scene or self._scene, str(properties["fileName"])
        if file_type == "SceneFile":
            return self._save_scene(scene, path)
        node = scene.GetNodeByID(properties["nodeID"])
        if node is None or not (node.GetStorageNode() or node.AddDefaultStorageNode()):
            return False
        storage = node.GetStorageNode()
        storage.SetFileName(path)
        storage.SetURI(None)
        if "useCompression" in properties:
            storage.SetUseCompression(int(properties["useCompression"]))
        return bool(storage.WriteData(node))

    def _save_scene(self, scene: Any, path: str) -> bool:
        if not path.endswith((".mrml", ".mrb")):
            return bool(scene.SaveSceneToSlicerDataBundleDirectory(path))
        scene.SetURL(path)
        return bool(scene.WriteToMRB(path) if path.endswith(".mrb") else scene.Commit(path))
