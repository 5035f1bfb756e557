"""Masks in the panel: what is chosen is what elastix gets, and a segmentation that changes is followed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vtk

import phantoms
from panel.conftest import Pair

SEGMENTS_MM = {"liver": (-20.0, 20.0), "tumour": (22.0, 30.0)}  # extent along x; along y and z it is 24 mm
Wait = Callable[..., None]


@pytest.fixture
def segmentation(slicer_bench: Any, pair: Pair) -> Any:
    """Two blocks in the fixed volume, the larger one called liver."""

    def add() -> Any:
        import slicer

        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
        for name, extent in SEGMENTS_MM.items():
            add_block(node, name, extent)
        return node

    return slicer_bench.run(add)


def add_block(node: Any, name: str, extent_x_mm: Sequence[float]) -> None:
    """Add a segment of voxels of 1 mm³ that is 24 mm high and deep."""
    import slicer

    image = slicer.vtkOrientedImageData()
    image.SetOrigin(extent_x_mm[0], -12.0, -12.0)
    image.SetDimensions(round(extent_x_mm[1] - extent_x_mm[0]), 24, 24)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().GetScalars().Fill(1)
    segment = slicer.vtkSegment()
    segment.SetName(name)
    segment.AddRepresentation("Binary labelmap", image)
    node.GetSegmentation().AddSegment(segment, name)


def rows(combo_box: Any) -> list[str]:
    return [combo_box.itemText(row) for row in range(combo_box.count)]


def chosen_segment(ui: Any) -> str:
    return str(ui.fixedMaskSegmentSelector.currentText)


def choose_segment(ui: Any, name: str) -> None:
    ui.fixedMaskSegmentSelector.currentIndex = ui.fixedMaskSegmentSelector.findText(name)


def apply(ui: Any, wait_until: Wait) -> str:
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    return str(ui.outcomeLabel.text)


def exported_voxels(name: str) -> int:
    """How many voxels of a mask that elastix got in the only run folder are not 0."""
    (file,) = Path(tempfile.gettempdir()).glob(f"elastixplus-*/{name}.mha")
    reader = vtk.vtkMetaImageReader()
    reader.SetFileName(str(file))
    reader.Update()
    voxels = vtk.util.numpy_support.vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars())
    return int(np.count_nonzero(voxels))


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_segment_that_comes_or_goes_is_listed_and_the_choice_stays(ui: Any, segmentation: Any):
    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, "tumour")
    add_block(segmentation, "vein", (0.0, 5.0))
    assert rows(ui.fixedMaskSegmentSelector) == ["all segments", "liver", "tumour", "vein"]
    assert chosen_segment(ui) == "tumour"
    segmentation.GetSegmentation().RemoveSegment("liver")
    assert rows(ui.fixedMaskSegmentSelector) == ["all segments", "tumour", "vein"]
    assert chosen_segment(ui) == "tumour"


def test_another_segmentation_begins_with_all_of_its_segments(panel: Any, ui: Any, segmentation: Any):
    import slicer

    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, "tumour")
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "other")
    add_block(other, "tumour", (0.0, 5.0))
    ui.fixedMaskSelector.setCurrentNode(other)
    assert chosen_segment(ui) == "all segments"
    segmentation.GetSegmentation().RemoveSegment("liver")  # is not shown any more
    assert rows(ui.fixedMaskSegmentSelector) == ["all segments", "tumour"]
    assert panel.panel.parameter_node.GetParameter("fixed_mask_segment") == ""


def test_a_mask_that_is_removed_from_the_scene_is_not_chosen_any_more(ui: Any, chosen_pair: Pair, segmentation: Any):
    import slicer

    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, "liver")
    slicer.mrmlScene.RemoveNode(segmentation)
    assert ui.fixedMaskSelector.currentNode() is None
    assert not ui.fixedMaskSegmentSelector.visible
    assert ui.applyButton.enabled


@pytest.mark.native_engine
@pytest.mark.parametrize(
    ("segment", "margin_mm", "size_mm", "within"),
    [
        ("all segments", 0.0, (48.0, 24.0), 0.1),
        ("liver", 0.0, (40.0, 24.0), 0.1),
        ("liver", 4.0, (48.0, 32.0), 0.25),  # a margin is one or two voxels here
        ("liver", -4.0, (32.0, 16.0), 0.5),
    ],
)
@pytest.mark.usefixtures("own_temporary_folder")
def test_elastix_gets_the_chosen_segment_with_its_margin(
    ui: Any,
    chosen_pair: Pair,
    segmentation: Any,
    wait_until: Wait,
    segment: str,
    margin_mm: float,
    size_mm: tuple[float, float],
    within: float,
):
    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, segment)
    ui.maskMarginSpinBox.value = margin_mm
    ui.keepFilesCheckBox.click()
    assert "Done in" in apply(ui, wait_until)
    volume_mm3 = exported_voxels("fixed_mask") * np.prod(chosen_pair.fixed.GetSpacing())
    length, width = size_mm
    assert volume_mm3 == pytest.approx(length * width * width, rel=within)


@pytest.mark.native_engine
@pytest.mark.usefixtures("own_temporary_folder")
def test_elastix_gets_the_labelmap_that_is_the_mask_of_the_moving_volume(ui: Any, chosen_pair: Pair, wait_until: Wait):
    import slicer

    voxels = np.zeros((32, 36, 40), np.uint8)
    voxels[4:28, 4:32, 4:36] = 3
    matrix = phantoms.grid_matrix((40, 36, 32), (2.0, 2.2, 2.4))
    labelmap = phantoms.add_volume(slicer.mrmlScene, voxels, matrix, "labelmap", "vtkMRMLLabelMapVolumeNode")
    ui.movingMaskSelector.setCurrentNode(labelmap)
    assert not ui.movingMaskSegmentSelector.visible
    ui.maskEdgeComboBox.currentIndex = 1
    ui.keepFilesCheckBox.click()
    assert "Done in" in apply(ui, wait_until)
    assert exported_voxels("moving_mask") == np.count_nonzero(voxels)
    assert not list(Path(tempfile.gettempdir()).glob("elastixplus-*/fixed_mask.mha"))


@pytest.mark.native_engine
def test_a_segment_that_is_missing_is_an_error_in_words(
    ui: Any, chosen_pair: Pair, segmentation: Any, wait_until: Wait
):
    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, "tumour")
    segmentation.GetSegmentation().RemoveSegment("tumour")
    assert chosen_segment(ui) == "tumour (missing)"
    what, remedy = apply(ui, wait_until).split("\n")
    assert what == "The segmentation of the fixed mask has no segment tumour."
    assert remedy == "Choose one of its segments: liver."
    choose_segment(ui, "liver")
    assert rows(ui.fixedMaskSegmentSelector) == ["all segments", "liver"]
