"""The chain of transforms that elastix wrote is read as elastix means it, or refused; never guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.transform_file import (
    BSplineStep,
    FieldStep,
    LinearStep,
    TransformChain,
    UnsupportedStep,
    field_text,
    linear_text,
    read_transform_chain,
)
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


def starting_from(name: str | Path) -> str:
    return f'(InitialTransformParametersFileName "{name}")\n'


TRANSLATION = transform_text("TranslationTransform", [1.0, 2.0, 3.0])
SPLINE = transform_text("BSplineTransform", [float(number) for number in range(360)], GRID)


def read(folder: Path, text: str | bytes) -> TransformChain:
    path = folder / "TransformParameters.0.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_transform_chain(path)


def linear(chain: TransformChain) -> np.ndarray:
    (step,) = chain.steps
    assert isinstance(step, LinearStep)
    return step.matrix_lps


def spline(chain: TransformChain) -> BSplineStep:
    (step,) = chain.steps
    assert isinstance(step, BSplineStep)
    return step


def rotation(axis: int, angle: float) -> np.ndarray:
    matrix = np.eye(3)
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[second, first], matrix[first, second] = np.sin(angle), -np.sin(angle)
    return matrix


def about(matrix: np.ndarray, shift: list[float], center: list[float]) -> np.ndarray:
    """The map that turns about a centre, found by mapping four points."""
    result = np.eye(4)
    result[:3, 3] = matrix @ (np.zeros(3) - center) + center + shift
    for axis in range(3):
        result[:3, axis] = matrix @ (np.eye(3)[axis] - center) + center + shift - result[:3, 3]
    return result


def refused(folder: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(TransformImportError, match=why) as caught:
        read(folder, text)
    assert "TransformParameters.0.txt" in caught.value.what


def test_a_translation_is_a_shift(tmp_path):
    expected = np.eye(4)
    expected[:3, 3] = 1, 2, 3
    np.testing.assert_array_equal(linear(read(tmp_path, TRANSLATION)), expected)


@pytest.mark.parametrize("zyx", [None, "false", "true"])
def test_both_orders_of_euler_angles_are_read(zyx, tmp_path):
    angles, center = (0.1, -0.4, 0.7), [10.0, -20.0, 30.0]
    x, y, z = (rotation(axis, angle) for axis, angle in enumerate(angles))
    more = "(CenterOfRotationPoint 10 -20 30)\n" + (f'(ComputeZYX "{zyx}")\n' if zyx else "")
    matrix = linear(read(tmp_path, transform_text("EulerTransform", [*angles, 4.0, 5.0, 6.0], more)))
    turn = z @ y @ x if zyx == "true" else z @ x @ y
    np.testing.assert_allclose(matrix, about(turn, [4, 5, 6], center), atol=1e-12)


def test_a_similarity_is_a_versor_a_shift_and_a_scale(tmp_path):
    half = 0.6 / 2
    parameters = [0.0, 0.0, float(np.sin(half)), 4.0, 5.0, 6.0, 1.25]
    more = "(CenterOfRotationPoint 10 -20 30)\n"
    matrix = linear(read(tmp_path, transform_text("SimilarityTransform", parameters, more)))
    np.testing.assert_allclose(matrix, about(1.25 * rotation(2, 0.6), [4, 5, 6], [10, -20, 30]), atol=1e-12)


@pytest.mark.parametrize("axis", range(3))
def test_the_versor_turns_the_right_way_about_every_axis(axis, tmp_path):
    versor = np.eye(3)[axis] * np.sin(0.25)
    text = transform_text("SimilarityTransform", [*versor.tolist(), 0, 0, 0, 1], "(CenterOfRotationPoint 0 0 0)\n")
    np.testing.assert_allclose(linear(read(tmp_path, text))[:3, :3], rotation(axis, 0.5), atol=1e-12)


def test_a_versor_rounded_beyond_its_length_is_a_half_turn(tmp_path):
    text = transform_text("SimilarityTransform", "1.000001 0 0 0 0 0 1", "(CenterOfRotationPoint 0 0 0)\n")
    np.testing.assert_allclose(linear(read(tmp_path, text))[:3, :3], np.diag([1, -1, -1]), atol=1e-5)


def test_an_affine_matrix_is_written_row_by_row(tmp_path):
    matrix = np.array([[1.1, 0.2, 0.3], [0.4, 0.9, 0.6], [0.7, 0.8, 1.3]])
    parameters = [*matrix.ravel().tolist(), 4.0, 5.0, 6.0]
    text = transform_text("AffineTransform", parameters, "(CenterOfRotationPoint 10 -20 30)\n")
    np.testing.assert_allclose(linear(read(tmp_path, text)), about(matrix, [4, 5, 6], [10, -20, 30]), atol=1e-12)


@pytest.mark.parametrize("kind", ["BSplineTransform", "RecursiveBSplineTransform"])
@pytest.mark.parametrize("order", [1, 3])
def test_a_spline_has_all_components_of_one_direction_first(order, kind, tmp_path):
    text = transform_text(kind, [float(n) for n in range(360)], GRID + f"(BSplineTransformSplineOrder {order})\n")
    step = spline(read(tmp_path, text))
    assert step.order == order
    assert step.kind == kind
    assert step.coefficients_lps.shape == (6, 5, 4, 3)
    assert step.coefficients_lps[0, 0, 1].tolist() == [1, 121, 241]
    assert step.coefficients_lps[0, 2, 0].tolist() == [8, 128, 248]
    assert step.coefficients_lps[3, 0, 0].tolist() == [60, 180, 300]


def test_the_grid_of_a_spline_has_its_axes_in_columns(tmp_path):
    step = spline(read(tmp_path, SPLINE))
    np.testing.assert_array_equal(step.direction_lps, [[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert step.origin_lps.tolist() == [-20, -30, -40]
    assert step.spacing_mm.tolist() == [10, 11, 12]
    assert step.order == 3


def test_a_grid_that_does_not_start_at_index_zero_is_shifted_along_its_axes(tmp_path):
    step = spline(read(tmp_path, SPLINE.replace("(GridIndex 0 0 0)", "(GridIndex 1 2 -1)")))
    assert step.origin_lps.tolist() == [-20 - 22, -30 + 10, -40 - 12]


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("BSplineTransform", GRID + "(BSplineTransformSplineOrder 2)\n", "a B-spline of order 2"),
        ("BSplineTransform", GRID + "(BSplineTransformSplineOrder 1.5)\n", "a B-spline of order 1.5"),
        ("BSplineTransform", GRID + '(UseCyclicTransform "true")\n', "a cyclic B-spline"),
        ("SplineKernelTransform", "", "a transform of the kind SplineKernelTransform"),
        ("EulerStackTransform", "", "a transform of the kind EulerStackTransform"),
        ("File", "", "a transform of the kind File"),
        ("eulertransform", "", "a transform of the kind eulertransform"),
    ],
)
def test_what_has_no_counterpart_is_named(kind, more, reason, tmp_path):
    chain = read(tmp_path, transform_text(kind, [0.0] * 360, more))
    assert chain.unsupported == (UnsupportedStep(kind, reason),)


def test_a_transform_in_two_dimensions_is_named(tmp_path):
    text = TRANSLATION.replace("(FixedImageDimension 3)", "(FixedImageDimension 2)")
    assert read(tmp_path, text).unsupported[0].reason == "a transform in 2 dimensions"


def write_chain(folder: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        (folder / f"TransformParameters.{number}.txt").write_text(text)
    return folder / f"TransformParameters.{len(texts) - 1}.txt"


def second(x: float, start: str = starting_from("TransformParameters.0.txt"), combine: str = "Compose") -> str:
    return transform_text("TranslationTransform", [x, 0.0, 0.0], start=start, combine=combine)


def shifts(chain: TransformChain) -> list[float]:
    return [float(step.matrix_lps[0, 3]) for step in chain.steps if isinstance(step, LinearStep)]


def test_the_first_stage_acts_first(tmp_path):
    last = write_chain(tmp_path, TRANSLATION, second(10.0), second(20.0, starting_from("TransformParameters.1.txt")))
    assert shifts(read_transform_chain(last)) == [1.0, 10.0, 20.0]


@pytest.mark.parametrize("name", ["InitialTransformParametersFileName", "InitialTransformParameterFileName"])
def test_both_spellings_of_the_link_are_followed(name, tmp_path):
    start = f'({name} "TransformParameters.0.txt")\n'
    assert shifts(read_transform_chain(write_chain(tmp_path, TRANSLATION, second(10.0, start)))) == [1.0, 10.0]


def test_links_are_relative_to_the_folder_elastix_ran_in(tmp_path):
    result = tmp_path / "result"
    result.mkdir()
    (tmp_path / "initial.txt").write_text(TRANSLATION)
    last = write_chain(result, second(10.0, starting_from("initial.txt")))
    assert shifts(read_transform_chain(last, tmp_path)) == [1.0, 10.0]
    (result / "TransformParameters.1.txt").write_text(second(20.0, starting_from("result/TransformParameters.0.txt")))
    assert shifts(read_transform_chain(result / "TransformParameters.1.txt", tmp_path)) == [1.0, 10.0, 20.0]


def test_absolute_links_are_followed_also_with_parentheses_and_letters_of_other_languages(tmp_path):
    folder = tmp_path / "Größe (copy) 脳"
    folder.mkdir()
    last = write_chain(folder, TRANSLATION, second(10.0, starting_from(folder / "TransformParameters.0.txt")))
    assert shifts(read_transform_chain(last)) == [1.0, 10.0]


def test_a_run_folder_that_was_moved_is_read_all_the_same(tmp_path):
    last = write_chain(tmp_path, TRANSLATION, second(10.0, starting_from("/elsewhere/TransformParameters.0.txt")))
    assert shifts(read_transform_chain(last)) == [1.0, 10.0]


@pytest.mark.parametrize("link", ["missing.txt", "/elsewhere/missing.txt", "x" * 5000, "nul\0name", "."])
def test_a_missing_link_is_refused(link, tmp_path):
    with pytest.raises(TransformImportError, match="that it builds on is missing"):
        read_transform_chain(write_chain(tmp_path, second(1.0, starting_from(link))))


@pytest.mark.parametrize("links", [(0,), (1, 0), (2, 0, 1)])
def test_links_in_a_circle_are_refused(links, tmp_path):
    texts = [second(1.0, starting_from(f"TransformParameters.{link}.txt")) for link in links]
    with pytest.raises(TransformImportError, match="circle"):
        read_transform_chain(write_chain(tmp_path, *texts))


def test_an_empty_link_is_the_end_of_the_chain(tmp_path):
    assert len(read(tmp_path, second(1.0, starting_from(""))).steps) == 1


def test_linear_steps_that_are_added_become_one(tmp_path):
    turn = transform_text("EulerTransform", [0.0, 0.0, 0.3, 1.0, 0.0, 0.0], "(CenterOfRotationPoint 5 0 0)\n")
    added = transform_text(
        "EulerTransform", [0.2, 0.0, 0.0, 0.0, 2.0, 0.0], "(CenterOfRotationPoint 0 0 7)\n",
        starting_from("TransformParameters.0.txt"), "Add",
    )  # fmt: skip
    matrix = linear(read_transform_chain(write_chain(tmp_path, turn, added)))
    first, last = (
        linear(read(tmp_path / ".", turn)),
        linear(read(tmp_path, added.replace("TransformParameters.0.txt", ""))),
    )
    point = np.array([11.0, -7.0, 3.0, 1.0])
    np.testing.assert_allclose(matrix @ point, first @ point + last @ point - point, atol=1e-12)


def test_adding_to_a_composed_chain_adds_to_all_of_it(tmp_path):
    last = write_chain(
        tmp_path, TRANSLATION, second(10.0), second(20.0, starting_from("TransformParameters.1.txt"), "Add")
    )
    assert shifts(read_transform_chain(last)) == [31.0]


def test_composing_after_adding_keeps_the_sum(tmp_path):
    last = write_chain(
        tmp_path, TRANSLATION, second(10.0, combine="Add"), second(20.0, starting_from("TransformParameters.1.txt"))
    )
    assert shifts(read_transform_chain(last)) == [11.0, 20.0]


@pytest.mark.parametrize("first", [SPLINE, TRANSLATION])
def test_a_sum_with_a_deformation_is_not_expressed(first, tmp_path):
    added = SPLINE if first is TRANSLATION else TRANSLATION
    added = added.replace(NO_START, starting_from("TransformParameters.0.txt")).replace('"Compose"', '"Add"')
    chain = read_transform_chain(write_chain(tmp_path, first, added))
    assert "Add" in chain.unsupported[0].reason


def test_add_in_the_first_file_has_nothing_to_add_to(tmp_path):
    assert shifts(read(tmp_path, second(10.0, NO_START, "Add"))) == [10.0]


def test_without_a_word_on_combination_elastix_composes(tmp_path):
    text = second(10.0).replace('(HowToCombineTransforms "Compose")\n', "")
    assert shifts(read_transform_chain(write_chain(tmp_path, TRANSLATION, text))) == [1.0, 10.0]


def test_windows_line_ends_comments_and_spaces_do_not_matter(tmp_path):
    text = "// made by elastix\r\n\r\n" + TRANSLATION.replace("\n", " // a comment (with parentheses)\r\n")
    text = text.replace("(TransformParameters 1.0", "  ( TransformParameters   1.0")
    assert shifts(read(tmp_path, text)) == [1.0]


def test_a_line_that_is_commented_out_does_not_count(tmp_path):
    assert shifts(read(tmp_path, TRANSLATION + "// (TransformParameters 9 9 9)\n")) == [1.0]


def test_parameters_in_a_binary_file_beside_are_read(tmp_path):
    binary = TRANSLATION.replace(
        "(TransformParameters 1.0 2.0 3.0)", '(TransformParameters "TransformParameters.0.txt.dat")'
    )
    binary += '(UseBinaryFormatForTransformationParameters "true")\n'
    refused(tmp_path, binary, "TransformParameters.0.txt.dat cannot be read")
    np.array([1.5, 2.5, 3.5], "<f8").tofile(tmp_path / "TransformParameters.0.txt.dat")
    assert linear(read(tmp_path, binary))[:3, 3].tolist() == [1.5, 2.5, 3.5]
    np.array([1.5, 2.5], "<f8").tofile(tmp_path / "TransformParameters.0.txt.dat")
    refused(tmp_path, binary, "it has 2 transform parameters, expected 3")
    np.array([1.5, np.nan, 3.5], "<f8").tofile(tmp_path / "TransformParameters.0.txt.dat")
    refused(tmp_path, binary, "not finite")


def test_a_start_that_is_linear_reads_back_without_losing_a_digit(tmp_path):
    matrix = np.eye(4)
    matrix[:3, :4] = np.random.default_rng(1).normal(size=(3, 4)) * [1, 1, 1, 1e3]
    np.testing.assert_array_equal(linear(read(tmp_path, linear_text(matrix))), matrix)


def test_a_start_that_is_a_field_is_recognised_when_elastix_links_to_it(tmp_path):
    (tmp_path / "initial.txt").write_text(field_text("initial_field.mha"))
    chain = read_transform_chain(write_chain(tmp_path, second(10.0, starting_from("initial.txt"))))
    assert chain.steps[0] == FieldStep(tmp_path / "initial_field.mha")
    assert shifts(chain) == [10.0]
    assert chain.unsupported == ()


@pytest.mark.parametrize("text", [linear_text(np.eye(4)), field_text("field.mha")])
def test_a_start_has_both_spellings_of_the_link_and_is_composed(text):
    assert '(InitialTransformParametersFileName "NoInitialTransform")\n' in text
    assert '(InitialTransformParameterFileName "NoInitialTransform")\n' in text
    assert '(HowToCombineTransforms "Compose")\n' in text
    assert text.encode("ascii").endswith(b")\n")
