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
from panel.conftest import FEW_ITERATIONS, Pair

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
    ui.overridesEdit.setPlainText(FEW_ITERATIONS)
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
    ui.maskEdgeComboBox.currentIndex = ui.maskEdgeComboBox.findText("valid data")
    ui.keepFilesCheckBox.click()
    assert "Done in" in apply(ui, wait_until)
    assert exported_voxels("moving_mask") == np.count_nonzero(voxels)
    assert not list(Path(tempfile.gettempdir()).glob("elastixplus-*/fixed_mask.mha"))


# other regions, and other uses of a region


def add_box(pair: Pair) -> Any:
    """A ROI of 30 by 24 by 20 mm around the middle."""
    roi = pair.fixed.GetScene().AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    roi.SetCenter(0.0, 0.0, 0.0)
    roi.SetSize(30.0, 24.0, 20.0)
    return roi


def add_ball(pair: Pair) -> Any:
    """A closed surface: a ball of 16 mm radius."""
    source = vtk.vtkSphereSource()
    source.SetRadius(16.0)
    source.SetThetaResolution(48)
    source.SetPhiResolution(48)
    source.Update()
    model = pair.fixed.GetScene().AddNewNodeByClass("vtkMRMLModelNode", "ball")
    model.SetAndObservePolyData(source.GetOutput())
    return model


def choose_use(ui: Any, side: str, text: str) -> None:
    combo_box = getattr(ui, f"{side}MaskUseComboBox")
    assert combo_box.findText(text) >= 0
    combo_box.currentIndex = combo_box.findText(text)


@pytest.mark.native_engine
@pytest.mark.parametrize(
    ("add", "size_mm3"), [(add_box, 30.0 * 24.0 * 20.0), (add_ball, 4 / 3 * np.pi * 16.0**3)], ids=["ROI", "model"]
)
@pytest.mark.parametrize("use", ["inside of:", "all but:"])
@pytest.mark.usefixtures("own_temporary_folder")
def test_elastix_gets_the_inside_of_a_box_or_a_surface_or_all_but_that(
    ui: Any, chosen_pair: Pair, wait_until: Wait, add: Callable[[Pair], Any], size_mm3: float, use: str
):
    ui.fixedMaskSelector.setCurrentNode(add(chosen_pair))
    assert ui.fixedMaskSelector.currentNode() is not None
    assert not ui.fixedMaskSegmentSelector.visible
    choose_use(ui, "fixed", use)
    ui.keepFilesCheckBox.click()
    assert "Done in" in apply(ui, wait_until), ui.findingsLabel.text
    voxel_mm3 = np.prod(chosen_pair.fixed.GetSpacing())
    counted = exported_voxels("fixed_mask") * voxel_mm3
    whole = np.prod(chosen_pair.fixed.GetImageData().GetDimensions()) * voxel_mm3
    assert (counted if use == "inside of:" else whole - counted) == pytest.approx(size_mm3, rel=0.15)


@pytest.mark.native_engine
@pytest.mark.usefixtures("own_temporary_folder")
def test_elastix_gets_the_body_without_what_does_not_count(
    ui: Any, chosen_pair: Pair, segmentation: Any, wait_until: Wait
):
    from ElastixPlusLib.guidance.automatic_masks import body_mask
    from ElastixPlusLib.mrml.volumes import voxel_array

    voxels = voxel_array(chosen_pair.fixed.GetImageData())
    voxels[...] = np.where(voxels > 40, voxels, -1000)  # air
    chosen_pair.fixed.GetImageData().Modified()
    choose_use(ui, "fixed", "body, without:")
    choose_use(ui, "moving", "field of view, without:")
    ui.keepFilesCheckBox.click()
    assert "Done in" in apply(ui, wait_until), ui.findingsLabel.text
    body = body_mask(voxels, np.array(chosen_pair.fixed.GetSpacing()))
    assert exported_voxels("fixed_mask") == np.count_nonzero(body) < voxels.size
    for folder in Path(tempfile.gettempdir()).glob("elastixplus-*"):
        folder.rename(folder.with_name(f"earlier-{folder.name}"))
    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, "liver")
    ui.outputTransformSelector.setCurrentNode(None)
    assert "Done in" in apply(ui, wait_until), ui.findingsLabel.text
    places = phantoms.grid_positions((40, 36, 32), phantoms.grid_matrix((40, 36, 32), (2.0, 2.2, 2.4)))
    in_liver = (places > (-20.5, -12.5, -12.5)).all(axis=1) & (places < (19.5, 11.5, 11.5)).all(axis=1)
    left = np.count_nonzero(body.ravel().astype(bool) & ~in_liver)
    assert exported_voxels("fixed_mask") == pytest.approx(left, rel=0.03)


@pytest.mark.parametrize("use", ["inside of:", "all but:", "body, without:", "field of view, without:"])
def test_a_use_without_a_region_is_what_it_says(panel: Any, ui: Any, chosen_pair: Pair, use: str):
    choose_use(ui, "moving", use)
    request = panel.panel.check.request_now()
    expected = {"body, without:": "body", "field of view, without:": "field-of-view"}.get(use)
    assert (request.moving_mask, request.moving_exclude, request.fixed_mask) == (expected, None, None)


def test_segments_are_offered_for_a_segmentation_only_also_after_the_section_was_opened(ui: Any, segmentation: Any):
    ui.masksButton.collapsed = False
    try:
        assert not ui.fixedMaskSegmentSelector.visible
        ui.fixedMaskSelector.setCurrentNode(segmentation)
        assert ui.fixedMaskSegmentSelector.visible
        assert not ui.movingMaskSegmentSelector.visible
    finally:
        ui.masksButton.collapsed = True


def test_a_segment_goes_with_its_use(panel: Any, ui: Any, chosen_pair: Pair, segmentation: Any):
    ui.fixedMaskSelector.setCurrentNode(segmentation)
    choose_segment(ui, "tumour")
    for use, fields in {
        "inside of:": (segmentation, ("tumour",), None, ()),
        "all but:": (None, (), segmentation, ("tumour",)),
        "body, without:": ("body", (), segmentation, ("tumour",)),
    }.items():
        choose_use(ui, "fixed", use)
        request = panel.panel.check.request_now()
        assert fields == (
            request.fixed_mask,
            request.fixed_mask_segments,
            request.fixed_exclude,
            request.fixed_exclude_segments,
        )


@pytest.mark.native_engine
@pytest.mark.parametrize(("crop", "is_smaller"), [("to a small mask", True), ("nothing", False)])
@pytest.mark.usefixtures("own_temporary_folder")
def test_a_small_mask_crops_what_elastix_gets_unless_nothing_is_to_be_cropped(
    ui: Any, slicer_bench: Any, wait_until: Wait, crop: str, is_smaller: bool
):
    import slicer

    scene = slicer.mrmlScene
    ui.fixedVolumeSelector.setCurrentNode(phantoms.add_anatomy(scene, (80, 72, 64), (1.2, 1.2, 1.2), name="fixed"))
    ui.movingVolumeSelector.setCurrentNode(phantoms.add_anatomy(scene, (80, 72, 64), (1.2, 1.2, 1.2), name="moving"))
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
    roi = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    roi.SetSize(24.0, 24.0, 24.0)
    ui.fixedMaskSelector.setCurrentNode(roi)
    ui.cropComboBox.currentIndex = ui.cropComboBox.findText(crop)
    ui.outputVolumeSelector.addNode()
    ui.keepFilesCheckBox.click()
    apply(ui, wait_until)
    if ui.runAnywayButton.visible:
        ui.runAnywayButton.click()
        wait_until(lambda: ui.applyButton.text == "Apply")
    assert "Done in" in ui.outcomeLabel.text
    (volume,) = Path(tempfile.gettempdir()).glob("elastixplus-*/fixed.mha")
    (mask,) = Path(tempfile.gettempdir()).glob("elastixplus-*/fixed_mask.mha")
    for file in (volume, mask):
        reader = vtk.vtkMetaImageReader()
        reader.SetFileName(str(file))
        reader.Update()
        assert (np.prod(reader.GetOutput().GetDimensions()) < 0.5 * 80 * 72 * 64) == is_smaller
    assert ui.outputVolumeSelector.currentNode().GetImageData().GetDimensions() == (80, 72, 64)


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
