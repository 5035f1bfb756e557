"""Parameters that contradict each other, or the run that they are for.

What is said of elastix here was tried with 5.0.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from .chosen_components import chosen
from .lint_finding import Circumstances, LintFinding, Severity
from .parameter_file import ParameterFile

_STOCHASTIC = (
    "AdaptiveStochasticGradientDescent",
    "AdaptiveStochasticLBFGS",
    "AdaptiveStochasticVarianceReducedGradient",
    "AdaGrad",
    "PreconditionedStochasticGradientDescent",
    "StandardGradientDescent",
)
_DRAWN = ("Random", "RandomCoordinate", "RandomSparseMask", "MultiInputRandomCoordinate")
_IN_REGIONS = ("RandomCoordinate", "MultiInputRandomCoordinate")
_TURNING = ("EulerTransform", "SimilarityTransform", "AffineTransform", "AffineDTITransform", "AffineLogTransform")
_GRIDS = ("BSplineTransform", "RecursiveBSplineTransform")
_EROSIONS = ("ErodeMask", "ErodeFixedMask", "ErodeMovingMask")


def contradiction_findings(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    """What the parameters of one stage say against each other, or against what is known of the run.

    >>> from .lint_finding import UNKNOWN
    >>> next(contradiction_findings(ParameterFile.parse('(UseDirectionCosines "false")'), UNKNOWN)).replacement
    ('true',)
    """
    yield from _of_orientation(file)
    yield from _of_masks(file, circumstances)
    yield from _of_samples(file)
    yield from _of_regions(file)
    yield from _of_start(file, circumstances)
    yield from _of_grid(file)
    yield from _of_scales(file)
    yield from _of_pixel_types(file)


def _found(
    file: ParameterFile,
    severity: Severity,
    name: str,
    what: str,
    remedy: str,
    replacement: tuple[str, ...] | None = None,
) -> LintFinding:
    return LintFinding(severity, what, remedy, name, file.line_number(name), replacement, kind="contradiction")


def _of_orientation(file: ParameterFile) -> Iterator[LintFinding]:
    if file.first("UseDirectionCosines", "true") == "false":
        what = "UseDirectionCosines is off, and elastix would misplace volumes, landmarks and transforms."
        yield _found(file, "error", "UseDirectionCosines", what, 'Set it to "true", or remove the line.', ("true",))


def _of_masks(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    samplers = file.get("ImageSampler") or ()
    if "RandomSparseMask" in samplers and circumstances.has_fixed_mask is False:
        instead = tuple("RandomCoordinate" if sampler == "RandomSparseMask" else sampler for sampler in samplers)
        what = "RandomSparseMask draws samples in the fixed mask, and there is none; here they are drawn everywhere."
        yield _found(file, "note", "ImageSampler", what, "Give a fixed mask, or use RandomCoordinate.", instead)
    for name, side, has_mask in (
        ("ErodeFixedMask", "fixed", circumstances.has_fixed_mask),
        ("ErodeMovingMask", "moving", circumstances.has_moving_mask),
    ):
        if name in file and has_mask is False:
            yield _found(file, "note", name, f"{name} does nothing, as there is no {side} mask.", "Remove the line.")
    if circumstances.mask_edge != "region":
        return
    for name in _EROSIONS:
        if "true" in (file.get(name) or ()):
            what = f"{name} cuts a rim off the mask, and the edge of a region of interest is part of what has to match."
            yield _found(file, "warning", name, what, 'Set it to "false".', ("false",))


def _of_samples(file: ParameterFile) -> Iterator[LintFinding]:
    optimizer = file.first("Optimizer", "")
    samplers = file.get("ImageSampler") or ()
    if optimizer not in _STOCHASTIC:
        return
    drawn = [sampler for sampler in samplers if sampler in _DRAWN]
    switches = file.get("NewSamplesEveryIteration") or ("false",)
    if drawn and "false" in switches:
        said = "is off" if "NewSamplesEveryIteration" in file else "is not set, which leaves it off"
        what = f"NewSamplesEveryIteration {said}, and {optimizer} would see the same few samples in every iteration."
        yield _found(file, "warning", "NewSamplesEveryIteration", what, 'Set it to "true".', ("true",))
    every = [sampler for sampler in samplers if sampler in ("Full", "Grid")]
    if every:
        looks = "every voxel" if every[0] == "Full" else "all points of a grid"
        what = f"The sampler {every[0]} looks at {looks} in every iteration, which is slow and not needed."
        instead = tuple("RandomCoordinate" if sampler in every else sampler for sampler in samplers)
        remedy = 'Use RandomCoordinate with (NewSamplesEveryIteration "true").'
        severity: Severity = "warning" if every[0] == "Full" else "note"
        yield _found(file, severity, "ImageSampler", what, remedy, instead)


def _of_regions(file: ParameterFile) -> Iterator[LintFinding]:
    name = "UseRandomSampleRegion"
    samplers = file.get("ImageSampler") or ()
    is_on = "true" in (file.get(name) or ())
    if is_on and samplers and not set(samplers) & set(_IN_REGIONS):
        what = f"{name} does nothing, as the sampler {samplers[0]} does not look at it."
        yield _found(file, "note", name, what, "Use RandomCoordinate, or remove the line.")
    elif "SampleRegionSize" in file and not is_on:
        what = f"SampleRegionSize does nothing, as {name} is off."
        yield _found(file, "note", "SampleRegionSize", what, f'Set {name} to "true", or remove the line.')
    if is_on and "RandomCoordinate" in samplers and _estimates_spline_steps(file):
        what = "elastix estimates the step size of a spline without the random region, and the steps become too long."
        instead = tuple("MultiInputRandomCoordinate" if one == "RandomCoordinate" else one for one in samplers)
        yield _found(
            file, "warning", "ImageSampler", what, "Use MultiInputRandomCoordinate, which has no such fault.", instead
        )


def _estimates_spline_steps(file: ParameterFile) -> bool:
    """Measured on two brains, correlation in regions of 30 mm: the volumes moved apart; with the other sampler not."""
    estimates = file.first("AutomaticParameterEstimation", "true") == "true"
    is_spline = bool(set(chosen(file, "Transform")[:1]) & set(_GRIDS))
    return estimates and is_spline and file.first("Optimizer", "") == "AdaptiveStochasticGradientDescent"


def _of_start(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    name = "AutomaticTransformInitialization"
    is_automatic = file.first(name, "false") == "true"
    if is_automatic and circumstances.has_start:
        what = f"{name} does nothing, as there is a transform to start from."
        yield _found(file, "note", name, what, 'Set it to "false", or remove the line.', ("false",))
    if not is_automatic and "AutomaticTransformInitializationMethod" in file:
        what = f"AutomaticTransformInitializationMethod does nothing, as {name} is off."
        yield _found(file, "note", f"{name}Method", what, f'Set {name} to "true", or remove the line.')
    if file.first("HowToCombineTransforms", "Compose") == "Add":
        what = (
            "HowToCombineTransforms is Add: displacements are summed instead of carried out one after the other, "
            "and no transform file can hold that exactly."
        )
        yield _found(file, "note", "HowToCombineTransforms", what, 'Use "Compose".', ("Compose",))


def _of_grid(file: ParameterFile) -> Iterator[LintFinding]:
    in_mm, in_voxels, old = "FinalGridSpacingInPhysicalUnits", "FinalGridSpacingInVoxels", "FinalGridSpacing"
    transform = chosen(file, "Transform")[:1]
    if not set(transform) & set(_GRIDS):
        return
    if in_mm in file and in_voxels in file:
        what = f"Both {in_mm} and {in_voxels} are set, and elastix refuses that."
        yield _found(file, "error", in_voxels, what, "Remove one of the two, best that in voxels.")
    if old in file and in_mm not in file and in_voxels not in file:
        what = f"elastix passes over {old}, an old name, and sets the control points 8 voxels apart."
        yield LintFinding(
            "warning",
            what,
            f"Use {in_mm} for mm, or {in_voxels} for voxels, which {old} meant.",
            old,
            file.line_number(old),
            new_name=in_voxels,
            kind="contradiction",
        )


def _of_scales(file: ParameterFile) -> Iterator[LintFinding]:
    name = "AutomaticScalesEstimation"
    is_on = file.first(name, "false") == "true"
    if is_on and "Scales" in file:
        yield _found(file, "note", "Scales", f"Scales does nothing, as {name} is on.", "Remove the line.")
    is_off = file.first(name, "false") == "false"
    if is_off and "Scales" not in file and set(chosen(file, "Transform")) & set(_TURNING):
        what = f"{name} is off, and elastix weighs turning against shifting by a fixed number."
        yield _found(file, "note", name, what, 'Set it to "true".', ("true",))


def _of_pixel_types(file: ParameterFile) -> Iterator[LintFinding]:
    """Debian's 5.0.1 computes with two volumes of short as well, the wheel of 5.3.1 only with float, none with both."""
    names = ("FixedInternalImagePixelType", "MovingInternalImagePixelType")
    kinds = [file.first(name, "float") for name in names]
    for name, kind in zip(names, kinds, strict=True):
        if kind == "short":
            are_mixed = len(set(kinds)) > 1
            whose = "the other volume has float" if are_mixed else "not every elastix can compute with that"
            what = f"{name} is short, and {whose}."
            yield _found(file, "error" if are_mixed else "warning", name, what, 'Set it to "float".', ("float",))
