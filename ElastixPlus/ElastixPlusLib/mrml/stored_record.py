"""The record of a run, kept as a text with the transform that the run made, and saved with the scene."""

from __future__ import annotations

from slicer import vtkMRMLTransformNode

# An attribute and not a node of its own: it goes where the transform goes, and leaves the scene with it.
ATTRIBUTE = "ElastixPlus.Record"


def store_record_text(node: vtkMRMLTransformNode, text: str) -> None:
    """Keep the text of a record with a transform node; that of an earlier run is replaced.

    >>> node = vtkMRMLTransformNode()
    >>> store_record_text(node, "{}")
    >>> record_text_of(node)
    '{}'
    """
    node.SetAttribute(ATTRIBUTE, text)


def record_text_of(node: vtkMRMLTransformNode | None) -> str:
    """The text of the record that is kept with a transform; empty where there is none."""
    return "" if node is None else str(node.GetAttribute(ATTRIBUTE) or "")
