"""Tell when a request is not what is chosen any more, or a node that it is made of has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import slicer
import vtk
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest
    from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest

    Request = RegistrationRequest | EvaluationRequest

INPUTS = (
    *("fixed", "moving", "fixed_landmarks", "moving_landmarks", "initial"),
    *("fixed_mask", "moving_mask", "fixed_exclude", "moving_exclude"),
)


class InputWatch(VTKObservationMixin):
    """Watches one request at a time, until it changes.

    :param request_now: what would be registered, or evaluated, now; None for nothing.
    :param on_change: is called once when the request that is watched is not true any more.
    :param inputs: the fields of the request whose nodes are watched.
    """

    def __init__(
        self,
        request_now: Callable[[], Request | None],
        on_change: Callable[[], None],
        inputs: Sequence[str] = INPUTS,
    ) -> None:
        VTKObservationMixin.__init__(self)
        self._request_now, self._on_change, self._inputs = request_now, on_change, inputs
        self._request: Request | None = None

    def watch(self, request: Request | None) -> None:
        """Watch a request and its nodes, and no others any more; None watches nothing."""
        self.removeObservers()
        self._request = request
        if request is None:
            return
        nodes = [getattr(request, field) for field in self._inputs]
        for node in dict.fromkeys(node for node in nodes if isinstance(node, slicer.vtkMRMLNode)):
            for watched, event in changes_of(node):
                self.addObserver(watched, event, self._changed)

    def look(self) -> None:
        """Compare the request with what would be asked for now."""
        if self._request is None:
            return
        try:
            is_same = self._request_now() == self._request
        except Exception:  # what cannot be registered any more is not what was watched
            is_same = False
        if not is_same:
            self._tell()

    def _changed(self, _caller: Any, _event: Any) -> None:
        self._tell()

    def _tell(self) -> None:
        self.watch(None)
        self._on_change()


def changes_of(node: Any) -> Iterator[tuple[Any, Any]]:
    """What tells of changes of a node: an object and an event, each."""
    yield node, vtk.vtkCommand.ModifiedEvent
    if node.IsA("vtkMRMLTransformableNode"):
        yield node, slicer.vtkMRMLTransformableNode.TransformModifiedEvent
    if node.IsA("vtkMRMLVolumeNode"):
        yield node, slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent
    if node.IsA("vtkMRMLModelNode"):
        yield node, slicer.vtkMRMLModelNode.MeshModifiedEvent
    if node.IsA("vtkMRMLMarkupsNode"):
        markups = slicer.vtkMRMLMarkupsNode
        for event in (markups.PointModifiedEvent, markups.PointAddedEvent, markups.PointRemovedEvent):
            yield node, event
    if node.IsA("vtkMRMLSegmentationNode"):
        segmentation = node.GetSegmentation()
        for event in (segmentation.SegmentAdded, segmentation.SegmentRemoved, segmentation.SegmentModified):
            yield segmentation, event
        yield segmentation, segmentation.SourceRepresentationModified
