"""Names of nodes that a saved scene can be read with again."""

from __future__ import annotations

from slicer import vtkMRMLStorableNode

_BREAKS_THE_SCENE_FILE = "&"
_NOT_IN_FILE_NAMES = '<>:"/\\|?*' + _BREAKS_THE_SCENE_FILE


def keep_scene_readable(node: vtkMRMLStorableNode, ending: str) -> None:
    """Choose the file name for a node that has an ampersand in its own and was never saved.

    MRML names the file of such a node after it and does not escape the ampersand where the scene file refers to it, so
    that the whole scene cannot be opened any more (Slicer issue 3945). The node keeps its name.

    :param node: in a scene.
    :param ending: of the file, without the dot.
    """
    storage = node.GetStorageNode()
    if _BREAKS_THE_SCENE_FILE not in (node.GetName() or "") or (storage is not None and storage.GetFileName()):
        return
    node.AddDefaultStorageNode(f"{file_name_for(node.GetName())}.{ending}")


def text_of(name: str | bytes | None) -> str:
    """A text as VTK gives it to Python: as bytes where a file of another time was not in UTF-8.

    >>> text_of("AC"), text_of("Größe".encode("latin-1")), text_of(None)
    ('AC', 'Größe', '')
    """
    return name.decode("cp1252", errors="replace") if isinstance(name, bytes) else name or ""


def file_name_for(name: str) -> str:
    """A file name, without ending, that looks like the name of a node.

    >>> file_name_for("Head & Neck <2>")
    'Head _ Neck _2_'
    """
    return "".join("_" if letter in _NOT_IN_FILE_NAMES else letter for letter in name)
