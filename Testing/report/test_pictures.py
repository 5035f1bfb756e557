"""The pictures of a report: what they show where the volumes agree and differ, and at which scale."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from ElastixPlusLib.report.html_report import html_report
from ElastixPlusLib.report.pictures import checkerboard, overlay, png_uri, slice_views
from report.made_contents import EMPTY, blobs, picture


def test_an_overlay_is_grey_where_the_volumes_agree():
    same = blobs(9, 9)
    assert (overlay(same, same) == same[:, :, None]).all()
    fixed, moving = np.array([[255, 0]], np.uint8), np.array([[0, 255]], np.uint8)
    assert overlay(fixed, moving).tolist() == [[[0, 255, 0], [255, 0, 255]]]


def test_a_checkerboard_has_squares_also_of_pixels_that_are_not():
    fixed, moving = np.full((4, 20), 1, np.uint8), np.full((4, 20), 2, np.uint8)
    board = checkerboard(fixed, moving, (5.0, 1.0), 10.0)
    assert board[:, 0].tolist() == [1, 1, 2, 2]
    assert board[0].tolist() == [1] * 10 + [2] * 10


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 1)])
def test_a_picture_is_embedded_pixel_by_pixel(shape: tuple[int, ...]):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    data = base64.b64decode(png_uri(pixels).removeprefix("data:image/png;base64,"))
    found = np.round(imread(io.BytesIO(data), format="png")[..., :3] * 255).astype(np.uint8)
    assert (found == (pixels if pixels.ndim == 3 else pixels[:, :, None])).all()


def test_all_slices_have_one_scale():
    wide, narrow = picture("sagittal", 40, 80, ("S", "P", "I", "A")), picture("axial", 80, 40, ("A", "L", "P", "R"))
    views = slice_views((wide, replace(narrow, spacing_mm=(1.0, 1.5))))
    assert [view.width_percent for view in views] == [100.0, 75.0]
    assert [view.height_mm for view in views] == [40.0, 80.0]
    assert {view.bar_mm for view in views} == {20.0}


def test_the_cross_lies_on_the_middle_of_its_pixel():
    (view,) = slice_views([replace(picture("axial", 10, 20, ("A", "L", "P", "R")), spacing_mm=(2.0, 3.0), mark=(4, 7))])
    assert view.mark_mm == (22.5, 9.0)


@pytest.mark.parametrize("mark", [None, (-3.0, 5.0), (5.0, 20.0)])
def test_there_is_no_cross_where_there_is_no_landmark(mark: tuple[float, float] | None):
    slices = tuple(replace(one, mark=mark) for one in (picture("axial", 10, 20, ("A", "L", "P", "R")),))
    contents = replace(EMPTY, pictures=slices)
    assert slice_views(slices)[0].mark_mm is None
    assert "The cross marks" not in html_report(contents)


def test_a_large_slice_is_averaged_and_keeps_its_size_and_place():
    small, large = picture("axial", 300, 200, ("A", "L", "P", "R")), picture("axial", 900, 600, ("A", "L", "P", "R"))
    views = slice_views([replace(small, mark=None), replace(large, spacing_mm=(1 / 3, 1 / 3), mark=(149.5, 299.5))])
    assert views[1].width_mm == pytest.approx(views[0].width_mm)
    assert views[1].height_mm == pytest.approx(views[0].height_mm)
    assert views[1].mark_mm == pytest.approx((100.0, 50.0))
    data = base64.b64decode(views[1].pictures["fixed"].removeprefix("data:image/png;base64,"))
    assert imread(io.BytesIO(data), format="png").shape[:2] == (450, 600)
