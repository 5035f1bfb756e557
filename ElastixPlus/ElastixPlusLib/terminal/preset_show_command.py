"""``elastixplus presets show``: everything that is known of a preset."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from ..elastix.components import available_components, components_of
from ..elastix.engine import Engine, find_engine
from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..errors import EngineNotFoundError
from ..presets.library import find_preset
from ..presets.preset import ANY, MeasuredHere, Preset
from ..presets.recipe import recipe_as_dict
from ..presets.stage_kinds import kind_of_stage
from .evaluation_lines import printable
from .preset_words import names_in_words, needs_in_words, preset_account, what_it_does
from .streams import put_out, put_out_json

_TITLE_WIDTH = 14
_WIDEST, _NARROWEST = 100, 40
_NAMES_OF_RECIPE = {
    "initial": "starts from",
    "crop": "cropped to",
    "landmark_pull": "pull of the landmarks, by resolution",
    "landmark_stages": "stages that run only where landmarks pull",
    "landmark_fit": "fit of the landmarks",
    "fixed_mask": "fixed mask that is found",
    "moving_mask": "moving mask that is found",
}


def run_show(options: argparse.Namespace) -> int:
    """Carry out the command.

    :raises PresetError: there is no such preset, or it is faulty.
    :raises ParameterFileError: one of its files cannot be read.
    """
    preset = find_preset(options.identifier)
    files = preset.parameter_files()
    if options.json:
        put_out_json(_account(preset, files, options.files))
    elif options.files:
        for stage, file in zip(preset.stages, files, strict=True):
            put_out(f"// ======== {stage.name}\n{file.text.rstrip()}\n\n")
    else:
        put_out(_text(preset, files))
    return 0


def _account(preset: Preset, files: Sequence[ParameterFile], with_texts: bool) -> dict[str, Any]:
    engine = _engine()
    missing = _missing(files, engine)
    account = {
        **preset_account(preset),
        "stages": [_stage_account(preset, files, index) for index in range(len(files))],
        "components": list(components_of(files)),
        "engine": None if engine is None else f"{engine.name} {engine.version}",
        "missing_components": None if missing is None else list(missing),
    }
    if with_texts:
        account["texts"] = {stage.name: file.text for stage, file in zip(preset.stages, files, strict=True)}
    return account


def _stage_account(preset: Preset, files: Sequence[ParameterFile], index: int) -> dict[str, Any]:
    return {
        "number": index + 1,
        "kind": kind_of_stage(files[index]),
        "file": preset.stages[index].name,
        "resolutions": resolution_count(files[index]),
    }


def _text(preset: Preset, files: Sequence[ParameterFile]) -> str:
    lines = [preset.title, *_filled(what_it_does(preset)), *_filled(preset.summary), ""]
    for title, texts in _sections(preset, files):
        for number, text in enumerate(texts):
            lines += _filled(text, title if number == 0 else "")
    return printable("\n".join(lines) + "\n")


def _sections(preset: Preset, files: Sequence[ParameterFile]) -> Iterator[tuple[str, list[str]]]:
    """Titles and what stands behind them, in the order in which one wants to know it."""
    yield "Id", [f"{preset.id} ({preset.origin})"]
    yield "Anatomy", [names_in_words(preset.anatomy)]
    yield "Modality", [names_in_words(preset.modality)]
    if preset.subject != ANY:
        yield "Patients", [f"volumes of {'one patient' if preset.subject == 'same' else 'different patients'}"]
    yield "Needs", [needs_in_words(preset) or "two volumes, nothing else"]
    yield "Expects", list(preset.expects)
    yield "Stages", list(_stage_lines(preset, files))
    yield "Besides", [_recipe_text(key, value) for key, value in recipe_as_dict(preset.recipe).items()]
    yield "Used for", [preset.used_for] if preset.used_for else []
    yield "Cite", [text for text in (preset.citation, preset.doi and f"https://doi.org/{preset.doi}") if text]
    yield "Components", list(_component_lines(files))
    yield "Measured here", [_measured_text(one) for one in preset.measured]
    yield "Folder", [str(preset.folder)] if preset.folder is not None else []


def _stage_lines(preset: Preset, files: Sequence[ParameterFile]) -> Iterator[str]:
    for number, (stage, file) in enumerate(zip(preset.stages, files, strict=True), 1):
        count = resolution_count(file)
        iterations = " ".join(file.get("MaximumNumberOfIterations") or ("500",))
        samples = " ".join(file.get("NumberOfSpatialSamples") or ())
        yield (
            f"{number} {kind_of_stage(file)} ({stage.name}): {count} resolution{'' if count == 1 else 's'}, "
            f"{iterations} iterations{f', {samples} samples' if samples else ''}"
        )


def _component_lines(files: Sequence[ParameterFile]) -> Iterator[str]:
    if not files:
        return
    engine = _engine()
    missing = _missing(files, engine)
    if engine is None:
        yield f"{', '.join(components_of(files))}; there is no elastix here that could be asked for them"
    elif missing is None:
        yield f"{', '.join(components_of(files))}; which of them {engine.name} {engine.version} has is not known"
    elif missing:
        yield f"{engine.name} {engine.version} lacks {', '.join(missing)}: this preset cannot run with it"
    else:
        yield f"{engine.name} {engine.version} has all of them"


def _engine() -> Engine | None:
    with suppress(EngineNotFoundError):
        return find_engine("auto")
    return None


def _missing(files: Sequence[ParameterFile], engine: Engine | None) -> tuple[str, ...] | None:
    """The components that an engine lacks; None if that cannot be known."""
    available = None if engine is None else available_components(engine)
    return None if available is None else tuple(name for name in components_of(files) if name not in available)


def _recipe_text(key: str, value: object) -> str:
    if key == "landmark_pull" and isinstance(value, list):
        shown = "; ".join(" ".join(f"{factor:g}" for factor in stage) for stage in value)
    else:
        shown = ", else ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{_NAMES_OF_RECIPE[key]}: {shown}"


def _measured_text(measured: MeasuredHere) -> str:
    figures = (
        (measured.check_mm, "{:.2f} mm at the check landmarks"),
        (measured.check_with_landmarks_mm, "{:.2f} mm there if landmarks pull"),
        (measured.drive_with_landmarks_mm, "{:.2f} mm at these"),
        (measured.folded_percent, "{:.2g} % folded"),
        (measured.memory_mib, "{:.0f} MiB"),
    )
    known = [text.format(value) for value, text in figures if value is not None]
    return f"{measured.case}, {measured.engine}: {', '.join([f'{measured.seconds:.1f} s', *known])}"


def _filled(text: str, title: str | None = None) -> list[str]:
    """A text in lines as wide as the terminal, behind its title."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDEST
    indent = "" if title is None else f"{title:<{_TITLE_WIDTH}}"
    return textwrap.wrap(
        text,
        max(min(width, _WIDEST), _NARROWEST),
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
