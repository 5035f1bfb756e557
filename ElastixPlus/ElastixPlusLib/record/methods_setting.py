"""Sentences of a methods section: which volumes, with what, from which preset, from where, and inside of what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import PresetError
from ..presets.library import find_preset
from ..presets.preset import Preset
from ..report.citations import ELASTIX, ITK_ELASTIX, SLICER, citation_of
from ..report.number_words import number, share
from ..report.shown_text import one_line
from .methods_sentence import Sentence, counted
from .run_record import Geometry, MaskUse, RunRecord

FITS = {
    "rigid": "a rigid fit",
    "similarity": "a rigid fit with scaling",
    "affine": "an affine fit",
    "thin-plate": "a thin-plate spline",
    "bspline": "a rigid fit and then a B-spline",
}
_STARTS = {
    "none": "the positions of the volumes as they were loaded",
    "centers": "the centres of the volumes laid on each other",
    "gravity": "the centres of gravity of what is bright in the volumes laid on each other",
    "transform": "a transform that was given",
    "landmarks": "a rigid fit",
    "landmarks-similarity": "a rigid fit with scaling",
    "landmarks-affine": "an affine fit",
}
_FOUND_MASKS = {
    "body": ", the body as found in the volume",
    "field-of-view": ", the field of view as found in the volume",
}
_EDGES = {
    "region": "its edge was taken as anatomy and counted",
    "artificial": "its edge was taken as artificial and did not count",
}


def setting_sentences(record: RunRecord) -> Iterator[Sentence]:
    """Everything but the stages of elastix and the evidence."""
    yield _volumes(record)
    yield _program(record)
    further = len(record.inputs_of("further_fixed"))
    if further:
        yield Sentence(
            f"{counted(further, 'further pair of volumes')} of the same anatomy "
            f"{'was' if further == 1 else 'were'} registered together with these."
        )
    yield from _preset(record)
    if record.choices.landmark_fit:
        return
    yield _start(record)
    yield from _masks(record)
    if record.choices.crop == "overlap":
        yield Sentence("Only that part of each volume was used which the other one shows, too.")
    if record.choices.despite_findings and any(one.severity == "error" for one in record.findings):
        yield Sentence("The check before the run had advised against it, and it was run all the same.")


def volume_words(geometry: Geometry | None) -> str:
    """Voxels and how large they are; empty where nothing is known.

    >>> matrix = ((0.0, 0.5, 0.0, 9.0), (0.5, 0.0, 0.0, 9.0), (0.0, 0.0, 2.0, 9.0), (0.0, 0.0, 0.0, 1.0))
    >>> volume_words(Geometry((512, 512, 40), matrix, "int16"))
    '512 × 512 × 40 voxels of 0.5 × 0.5 × 2 mm'
    """
    if geometry is None:
        return ""
    voxels = " × ".join(str(count) for count in geometry.dimensions)
    sizes = spacing_mm(geometry)
    return f"{voxels} voxels" + (f" of {' × '.join(number(size) for size in sizes)} mm" if sizes else "")


def spacing_mm(geometry: Geometry) -> tuple[float, ...]:
    """How far apart voxels are along i, j, k; empty where the matrix is none."""
    try:
        matrix = np.array(geometry.ijk_to_world_ras, dtype=np.float64)
    except ValueError:
        return ()
    if matrix.shape != (4, 4):
        return ()
    with np.errstate(over="ignore"):
        return tuple(float(size) for size in np.linalg.norm(matrix[:3, :3], axis=0))


def known_preset(record: RunRecord) -> Preset | None:
    """The preset of a run, if there is still one of that id."""
    try:
        return find_preset(record.choices.preset) if record.choices.preset else None
    except PresetError:
        return None


def _volumes(record: RunRecord) -> Sentence:
    names = []
    for role in ("moving", "fixed"):
        given = record.input(role)
        words = volume_words(given.geometry) if given is not None else ""
        names.append(f"the {role} volume" + (f" ({words})" if words else ""))
    moved = f"The{names[0][3:]} was registered to {names[1]}"
    engine = record.engine
    if engine.name == "none":
        driving = sum(one.role == "drive" for one in record.landmarks)
        fit = FITS.get(record.choices.landmark_fit, "a fit")
        return Sentence(f"{moved} by {fit} of {counted(driving, 'pair of landmarks')}; the images were not compared.")
    version = one_line(engine.elastix_version or engine.version)
    wheel = engine.name == "itk-elastix"
    package = f" (itk-elastix {one_line(engine.version)})" if wheel else ""
    return Sentence(f"{moved} with elastix {version}{package}.", (*ELASTIX, ITK_ELASTIX) if wheel else ELASTIX)


def _program(record: RunRecord) -> Sentence:
    software = record.software
    host = one_line(software.host)
    is_slicer = host.startswith("3D Slicer")
    place = f" in {host}" if is_slicer else f" with {host}" if host else ""
    text = (
        f"The registration was run by ElastixPlus {one_line(software.elastixplus)}{place} "
        f"(Python {one_line(software.python)}, {one_line(software.platform)})."
    )
    return Sentence(text, (SLICER,) if is_slicer else ())


def _preset(record: RunRecord) -> Iterator[Sentence]:
    choices = record.choices
    if choices.preset:
        preset = known_preset(record)
        owner = {"built-in": " of ElastixPlus", "user": " of our own"}.get(preset.origin, "") if preset else ""
        cited = (citation_of(preset.citation, preset.doi),) if preset is not None and preset.citation else ()
        yield Sentence(f'The preset "{one_line(choices.preset)}"{owner} was used.', cited)
    else:
        files = len(record.parameter_files)
        one_each = ", one for each stage" if files > 1 else ""
        yield Sentence(
            f"{counted(files, 'parameter file')} of our own {'was' if files == 1 else 'were'} used{one_each}."
        )
    if choices.overrides:
        count = len(choices.overrides)
        yield Sentence(
            f"For this run {counted(count, 'parameter')} {'was' if count == 1 else 'were'} changed: "
            f"{'; '.join(_change(one) for one in choices.overrides)}."
        )


def _change(override: str) -> str:
    """A change as it is written; of a file only that there is one, as its name may be that of a patient."""
    text = one_line(override)
    return f"{text.partition('=')[0]} (a file)" if "/" in text or "\\" in text else text


def _start(record: RunRecord) -> Sentence:
    name = record.start.name
    where = _STARTS.get(name, one_line(name))
    if name.startswith("landmarks"):
        driving = sum(one.role == "drive" for one in record.landmarks)
        where += f" of {counted(driving, 'pair of landmarks')}"
    return Sentence(f"It started from {where}.")


def _masks(record: RunRecord) -> Iterator[Sentence]:
    for mask in record.masks:
        yield Sentence(_mask(record, mask))
    if not record.masks:
        yield Sentence("No mask was used.")
    margin_mm = record.choices.mask_margin_mm
    if record.masks and margin_mm:
        how = "grown" if margin_mm > 0 else "shrunk"
        yield Sentence(f"Masks had been {how} by {number(abs(margin_mm))} mm.")


def _mask(record: RunRecord, mask: MaskUse) -> str:
    role = one_line(mask.role)
    found = {"fixed": record.choices.fixed_mask, "moving": record.choices.moving_mask}.get(mask.role, "")
    what = _FOUND_MASKS.get(found, "")
    if record.inputs_of(f"{mask.role}_exclude"):
        what += ", without what was excluded"
    percent = f"{share(100.0 * mask.voxels / mask.of_voxels)} of the volume, " if mask.of_voxels > 0 else ""
    return (
        f"In the {role} volume a mask was used{what} ({percent}{mask.voxels:,} of {mask.of_voxels:,} voxels); "
        f"{_EDGES.get(mask.edge, one_line(mask.edge))}."
    )
