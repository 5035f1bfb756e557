"""The record of a run: most of it is known before elastix starts, the rest when it has ended."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt
import vtk

from .accuracy.landmark_errors import LandmarkReport
from .checking.checked_request import CheckedRequest
from .checking.mask_preparation import ROLES, mask_edge
from .checking.starting_position import Side
from .collection import CollectedResult, probe_points
from .elastix.parameter_file import ParameterFile
from .errors import ElastixFailedError, ElastixPlusError
from .grid import Grid
from .mrml.frames import array_from_matrix, transformed_points
from .mrml.saved_names import text_of
from .mrml.transform_numbers import kind_of_transform, transform_numbers
from .record.digests import digest_of_arrays
from .record.engine_identity import engine_identity
from .record.run_record import (
    Choices,
    Ending,
    Geometry,
    InputIdentity,
    LandmarkUse,
    MaskUse,
    Matrix,
    ParameterText,
    Point,
    RecordedFinding,
    ResultIdentity,
    RunRecord,
    Software,
    StartUsed,
    Timing,
)
from .request import RegistrationRequest
from .result import Seconds
from .steps import Steps, in_background
from .version import __version__

FloatArray = npt.NDArray[np.float64]

_PROBES = 64
_SEED_OF_ELASTIX = "121212"  # what it takes where a parameter file names none
_NODES = (
    *("fixed", "moving", "further_fixed", "further_moving", "fixed_landmarks", "moving_landmarks"),
    *("fixed_mask", "moving_mask", "fixed_exclude", "moving_exclude", "initial"),
)


def record_steps(checked: CheckedRequest) -> Steps[RunRecord]:
    """Write down everything that is known before the run, in pieces of about 30 ms.

    :returns: a record of a run without an end; see :func:`finished_record` and :func:`failed_record`.
    """
    request, start = checked.request, checked.start.transform
    volumes = _volumes(checked)
    digests = yield from in_background(lambda: _digests([voxels for _, _, voxels in volumes]))
    masks = yield from in_background(lambda: tuple(_masks(checked)))
    numbers = () if start is None else transform_numbers(start)
    start_digest = "" if start is None else (yield from in_background(lambda: digest_of_arrays(*numbers)))
    engine = yield from in_background(lambda: engine_identity(checked.engine))
    known = iter(zip(volumes, digests, strict=True))
    return RunRecord(
        made_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        software=_software(request.host),
        engine=engine,
        choices=_choices(checked),
        inputs=tuple(_inputs(request, [(grid, voxels, digest) for (_, grid, voxels), digest in known], start_digest)),
        parameter_files=tuple(
            ParameterText(file.path.name if file.path else "", file.text) for file in checked.parameter_files
        ),
        seeds=tuple(_seed(file) for file in checked.parameter_files),
        masks=masks,
        landmarks=tuple(_landmarks(checked)),
        start=StartUsed(checked.start.name, _matrix_of(start), start_digest),
        findings=tuple(RecordedFinding(one.kind, one.severity, one.what, one.remedy) for one in checked.findings),
        warnings=checked.warnings,
    )


def finished_record(
    record: RunRecord, landmarks: LandmarkReport, seconds: Seconds, result: ResultIdentity
) -> RunRecord:
    """Complete the record of a run that has gone well.

    :param landmarks: what the landmarks say, in the order of the record.
    """
    measured = zip(record.landmarks, landmarks.pairs, strict=True)
    return replace(
        record,
        landmarks=tuple(replace(one, after_mm=pair.after_mm) for one, pair in measured),
        seconds=Timing(*(round(value, 3) for value in vars(seconds).values())),
        ending=Ending("done"),
        result=result,
    )


def failed_record(record: RunRecord, error: BaseException) -> RunRecord:
    """Complete the record of a run that has failed."""
    if not isinstance(error, ElastixPlusError):
        return replace(record, ending=Ending("failed", 1, f"{type(error).__name__}: {error}"))
    status = error.exit_status if isinstance(error, ElastixFailedError) else None
    return replace(record, ending=Ending("failed", error.exit_code, error.what, error.remedy, status))


def result_identity_steps(checked: CheckedRequest, found: CollectedResult) -> Steps[ResultIdentity]:
    """Tell the transform of a run from others, in pieces of about 30 ms."""
    numbers = transform_numbers(found.transform)
    digest = yield from in_background(lambda: digest_of_arrays(*numbers))
    probes = probe_points(checked.fixed.grid)[:_PROBES]
    mapped = transformed_points(found.transform, probes)
    return ResultIdentity(kind_of_transform(found.transform), digest, _points(probes), _points(mapped))


def _software(host: str) -> Software:
    return Software(
        elastixplus=__version__,
        host=host or _packages(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}".strip(),
        processors=os.cpu_count() or 1,
    )


@cache  # Python remembers every state of the folders in which it looks, and so grows a little with each look
def _packages() -> str:
    """What stands in for the application where there is none."""
    try:
        return f"slicer-core {version('slicer-core')}"
    except PackageNotFoundError:
        return f"VTK {vtk.vtkVersion.GetVTKVersion()}"


def _choices(checked: CheckedRequest) -> Choices:
    request, weight = checked.request, checked.request.landmark_weight
    return Choices(
        preset="" if request.parameter_files else request.preset,
        overrides=tuple(request.overrides),
        check_labels=tuple(request.check_labels),
        landmark_weight=weight if isinstance(weight, str) else float(weight),
        skip_unusable_landmarks=request.skip_unusable_landmarks,
        fixed_mask=_text(request.fixed_mask),
        moving_mask=_text(request.moving_mask),
        fixed_mask_segments=tuple(request.fixed_mask_segments),
        moving_mask_segments=tuple(request.moving_mask_segments),
        fixed_exclude_segments=tuple(request.fixed_exclude_segments),
        moving_exclude_segments=tuple(request.moving_exclude_segments),
        mask_edge=request.mask_edge,
        mask_margin_mm=float(request.mask_margin_mm),
        crop=checked.crop,
        initial=checked.start.name,
        transform_kind=request.transform_kind,
        landmark_fit=checked.landmark_fit,
        despite_findings=request.despite_findings,
        threads=checked.threads,
        seed=request.seed,
    )


def _digests(arrays: list[npt.NDArray[np.generic]]) -> list[str]:
    """The checksums of several arrays, side by side where the system allows another thread."""
    try:
        with ThreadPoolExecutor(len(arrays)) as pool:
            return list(pool.map(digest_of_arrays, arrays))
    except RuntimeError:
        return [digest_of_arrays(array) for array in arrays]


def _text(given: Any) -> str:
    return given if isinstance(given, str) else ""


def _volumes(checked: CheckedRequest) -> list[tuple[str, Grid, npt.NDArray[np.generic]]]:
    """Role, voxels and their place for every volume, in the order of the inputs."""
    named = [("fixed", checked.fixed), ("moving", checked.moving)]
    named += [("further_fixed", volume) for volume in checked.further.fixed]
    named += [("further_moving", volume) for volume in checked.further.moving]
    return [(role, volume.grid, volume.voxels) for role, volume in named]


def _inputs(
    request: RegistrationRequest, volumes: list[tuple[Grid, npt.NDArray[np.generic], str]], start_digest: str
) -> Iterator[InputIdentity]:
    known = iter(volumes)
    for role in _NODES:
        given = getattr(request, role)
        all_given = given if isinstance(given, tuple) else (given,)
        nodes = [node for node in all_given if node is not None and not isinstance(node, str)]
        for index, node in enumerate(nodes):
            file = "".join(request.input_files.get(role, ())[index : index + 1]) or _file_of(node)
            identity = InputIdentity(role, node.GetClassName(), text_of(node.GetName()), node.GetID() or "", file)
            if role in ("fixed", "moving", "further_fixed", "further_moving"):
                grid, voxels, digest = next(known)
                geometry = Geometry(_three(grid.dimensions), _matrix(grid.ijk_to_world), str(voxels.dtype))
                identity = replace(identity, geometry=geometry, sha256=digest)
            elif role == "initial":
                identity = replace(identity, sha256=start_digest)
            yield identity


def _file_of(node: Any) -> str:
    storage = node.GetStorageNode() if hasattr(node, "GetStorageNode") else None
    return "" if storage is None else str(storage.GetFileName() or "")


def _three(dimensions: tuple[int, ...]) -> tuple[int, int, int]:
    columns, rows, slices = (int(count) for count in dimensions)
    return columns, rows, slices


def _masks(checked: CheckedRequest) -> Iterator[MaskUse]:
    sides: tuple[Side, Side] = (checked.fixed_side, checked.moving_side)
    for role, side in zip(ROLES, sides, strict=True):
        voxels = side.mask_voxels
        if voxels is not None:
            edge = mask_edge(checked.request, role) or "region"
            yield MaskUse(role, edge, int(np.count_nonzero(voxels)), int(voxels.size), digest_of_arrays(voxels))


def _landmarks(checked: CheckedRequest) -> Iterator[LandmarkUse]:
    pairs = checked.pairs
    if pairs is None:
        return
    for label, drives, fixed, moving in zip(
        pairs.labels, pairs.drives, _points(pairs.fixed_ras), _points(pairs.moving_ras), strict=True
    ):
        before_mm = float(np.linalg.norm(np.subtract(fixed, moving)))
        yield LandmarkUse(label, "drive" if drives else "check", fixed, moving, before_mm)


def _seed(file: ParameterFile) -> str:
    return file.first("RandomSeed", "") or _SEED_OF_ELASTIX


def _matrix_of(transform: vtk.vtkAbstractTransform | None) -> Matrix:
    if not isinstance(transform, vtk.vtkLinearTransform):
        return ()
    return _matrix(array_from_matrix(transform.GetMatrix()))


def _matrix(array: FloatArray) -> Matrix:
    return tuple(tuple(float(value) for value in row) for row in array)


def _points(array: FloatArray) -> tuple[Point, ...]:
    return tuple((float(x), float(y), float(z)) for x, y, z in array)
