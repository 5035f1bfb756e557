"""What the slice views show, remembered, so that it can be put back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import slicer


@dataclass(frozen=True)
class SliceLayers:
    """The volumes of one slice view, and how they are laid over each other.

    :param view: its composite node.
    :param background_id: of a node; None for no volume; ``foreground_id`` likewise.
    """

    view: Any
    background_id: str | None
    foreground_id: str | None
    foreground_opacity: float
    is_linked: int
    is_hot_linked: int

    @classmethod
    def of(cls, view: Any) -> SliceLayers:
        """What a view shows now."""
        return cls(
            view,
            view.GetBackgroundVolumeID(),
            view.GetForegroundVolumeID(),
            view.GetForegroundOpacity(),
            view.GetLinkedControl(),
            view.GetHotLinkedControl(),
        )

    def put_back(self) -> None:
        """Show this again; a volume that is not in the scene any more leaves its layer empty."""
        scene = self.view.GetScene()
        if scene is None:
            return
        in_scene = [
            volume_id if volume_id is not None and scene.GetNodeByID(volume_id) is not None else None
            for volume_id in (self.background_id, self.foreground_id)
        ]
        self.view.SetBackgroundVolumeID(in_scene[0])
        self.view.SetForegroundVolumeID(in_scene[1])
        self.view.SetForegroundOpacity(self.foreground_opacity)
        self.view.SetLinkedControl(self.is_linked)
        self.view.SetHotLinkedControl(self.is_hot_linked)


def slice_views() -> Iterator[Any]:
    """The composite nodes of all slice views."""
    for index in range(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
        yield slicer.mrmlScene.GetNthNodeByClass(index, "vtkMRMLSliceCompositeNode")


def layers_now() -> tuple[SliceLayers, ...]:
    """What all slice views show."""
    return tuple(SliceLayers.of(view) for view in slice_views())


def link_views() -> None:
    """Let a change of one slice view, such as the zoom, change all of them at once."""
    for view in slice_views():
        view.SetLinkedControl(True)
        view.SetHotLinkedControl(True)


def set_foreground_opacity(opacity: float) -> None:
    """Show the foreground of all slice views so strongly, from 0 to 1."""
    for view in slice_views():
        view.SetForegroundOpacity(opacity)
