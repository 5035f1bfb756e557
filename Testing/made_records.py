"""Records of runs that never were: one of every kind, and one whose names try to be more than names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ElastixPlusLib.record.run_record import (
    Choices,
    Ending,
    EngineIdentity,
    Geometry,
    InputIdentity,
    LandmarkUse,
    MaskUse,
    Matrix,
    ParameterText,
    RecordedFinding,
    ResultIdentity,
    RunRecord,
    Software,
    StartUsed,
    Timing,
)

PATIENT = "Doe^Jane 1961"
# What a terminal, rich or a web page could take for more than letters.
HOSTILE = "\x1b[2J[bold red]x[/] <script>alert(1)</script>\r\nFORGED: line \u202e \x00 \x9b31m"
NATIVE = EngineIdentity("elastix", "5.0.1", "5.0.1", "/opt/elastix", "c" * 64)
WHEEL = EngineIdentity("itk-elastix", "0.25.4", "5.3.1", "/opt/python", "d" * 64)
SLICER = Software("0.7.0", "3D Slicer 5.10.0", "3.12.3", "Linux x86_64", 12)
IDENTITY: Matrix = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def stage(transform: str = "EulerTransform", *more: str, landmark_weight: str = "", resolutions: int = 3) -> str:
    """A parameter file, with landmarks that pull where a weight is given."""
    lines = [f'(Transform "{transform}")', f"(NumberOfResolutions {resolutions})", *more]
    if landmark_weight:
        lines += [
            '(Registration "MultiMetricMultiResolutionRegistration")',
            '(Metric "AdvancedMattesMutualInformation" "CorrespondingPointsEuclideanDistanceMetric")',
            "(Metric0Weight 1)",
            f"(Metric1Weight {landmark_weight})",
        ]
    else:
        lines += ['(Registration "MultiResolutionRegistration")', '(Metric "AdvancedMattesMutualInformation")']
    return "\n".join(lines) + "\n"


def geometry(
    dimensions: tuple[int, int, int] = (101, 102, 33), spacing: Sequence[float] = (0.75, 0.75, 2.5)
) -> Geometry:
    """A volume whose first two axes are swapped, so that spacing has to be read along the columns."""
    i, j, k = spacing
    return Geometry(dimensions, ((0.0, j, 0.0, 5.0), (i, 0.0, 0.0, 6.0), (0.0, 0.0, k, 7.0), IDENTITY[3]), "int16")


def volume(role: str, which: Geometry | None = None) -> InputIdentity:
    """A volume that is called as the patient is."""
    return InputIdentity(
        *(role, "vtkMRMLScalarVolumeNode", f"{PATIENT} {role}", f"vtkMRMLScalarVolumeNode_{role}"),
        *(f"/home/x/{PATIENT}/{role}.nrrd", which or geometry(), "e" * 64),
    )


def pairs(role: str, before_mm: Sequence[float], after_mm: Sequence[float]) -> tuple[LandmarkUse, ...]:
    """Landmarks with their distances."""
    return tuple(
        LandmarkUse(f"{role}{index}", role, (1.5 * index, 2.25, 3.0), (4.0, 5.0, 6.125), was, now)
        for index, (was, now) in enumerate(zip(before_mm, after_mm, strict=True))
    )


def linear_run() -> RunRecord:
    """A rigid run in Slicer, without landmarks and masks."""
    return RunRecord(
        made_at="2026-11-28T13:05:00Z",
        software=SLICER,
        engine=NATIVE,
        choices=Choices("rigid"),
        inputs=(volume("fixed"), volume("moving", geometry((64, 65, 66), (1.1, 1.2, 1.3)))),
        command=("/opt/elastix", "-f", "fixed.mha", "-m", "moving.mha", "-p", "parameters.0.txt"),
        parameter_files=(ParameterText("0-rigid.txt", stage("EulerTransform", "(MaximumNumberOfIterations 111)")),),
        seeds=("",),
        seconds=Timing(0.5, 7.25, 0.125, 8.0),
        result=ResultIdentity("linear", "f" * 64, ((1.0, 2.0, 3.0),), ((1.5, 2.0, 3.0),)),
    )


def spline_run() -> RunRecord:
    """Rigid, then B-spline, with landmarks of both roles, masks, a start and changes."""
    texts = (
        stage(
            "EulerTransform", "(MaximumNumberOfIterations 60)", "(NumberOfSpatialSamples 2048)", landmark_weight="0.005"
        ),
        stage(
            "BSplineTransform",
            "(MaximumNumberOfIterations 70 80 90)",
            "(NumberOfSpatialSamples 3000)",
            "(FinalGridSpacingInPhysicalUnits 14)",
            landmark_weight="0.02",
        ),
    )
    return replace(
        linear_run(),
        choices=Choices(
            "generic",
            ("MaximumNumberOfIterations=60", "bspline.FinalGridSpacingInPhysicalUnits=14"),
            ("check0", "check1"),
            fixed_mask="body",
            mask_margin_mm=-2.5,
            crop="overlap",
            initial="landmarks",
            threads=4,
            seed=17,
        ),
        inputs=(
            *linear_run().inputs,
            InputIdentity("fixed_landmarks", "vtkMRMLMarkupsFiducialNode", f"{PATIENT} F"),
            InputIdentity("moving_landmarks", "vtkMRMLMarkupsFiducialNode", f"{PATIENT} M"),
            InputIdentity("moving_exclude", "vtkMRMLSegmentationNode", f"{PATIENT} tumour"),
        ),
        parameter_files=tuple(ParameterText(f"{index}.txt", text) for index, text in enumerate(texts)),
        seeds=("17", "17"),
        masks=(MaskUse("fixed", "region", 25_000, 100_000, "a" * 64), MaskUse("moving", "artificial", 3, 4, "b" * 64)),
        landmarks=(
            *pairs("drive", (8.0, 9.0, 13.0), (0.25, 0.5, 0.75)),
            *pairs("check", (7.0, 5.0), (1.5, 2.75)),
        ),
        start=StartUsed("landmarks", IDENTITY, "a" * 64),
        findings=(RecordedFinding("mask", "warning", "The mask is small.", "Draw a larger one."),),
        warnings=("The mask is small. Draw a larger one.", "Something else."),
        result=ResultIdentity("composite", "f" * 64, ((1.0, 2.0, 3.0),), ((1.5, 2.0, 3.0),)),
    )


def fit_of_landmarks() -> RunRecord:
    """An affine fit of the landmarks alone."""
    return replace(
        linear_run(),
        engine=EngineIdentity("none"),
        choices=Choices("landmarks-affine", landmark_fit="affine"),
        command=(),
        parameter_files=(),
        seeds=(),
        landmarks=pairs("drive", (8.0, 9.0, 13.0, 11.0), (0.25, 0.5, 0.75, 0.125)),
    )


def failed_run() -> RunRecord:
    """Elastix was killed."""
    ending = Ending("failed", 4, "Elastix was stopped by the system.", "Close other programs.", -9)
    return replace(spline_run(), ending=ending, result=None, seconds=None, landmarks=pairs("drive", (), ()))


def own_files() -> RunRecord:
    """Two parameter files of the user's own."""
    texts = spline_run().parameter_files
    return replace(linear_run(), choices=Choices(""), parameter_files=texts, seeds=("5", "6"))


def wheel_run() -> RunRecord:
    """Elastix of the itk-elastix wheel, outside of Slicer."""
    return replace(linear_run(), engine=WHEEL, software=replace(SLICER, host="slicer-core 5.13.0"))


def several_pairs() -> RunRecord:
    """Three pairs of volumes at once."""
    further = (volume("further_fixed"), volume("further_fixed"), volume("further_moving"), volume("further_moving"))
    return replace(linear_run(), inputs=(*linear_run().inputs, *further))


def hostile_run() -> RunRecord:
    """Names, texts and values of a stranger."""
    whole = spline_run()
    bad = whole.inputs[0]
    return replace(
        whole,
        made_at=HOSTILE,
        software=Software(HOSTILE, f"3D Slicer {HOSTILE}", HOSTILE, HOSTILE, 1),
        engine=EngineIdentity("elastix", HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        choices=replace(whole.choices, preset=HOSTILE, overrides=(HOSTILE,), landmark_weight=HOSTILE, crop=HOSTILE),
        inputs=(replace(bad, name=HOSTILE, file=HOSTILE, kind=HOSTILE), *whole.inputs[1:]),
        command=(HOSTILE,),
        parameter_files=tuple(ParameterText(f"../{HOSTILE}", one.text) for one in whole.parameter_files),
        seeds=(HOSTILE,),
        masks=(MaskUse(HOSTILE, HOSTILE, 1, 0, HOSTILE),),
        landmarks=tuple(replace(one, label=HOSTILE) for one in whole.landmarks),
        start=StartUsed(HOSTILE, ((1.0,),), HOSTILE),
        findings=(RecordedFinding(HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        warnings=(HOSTILE,),
        result=ResultIdentity(HOSTILE, HOSTILE),
    )


DONE = {
    "linear": linear_run(),
    "spline": spline_run(),
    "landmark fit": fit_of_landmarks(),
    "own files": own_files(),
    "wheel": wheel_run(),
    "several pairs": several_pairs(),
    "hostile": hostile_run(),
}
