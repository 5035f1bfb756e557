"""Read the transform that elastix wrote: the ``TransformParameters.N.txt`` files and what they refer to.

A run leaves one file per stage, each naming the file of the transform before it. :func:`read_transform_chain` follows
these links and returns the steps in the order in which a point of the fixed volume passes them, in LPS millimetres and
free of any MRML or VTK. Kinds without a faithful counterpart are returned as :class:`UnsupportedStep`, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import TransformImportError
from .console_log import printable
from .ordinary_file import is_ordinary_file, require_ordinary_file

FloatArray = npt.NDArray[np.float64]

_ENTRY = re.compile(rb"^[ \t]*\(\s*(\w+)\s+(.*?)\)[ \t]*(?://[^\r\n]*)?\r?$", re.MULTILINE)
_LINK_NAMES = ("InitialTransformParameterFileName", "InitialTransformParametersFileName")
_NO_INITIAL_TRANSFORM = "NoInitialTransform"
_LONGEST_CHAIN = 64
_MOST_CONTROL_POINTS = 1e5  # along one axis


@dataclass(frozen=True)
class LinearStep:
    """A linear map of fixed to moving space.

    :param matrix_lps: shape (4, 4), acts on homogeneous LPS millimetres.
    :param kind: the name elastix gives to it, such as ``EulerTransform``.
    """

    matrix_lps: FloatArray
    kind: str


@dataclass(frozen=True)
class BSplineStep:
    """A free-form deformation on a regular grid of control points.

    :param coefficients_lps: shape (slices, rows, columns, 3), displacement coefficients in LPS millimetres.
    :param origin_lps: shape (3,), position of the first control point in LPS millimetres.
    :param spacing_mm: shape (3,), distance of the control points along the grid's axes.
    :param direction_lps: shape (3, 3), columns are the grid's axes in LPS.
    :param order: spline order, 1 to 3.
    :param kind: ``BSplineTransform`` or ``RecursiveBSplineTransform``.
    """

    coefficients_lps: FloatArray
    origin_lps: FloatArray
    spacing_mm: FloatArray
    direction_lps: FloatArray
    order: int
    kind: str


@dataclass(frozen=True)
class FieldStep:
    """A displacement field that was given to elastix as the transform to start from.

    :param path: the image file of LPS vectors.
    """

    path: Path
    kind: str = "DeformationFieldTransform"


@dataclass(frozen=True)
class UnsupportedStep:
    """A step that has no faithful counterpart among linear, B-spline and grid transforms.

    :param reason: what it is, for a message, such as ``"a spline of order 2"``.
    """

    kind: str
    reason: str


TransformStep = LinearStep | BSplineStep | FieldStep | UnsupportedStep


@dataclass(frozen=True)
class TransformChain:
    """The steps that take a point from the fixed to the moving volume.

    :param steps: in order of application: the first acts on the point of the fixed volume.
    """

    steps: tuple[TransformStep, ...]

    @property
    def unsupported(self) -> tuple[UnsupportedStep, ...]:
        """The steps that cannot be expressed; empty if the chain is faithful as it stands."""
        return tuple(step for step in self.steps if isinstance(step, UnsupportedStep))


@dataclass(frozen=True)
class _TransformFile:
    """The entries of one file, still as text, so that a million coefficients are parsed once and fast."""

    path: Path
    entries: Mapping[str, bytes]

    def text(self, name: str, default: str | None = None) -> str:
        raw = self.entries.get(name)
        if raw is None:
            if default is None:
                raise _unreadable(self.path, f"it has no entry {name}")
            return default
        return raw.decode("utf-8", errors="replace").strip().strip('"')

    def is_true(self, name: str) -> bool:
        return self.text(name, "false").lower() == "true"

    def numbers(self, name: str, count: int | None = None, default: float | None = None) -> FloatArray:
        raw = self.entries.get(name)
        if raw is None and default is not None:
            return np.array([default])
        if raw is None:
            raise _unreadable(self.path, f"it has no entry {name}")
        try:
            values = np.array(raw.split(), dtype=np.float64)
        except ValueError as error:
            raise _unreadable(self.path, f"the entry {name} does not consist of numbers") from error
        if count is not None and values.size != count:
            raise _unreadable(self.path, f"the entry {name} has {values.size} numbers, expected {count}")
        if not np.isfinite(values).all():
            raise _unreadable(self.path, f"the entry {name} holds numbers that are not finite")
        return values

    def parameters(self) -> FloatArray:
        """The transform parameters, from the text or from the binary file that elastix can write beside it."""
        if not self.is_true("UseBinaryFormatForTransformationParameters"):
            return self.numbers("TransformParameters")
        binary = self.path.with_name(self.path.name + ".dat")
        try:
            require_ordinary_file(binary)
            values = np.fromfile(binary, dtype="<f8")
        except OSError as error:
            raise _unreadable(self.path, f"its parameters in {binary.name} cannot be read") from error
        if not np.isfinite(values).all():
            raise _unreadable(self.path, f"{binary.name} holds numbers that are not finite")
        return values


def read_transform_chain(path: Path, run_folder: Path | None = None) -> TransformChain:
    """Read a transform file of elastix 5.0 to 5.3 and everything that it builds on.

    :param path: the file of the last stage, usually ``TransformParameters.<last>.txt``.
    :param run_folder: the folder elastix ran in, against which relative links are resolved; default: the file's own.
    :returns: the steps in order of application.
    :raises TransformImportError: if a file is missing, damaged, or the links form a circle.
    """
    folders = (path.parent, run_folder or path.parent)
    files: list[_TransformFile] = []
    next_path: Path | None = path
    while next_path is not None:
        if len(files) >= _LONGEST_CHAIN:
            raise _unreadable(path, "its links to earlier transforms form a circle")
        files.append(_read_file(next_path))
        next_path = _linked_path(files[-1], folders)
    steps: list[TransformStep] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for index, file in enumerate(reversed(files)):
            steps = _composed(steps, _read_step(file), file, is_first=index == 0)
            _require_finite(steps[-1], file)
    return TransformChain(tuple(steps))


def linear_text(matrix_lps: FloatArray) -> str:
    """Write a linear transform as a text that every elastix accepts after ``-t0``.

    :param matrix_lps: shape (4, 4), fixed to moving in LPS millimetres.

    elastix ignores ITK transform files after ``-t0`` in silence before 5.1, and most kinds of them later; an
    ``AffineTransform`` about the origin in its own format works in all versions.
    """
    numbers = [*matrix_lps[:3, :3].ravel(), *matrix_lps[:3, 3]]
    return (
        '(Transform "AffineTransform")\n'
        "(NumberOfParameters 12)\n"
        f"(TransformParameters {' '.join(repr(float(number)) for number in numbers)})\n"
        + _initial_transform_entries()
        + "(CenterOfRotationPoint 0.0 0.0 0.0)\n"
    )


def field_text(field_name: str) -> str:
    """Write the text that makes elastix start from a displacement field.

    :param field_name: the image of LPS float vectors, relative to the folder elastix runs in.
    """
    return (
        '(Transform "DeformationFieldTransform")\n'
        f'(DeformationFieldFileName "{field_name}")\n'
        "(DeformationFieldInterpolationOrder 1)\n"
        "(NumberOfParameters 0)\n" + _initial_transform_entries()
    )


def _initial_transform_entries() -> str:
    # 5.0 and 5.1 know only the first spelling of the link, 5.2 and later prefer the second one.
    return (
        f'(InitialTransformParametersFileName "{_NO_INITIAL_TRANSFORM}")\n'
        f'(InitialTransformParameterFileName "{_NO_INITIAL_TRANSFORM}")\n'
        '(HowToCombineTransforms "Compose")\n'
        "(FixedImageDimension 3)\n"
        "(MovingImageDimension 3)\n"
        '(FixedInternalImagePixelType "float")\n'
        '(MovingInternalImagePixelType "float")\n'
        '(UseDirectionCosines "true")\n'
    )


def _unreadable(path: Path, why: str) -> TransformImportError:
    return TransformImportError(
        f"The transform file {path.name} cannot be imported: {why}.",
        "Run the registration again, and keep the run folder if it happens twice.",
    )


def _read_file(path: Path) -> _TransformFile:
    try:
        require_ordinary_file(path)
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, "it cannot be read") from error
    last_line = content.rstrip().rsplit(b"\n", 1)[-1].strip()
    if last_line.startswith(b"(") and not _ENTRY.match(last_line):
        raise _unreadable(path, "it is cut off")  # elastix does not notice a full disk
    return _TransformFile(path, {match[1].decode("ascii", "replace"): match[2] for match in _ENTRY.finditer(content)})


def _linked_path(file: _TransformFile, folders: tuple[Path, Path]) -> Path | None:
    """The file that a file builds on, in one of the two folders or below: nothing else of the disk is opened."""
    name = next((file.text(link) for link in _LINK_NAMES if link in file.entries), None)
    if name is None:
        raise _unreadable(file.path, "it does not say which transform it builds on")
    if name in (_NO_INITIAL_TRANSFORM, ""):
        return None
    own = [folder.resolve() for folder in folders]
    candidates = [folders[1] / name, file.path.parent / name, file.path.parent / Path(name).name]
    for candidate in candidates:
        if is_ordinary_file(candidate) and any(candidate.resolve().is_relative_to(folder) for folder in own):
            return candidate
    raise _unreadable(file.path, f"the transform {printable(Path(name).name[:100])} that it builds on is missing")


def _require_finite(step: TransformStep, file: _TransformFile) -> None:
    """Numbers that are finite in the file need not be so once they are multiplied."""
    numbers = [step.matrix_lps] if isinstance(step, LinearStep) else []
    if isinstance(step, BSplineStep):
        numbers = [step.origin_lps, np.linalg.det(step.direction_lps)]
    if not all(np.isfinite(some).all() for some in numbers):
        raise _unreadable(file.path, "its numbers are too large")


def _composed(
    earlier: list[TransformStep], step: TransformStep, file: _TransformFile, is_first: bool
) -> list[TransformStep]:
    """Put a step behind the earlier ones: T(x) = step(earlier(x)), or their sum where the file says "Add"."""
    if is_first or file.text("HowToCombineTransforms", "Compose") == "Compose":
        return [*earlier, step]
    linear = [one for one in earlier if isinstance(one, LinearStep)]
    if isinstance(step, LinearStep) and len(linear) == len(earlier):
        # "Add": T(x) = T1(x) + T0(x) - x, which stays linear as long as both parts are.
        before = np.eye(4)
        for one in linear:
            before = one.matrix_lps @ before
        return [LinearStep(step.matrix_lps + before - np.eye(4), step.kind)]
    return [*earlier, UnsupportedStep(step.kind, 'a transform that is combined with the one before it by "Add"')]


def _read_step(file: _TransformFile) -> TransformStep:
    kind = file.text("Transform")
    reader = _READERS.get(kind)
    if reader is None:
        return UnsupportedStep(kind, f"a transform of the kind {printable(kind[:60])}")
    if kind != "DeformationFieldTransform" and file.text("FixedImageDimension", "3") != "3":
        return UnsupportedStep(kind, f"a transform in {printable(file.text('FixedImageDimension')[:20])} dimensions")
    return reader(file, kind)


def _about_center(matrix: FloatArray, translation: FloatArray, center: FloatArray) -> FloatArray:
    """T(x) = A (x - c) + c + t, the form of all of ITK's MatrixOffsetTransformBase."""
    result = np.eye(4)
    result[:3, :3] = matrix
    result[:3, 3] = translation + center - matrix @ center
    return result


def _axis_rotation(axis: int, angle: float) -> FloatArray:
    """Right-handed rotation about a coordinate axis."""
    cosine, sine = np.cos(angle), np.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.eye(3)
    rotation[first, first] = rotation[second, second] = cosine
    rotation[first, second], rotation[second, first] = -sine, sine
    return rotation


def _read_translation(file: _TransformFile, kind: str) -> TransformStep:
    matrix = np.eye(4)
    matrix[:3, 3] = _counted(file, 3)
    return LinearStep(matrix, kind)


def _read_euler(file: _TransformFile, kind: str) -> TransformStep:
    """Angles in radians about x, y, z; Rz Rx Ry, or Rz Ry Rx with ComputeZYX (itk::Euler3DTransform)."""
    parameters = _counted(file, 6)
    about_x, about_y, about_z = (_axis_rotation(axis, parameters[axis]) for axis in range(3))
    rotation = about_z @ about_y @ about_x if file.is_true("ComputeZYX") else about_z @ about_x @ about_y
    return LinearStep(_about_center(rotation, parameters[3:], _center(file)), kind)


def _read_similarity(file: _TransformFile, kind: str) -> TransformStep:
    """Right part of a unit quaternion, translation, scale (itk::Similarity3DTransform)."""
    parameters = _counted(file, 7)
    x, y, z = parameters[:3]
    w = np.sqrt(max(0.0, 1.0 - (x * x + y * y + z * z)))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    return LinearStep(_about_center(parameters[6] * rotation, parameters[3:6], _center(file)), kind)


def _read_affine(file: _TransformFile, kind: str) -> TransformStep:
    parameters = _counted(file, 12)
    return LinearStep(_about_center(parameters[:9].reshape(3, 3), parameters[9:], _center(file)), kind)


def _read_bspline(file: _TransformFile, kind: str) -> TransformStep:
    order = float(file.numbers("BSplineTransformSplineOrder", 1, default=3)[0])
    if order not in (1, 3):
        return UnsupportedStep(kind, f"a B-spline of order {order:g}")
    if file.is_true("UseCyclicTransform"):
        return UnsupportedStep(kind, "a cyclic B-spline")
    size = file.numbers("GridSize", 3)
    direction = file.numbers("GridDirection", 9).reshape(3, 3).T  # elastix writes the direction column by column
    spacing = file.numbers("GridSpacing", 3)
    is_size = ((size >= 1) & (size <= _MOST_CONTROL_POINTS) & (size == np.rint(size))).all()
    if not is_size or (spacing <= 0).any() or abs(np.linalg.det(direction)) < 1e-9:
        raise _unreadable(file.path, "its control point grid is not valid")
    columns, rows, slices = (int(count) for count in size)
    coefficients = _counted(file, 3 * columns * rows * slices).reshape(3, slices, rows, columns)
    origin = file.numbers("GridOrigin", 3) + direction @ (spacing * file.numbers("GridIndex", 3))
    return BSplineStep(np.moveaxis(coefficients, 0, -1), origin, spacing, direction, int(order), kind)


def _read_field(file: _TransformFile, kind: str) -> TransformStep:
    name = file.text("DeformationFieldFileName")
    return FieldStep(file.path.parent / name, kind)


def _counted(file: _TransformFile, count: int) -> FloatArray:
    parameters = file.parameters()
    if parameters.size != count:
        raise _unreadable(file.path, f"it has {parameters.size} transform parameters, expected {count}")
    return parameters


def _center(file: _TransformFile) -> FloatArray:
    return file.numbers("CenterOfRotationPoint", 3)


_READERS: Mapping[str, Callable[[_TransformFile, str], TransformStep]] = {
    "TranslationTransform": _read_translation,
    "EulerTransform": _read_euler,
    "SimilarityTransform": _read_similarity,
    "AffineTransform": _read_affine,
    "BSplineTransform": _read_bspline,
    "RecursiveBSplineTransform": _read_bspline,
    "DeformationFieldTransform": _read_field,
}
