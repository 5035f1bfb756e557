"""``elastixplus presets lint``: what is wrong with parameter files, by file and line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..elastix.components import available_components
from ..elastix.engine import find_engine
from ..elastix.parameter_file import ParameterFile
from ..elastix.parameter_lint import Circumstances, LintFinding, lint, lint_stages, lint_text
from ..errors import EngineNotFoundError, InputError, ParameterFileError, PresetError
from ..presets.library import find_preset
from ..presets.preset import Preset
from ..presets.preset_folder import DESCRIPTION_FILE, read_preset
from .evaluation_lines import printable
from .streams import put_out, put_out_json, say


@dataclass(frozen=True)
class _Checked:
    """One parameter file, and what is wrong with it."""

    file: str
    findings: tuple[LintFinding, ...]

    def count(self, severity: str) -> int:
        return sum(finding.severity == severity for finding in self.findings)


def run_lint(options: argparse.Namespace) -> int:
    """Carry out the command.

    :returns: 0 if there is no error, else the exit code of an input that cannot be used.
    :raises ElastixPlusError: a file, preset or engine does not exist.
    """
    circumstances = _circumstances(options.engine)
    checked = [one for target in options.targets for one in _checked(target, circumstances)]
    if options.json:
        account = [{"file": one.file, "findings": [asdict(finding) for finding in one.findings]} for one in checked]
        put_out_json(account)
    else:
        put_out("".join(_line(one.file, finding) for one in checked for finding in one.findings))
        say(_summary(checked))
    return InputError.exit_code if any(one.count("error") for one in checked) else 0


def _circumstances(engine: str | None) -> Circumstances:
    """What is known of the run; an engine that nobody asked for may be missing."""
    if engine is not None:
        return Circumstances(available_components(find_engine(engine)))
    with suppress(EngineNotFoundError):
        return Circumstances(available_components(find_engine("auto")))
    return Circumstances()


def _checked(target: str, circumstances: Circumstances) -> Iterator[_Checked]:
    path = Path(target)
    if path.is_file():
        yield _Checked(target, _of_file(path, circumstances))
    elif (path / DESCRIPTION_FILE).is_file():
        yield from _of_preset(read_preset(path.resolve()), circumstances)
    else:
        try:
            preset = find_preset(target)
        except PresetError as error:
            if path.suffix or len(path.parts) > 1 or path.exists():
                raise PresetError(
                    f"{target} is neither a parameter file nor the folder of a preset.", "Check its name."
                ) from error
            raise
        yield from _of_preset(preset, circumstances)


def _of_preset(preset: Preset, circumstances: Circumstances) -> Iterator[_Checked]:
    """The stages by themselves and one after the other; what concerns all of them by the preset's description."""
    known = replace(
        circumstances,
        has_fixed_mask=True if "fixed-mask" in preset.needs or preset.recipe.fixed_mask else None,
        has_moving_mask=True if "moving-mask" in preset.needs or preset.recipe.moving_mask else None,
        has_landmarks=True if "landmarks" in preset.needs else None,
        image_pairs=preset.image_pairs,
    )
    faulty = any(stage.path is not None and _is_faulty(stage.path) for stage in preset.stages)
    findings = () if faulty else lint_stages(preset.parameter_files(), known)
    for number, stage in enumerate(preset.stages, 1):
        if stage.path is not None:
            of_stage = tuple(finding for finding in findings if finding.stage == number)
            yield _Checked(str(stage.path), _of_file(stage.path, known) if faulty else of_stage)
    if preset.folder is not None:
        if of_all := tuple(finding for finding in findings if finding.stage is None):
            yield _Checked(str(preset.folder / DESCRIPTION_FILE), of_all)


def _is_faulty(path: Path) -> bool:
    try:
        ParameterFile.read(path)
    except ParameterFileError:
        return True
    return False


def _of_file(path: Path, circumstances: Circumstances) -> tuple[LintFinding, ...]:
    try:
        file = ParameterFile.read(path)
    except ParameterFileError as error:
        if error.line_number is None:  # it cannot be opened, or is no text at all
            raise
        if path.suffix.lower() == ".toml":
            return (LintFinding("error", error.what, error.remedy, line_number=error.line_number, kind="syntax"),)
        return lint_text(path.read_text(encoding="utf-8", errors="replace"), path, circumstances)
    return lint(file, circumstances)


def _line(file: str, finding: LintFinding) -> str:
    place = file if finding.line_number is None else f"{file}:{finding.line_number}"
    return printable(f"{place}: {finding.severity}: {finding.what} {finding.remedy}".rstrip()) + "\n"


def _summary(checked: Sequence[_Checked]) -> str:
    counts = [(sum(one.count(severity) for one in checked), severity) for severity in ("error", "warning", "note")]
    found = ", ".join(f"{count} {severity}{'' if count == 1 else 's'}" for count, severity in counts if count)
    return f"{found or 'Nothing found'} in {len(checked)} file{'' if len(checked) == 1 else 's'}."
