"""A damaged transform file is refused with the reason; no damage escapes as another kind of error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ElastixPlusLib.elastix.transform_file import TransformChain, read_transform_chain
from ElastixPlusLib.errors import TransformImportError

COMMON = '(HowToCombineTransforms "{combine}")\n(FixedImageDimension 3)\n(MovingImageDimension 3)\n'
NO_START = '(InitialTransformParametersFileName "NoInitialTransform")\n'
GRID = (
    "(GridSize 4 5 6)\n(GridIndex 0 0 0)\n(GridSpacing 10 11 12)\n(GridOrigin -20 -30 -40)\n"
    "(GridDirection 0 1 0 -1 0 0 0 0 1)\n"
)


def transform_text(
    kind: str, parameters: str | list[float], more: str = "", start: str = NO_START, combine: str = "Compose"
) -> str:
    numbers = parameters if isinstance(parameters, str) else " ".join(map(repr, parameters))
    return f'(Transform "{kind}")\n(TransformParameters {numbers})\n{start}{COMMON.format(combine=combine)}{more}'


TRANSLATION = transform_text("TranslationTransform", [1.0, 2.0, 3.0])
SPLINE = transform_text("BSplineTransform", [float(number) for number in range(360)], GRID)


def read(folder: Path, text: str | bytes) -> TransformChain:
    path = folder / "TransformParameters.0.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_transform_chain(path)


def refused(folder: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(TransformImportError, match=why) as caught:
        read(folder, text)
    assert "TransformParameters.0.txt" in caught.value.what


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('(Transform "TranslationTransform")\n', "", "no entry Transform"),
        ("(TransformParameters 1.0 2.0 3.0)\n", "", "no entry TransformParameters"),
        ("(TransformParameters 1.0 2.0 3.0)\n", "(TransformParameters 1.0 2.0\n", "no entry TransformParameters"),
        (NO_START, "", "does not say which transform it builds on"),
        ("1.0 2.0 3.0", "1.0 2.0", "it has 2 transform parameters, expected 3"),
        ("1.0 2.0 3.0", "1.0 2.0 3.0 4.0", "it has 4 transform parameters, expected 3"),
        ("1.0 2.0 3.0", "1.0 two 3.0", "does not consist of numbers"),
        ("1.0 2.0 3.0", "1.0 nan 3.0", "not finite"),
        ("1.0 2.0 3.0", "1.0 -inf 3.0", "not finite"),
        ("1.0 2.0 3.0", "1.0 1e999 3.0", "not finite"),
    ],
)
def test_a_damaged_linear_transform_is_refused(before, after, why, tmp_path):
    assert before in TRANSLATION
    refused(tmp_path, TRANSLATION.replace(before, after), why)


@pytest.mark.parametrize("kind", ["EulerTransform", "SimilarityTransform", "AffineTransform"])
def test_a_transform_without_its_centre_is_refused(kind, tmp_path):
    count = {"EulerTransform": 6, "SimilarityTransform": 7, "AffineTransform": 12}[kind]
    refused(tmp_path, transform_text(kind, [0.0] * count), "no entry CenterOfRotationPoint")
    refused(tmp_path, transform_text(kind, [0.0] * count, "(CenterOfRotationPoint 1 2)\n"), "has 2 numbers, expected 3")
    refused(tmp_path, transform_text(kind, [0.0] * (count - 1), "(CenterOfRotationPoint 1 2 3)\n"), f"expected {count}")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("(GridSize 4 5 6)", "(GridSize 4 5 7)", "expected 420"),
        ("(GridSize 4 5 6)", "(GridSize 4 0 6)", "control point grid is not valid"),
        ("(GridSize 4 5 6)", "(GridSize 4 -5 -6)", "control point grid is not valid"),
        ("(GridSize 4 5 6)", "(GridSize 4.5 5 6)", "control point grid is not valid"),
        ("(GridSize 4 5 6)", "(GridSize 1e18 1e18 1e18)", "control point grid is not valid"),
        ("(GridSize 4 5 6)", "(GridSize 99999 99999 99999)", "transform parameters, expected"),
        ("(GridSize 4 5 6)\n", "", "no entry GridSize"),
        ("(GridIndex 0 0 0)\n", "", "no entry GridIndex"),
        ("(GridSpacing 10 11 12)", "(GridSpacing 10 0 12)", "control point grid is not valid"),
        ("(GridSpacing 10 11 12)", "(GridSpacing 10 -1 12)", "control point grid is not valid"),
        ("(GridDirection 0 1 0 -1 0 0 0 0 1)", "(GridDirection 0 1 0 0 1 0 0 0 1)", "control point grid is not valid"),
        ("(GridDirection 0 1 0 -1 0 0 0 0 1)", "(GridDirection 1 0 0 1)", "has 4 numbers, expected 9"),
        ("(GridOrigin -20 -30 -40)\n", "", "no entry GridOrigin"),
        ("(GridSize", "(BSplineTransformSplineOrder three)\n(GridSize", "does not consist of numbers"),
        ("(GridSize", "(BSplineTransformSplineOrder)\n(GridSizes", "no entry GridSize"),
    ],
)
def test_a_damaged_spline_is_refused(before, after, why, tmp_path):
    assert before in SPLINE
    refused(tmp_path, SPLINE.replace(before, after), why)


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_file_that_ends_within_an_entry_is_refused(cut, tmp_path):
    text = transform_text("EulerTransform", [0.0] * 6, '(CenterOfRotationPoint 0 0 0)\n(ComputeZYX "true")\n').rstrip()
    assert len(read(tmp_path, text + "\n\n").steps) == 1
    refused(tmp_path, text[:-cut], "cut off")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00\x01", b")(", b'("Transform" 1)\n// end\n'])
def test_what_is_no_transform_file_is_refused(content, tmp_path):
    refused(tmp_path, content, "does not say which transform it builds on")


def test_a_missing_file_is_refused_with_its_origin(tmp_path):
    with pytest.raises(TransformImportError, match="cannot be read") as caught:
        read_transform_chain(tmp_path / "TransformParameters.0.txt")
    assert isinstance(caught.value.__cause__, OSError)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), removed=st.integers(0, 40), added=st.binary(max_size=12), which=st.booleans())
def test_any_damage_is_a_typed_error_or_another_transform(place, removed, added, which, tmp_path):
    text = (SPLINE if which else TRANSLATION).encode()
    place %= len(text)
    try:
        chain = read(tmp_path, text[:place] + added + text[place + removed :])
    except TransformImportError:
        return
    assert len(chain.steps) == 1
