"""The real engines made to fail, one way after the other: cause and remedy are those of what was done to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.workspace import Workspace
from failing_runs import (
    FAST_AWAY,
    HALF_A_TRANSFORM,
    IMAGE_METRIC,
    LANDMARK_METRIC,
    NATIVE,
    PYRAMIDS,
    SEVERAL,
    SIZE,
    TWO,
    WHEEL,
    WITH_LANDMARKS,
    anatomy,
    box,
    engine_of,
    failed_run,
    option_of,
    parameters,
    run_folder,
    write_image,
    write_landmarks,
)

both_engines = pytest.mark.parametrize("engine_name", [NATIVE, WHEEL])

Change = Callable[[Workspace], object]


def given(**changes: str | None) -> Change:
    """Another parameter file."""
    return lambda files: files.parameter_file(0).write_text(parameters(**changes))


def landmarks(fixed: int = 4, moving: int = 4, announced: int | None = None) -> Change:
    return lambda files: write_landmarks(files, fixed, moving, announced)


def moving_at(x_mm: float) -> Change:
    """A moving volume at another place."""
    return lambda files: write_image(files.moving, anatomy(), (x_mm, 0, 0))


def slices(count: int) -> Change:
    """Volumes of a few slices."""

    def write(files: Workspace) -> None:
        write_image(files.fixed, anatomy()[:count])
        write_image(files.moving, anatomy()[:count])

    return write


def fixed_mask(voxels: np.ndarray, x_mm: float = 0) -> Change:
    return lambda files: write_image(files.fixed_mask, voxels, (x_mm, 0, 0))


def moving_voxels(voxels: np.ndarray) -> Change:
    return lambda files: write_image(files.moving, voxels)


def text(name: str, content: str) -> Change:
    return lambda files: (files.folder / name).write_text(content)


def sparse_mask() -> np.ndarray:
    """Three spots in three corners."""
    mask = box(0, 0)
    mask[0, 0, 0] = mask[-1, -1, -1] = mask[10, 10, 10] = 1
    return mask


def constant() -> np.ndarray:
    return np.full((SIZE,) * 3, 5, "<f4")


# name: (what is done to a run that would succeed, the cause has to say, the remedy has to say, the fix offered)
FAILURES: dict[str, tuple[list[Change], str, str, str | None]] = {
    # Overlap and masks
    "no overlap": (
        [moving_at(500)],
        "do not overlap: none of 13824 sample points of the fixed volume lies inside the moving volume",
        "starting from landmarks",
        "--initial gravity",
    ),
    "little overlap": ([moving_at(40)], "Only 2287 of 13824", "crop both", "--initial gravity"),
    "steps too large": ([given(**FAST_AWAY)], "moved apart: in iteration 2 only 0 of 500", "rigid stage", None),
    "moving mask eroded away": (
        [
            given(ErodeMask='"true"', ImagePyramidSchedule="4 4 4"),
            lambda files: write_image(files.moving_mask, box(10, 14)),
        ],
        "inside the moving volume and inside its mask",
        "leave out the moving mask",
        "--initial gravity",
    ),
    "sparse mask": ([fixed_mask(sparse_mask())], "mask is too small for random sampling", "Crop", None),
    "sparse mask, samples on voxels": (
        [fixed_mask(sparse_mask()), given(ImageSampler='"Random"')],
        "mask is too small for random sampling",
        "Crop",
        None,
    ),
    "empty mask": ([fixed_mask(box(0, 0))], "it is empty or lies beside", "Check that the mask lies on", None),
    "label 256": ([fixed_mask(box(4, 20, 256, np.uint16))], "it is empty or lies beside", "Check that the mask", None),
    "mask eroded away": (
        [fixed_mask(box(8, 14)), given(ErodeMask='"true"', ImagePyramidSchedule="4 4 4")],
        "was eroded away",
        "declare its edge a region of interest",
        "--mask-edge region",
    ),
    "mask elsewhere": ([fixed_mask(box(4, 20), 500)], "mask lies outside of the volume", "Check that the mask", None),
    "samples from a mask, no mask": (
        [given(ImageSampler='"RandomSparseMask"')],
        "RandomSparseMask",
        "Give a fixed mask",
        None,
    ),
    # Landmarks
    "landmark metric first": (
        [landmarks(), given(Registration=SEVERAL, Metric=f"{LANDMARK_METRIC} {IMAGE_METRIC}")],
        "names the landmark metric first, or alone",
        "Name an image metric first",
        None,
    ),
    "landmark metric alone": (
        [landmarks(), given(Metric=LANDMARK_METRIC)],
        "names the landmark metric first, or alone",
        "weight 0",
        None,
    ),
    "no landmarks": ([given(**WITH_LANDMARKS)], "and none were given", "Give landmarks for both", None),
    "landmarks that do not pair": (
        [landmarks(3, 4), given(**WITH_LANDMARKS)],
        "There are 3 fixed and 4 moving landmarks",
        "counterpart",
        None,
    ),
    "landmark file too short": (
        [landmarks(3, 5, announced=5), given(**WITH_LANDMARKS)],
        "fixed_landmarks.txt holds fewer points",
        "Write the landmarks again",
        None,
    ),
    # Volumes
    "no contrast": ([moving_voxels(constant())], "has no contrast or a single slice", "contrast and several", None),
    "not a number": (
        [moving_voxels(np.full((SIZE,) * 3, np.nan, "<f4"))],
        "values that are no numbers",
        "ordinary range",
        None,
    ),
    "infinite voxels": (
        [moving_voxels(np.where(anatomy() > 20, np.inf, anatomy()).astype("<f4"))],
        "infinite or very large",
        "ordinary range",
        None,
    ),
    "two slices": (
        [slices(2), given(ImagePyramidSchedule=None, NumberOfResolutions="3")],
        "fewer than 4 slices along axis 2",
        "at least 4 voxels",
        None,
    ),
    "regions larger than the volume": (
        [given(UseRandomSampleRegion='"true"', SampleRegionSize="50 50 50")],
        "regions of 50 mm, and the fixed volume measures 48 mm (24 voxels) along axis 0",
        "such as generic",
        "--preset generic",
    ),
    "four dimensions": (
        [lambda files: write_image(files.fixed, np.stack([anatomy(), anatomy()]))],
        "has 4 dimensions",
        "take one volume out",
        None,
    ),
    "no image file": ([text("fixed.mha", "no image at all")], "read the fixed image", "temporary files", None),
    "no mask file": ([text("fixed_mask.mha", "no image at all")], "read the fixed mask", "temporary files", None),
    "volume removed": ([lambda files: files.moving.unlink()], "read the moving image", "temporary files", None),
    # Parameter files and transforms
    "two metrics for one": (
        [given(**TWO)],
        "has 2 metrics, and its Registration takes one",
        '(Registration "MultiMetricMultiResolutionRegistration")',
        None,
    ),
    "interpolators for some metrics": (
        [
            landmarks(),
            given(
                Registration=SEVERAL,
                Metric=f"{IMAGE_METRIC} {IMAGE_METRIC} {LANDMARK_METRIC}",
                Interpolator=TWO["Interpolator"],
            ),
        ],
        '("The NumberOfInterpolators should equal 1 or equal the NumberOfMetrics")',
        "Name one of each",
        None,
    ),
    "pyramids for some interpolators": (
        [landmarks(), given(**WITH_LANDMARKS, **{name: value * 2 for name, value in PYRAMIDS.items()})],
        '("NumberOfMovingImagePyramids can not exceed the NumberOfInterpolators")',
        "Name one of each",
        None,
    ),
    "a component of no engine": (
        [given(Metric='"MattesMutualInformationWithRigidityPenalty"')],
        "No elastix has MattesMutualInformationWithRigidityPenalty any more",
        "another preset",
        "--preset generic",
    ),
    "no transform named": ([given(Transform=None)], "which Transform to use", "(Transform ...)", None),
    "bracket missing": (
        [text("parameters.0.txt", parameters() + "(NumberOfResolutions 2\n")],
        'cannot read: "(NumberOfResolutions 2"',
        "brackets",
        None,
    ),
    "parameter twice": (
        [text("parameters.0.txt", parameters() + "(NumberOfResolutions 2)\n")],
        "NumberOfResolutions stands in the parameter file more than once",
        "Keep one line",
        None,
    ),
    "number that is none": (
        [given(NumberOfResolutions='"two"')],
        'NumberOfResolutions has the value "two"',
        "Correct the value of NumberOfResolutions",
        None,
    ),
    "yes for true": (
        [given(NewSamplesEveryIteration='"yes"')],
        'has the value "yes", and can only be "true" or "false"',
        "NewSamplesEveryIteration",
        None,
    ),
    "grid without spacing": (
        [given(Transform='"BSplineTransform"', FinalGridSpacingInPhysicalUnits="0")],
        "grid with a spacing of 0",
        "larger than 0",
        None,
    ),
    "half a transform to start from": (
        [text("initial_transform.txt", HALF_A_TRANSFORM)],
        "transform to start from is incomplete",
        "Export the initial transform again",
        None,
    ),
    "grid too fine for the memory": (
        [given(Transform='"BSplineTransform"', FinalGridSpacingInPhysicalUnits="0.002")],
        "ran out of memory",
        "Crop the volumes",
        "--crop overlap",
    ),
    # Folders
    "no output folder": ([lambda files: files.result.rmdir()], "did not find its output folder", "temporary", None),
}


@both_engines
@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_put_into_the_words_of_its_cause(name: str, engine_name: str, tmp_path: Path):
    changes, cause, remedy, option = FAILURES[name]
    files = run_folder(tmp_path)
    for change in changes:
        change(files)
    error = failed_run(files, engine_of(engine_name))
    assert cause in error.what
    assert remedy in error.remedy
    assert option_of(error) == option
    assert not error.what.startswith("Stage")
