"""``elastixplus register``: read files, register, write files."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import ElastixPlusError, InitialTransformError, RegistrationCancelled, ResultWriteError, VolumeError
from .endings import START_ENDINGS, TRANSFORM_ENDINGS, VOLUME_ENDINGS
from .interrupts import Interrupts
from .output_places import check_folder, check_output_file, refuse_inputs_as_outputs
from .report_files import report_files
from .streams import put_out, say, silenced

_TRANSFORM_BYTES = 2**20
_STARTS = ("none", "landmarks", "centers")
_MOST_STAGES = 16


def run_register(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command; see :func:`..arguments.argument_parser` for the options.

    :raises ElastixPlusError: with the exit code of the command.
    """
    _check_json_place(options)
    try:
        _check_places(options)
        account = _register_files(options, interrupts)
    except (ElastixPlusError, KeyboardInterrupt) as error:
        failure = RegistrationCancelled() if isinstance(error, KeyboardInterrupt) else error
        if options.json is not None:
            with suppress(ElastixPlusError):  # the first error is the one to tell
                _write_json(_account_of_failure(failure), options.json)
        raise failure from error
    if options.json is not None:
        _write_json(account, options.json)
    return 0


def _register_files(options: argparse.Namespace, interrupts: Interrupts) -> dict[str, Any]:
    # MRML takes most of a second to load: only once the command line is known to be in order.
    with interrupts.deferred():
        from slicer import vtkMRMLScene

        from ..mrml.files import write_transform, write_volume
        from ..registration import RegistrationJob
        from .progress_line import shown_progress
        from .report_folder import write_report

    scene = vtkMRMLScene()  # nodes do not keep their scene alive
    with silenced(not options.debug):
        request = _request(options, scene)
    with RegistrationJob(request) as job:
        checked = job.check()
        _check_space(options, checked.fixed.voxels.size * checked.moving.voxels.itemsize)
        for warning in checked.warnings:
            _say(options, f"Warning: {warning}")
        job.start()
        with shown_progress(options.quiet) as show:
            job.wait(show)
        if options.report is not None:
            settings = [(file.path.name if file.path else "", file.text) for file in checked.parameter_files]
        result = job.collect()
    if options.output_transform is not None:
        write_transform(result.transform, options.output_transform)
    if options.output_volume is not None and result.volume is not None:
        write_volume(result.volume, options.output_volume)
    if options.report is not None:
        write_report(result, settings, options.report)
    for warning in result.warnings[len(checked.warnings) :]:
        _say(options, f"Warning: {warning}")
    _say(options, _summary(result))
    return result.as_dict()


def _request(options: argparse.Namespace, scene: Any) -> Any:
    """Read the files into a scene."""
    from vtk import vtkObject

    from ..mrml.files import read_landmarks, read_mask, read_volume
    from ..request import RegistrationRequest

    if not options.debug:
        vtkObject.GlobalWarningDisplayOff()  # readers print C++ messages; the errors raised here say it in words
    if options.fixed.resolve() == options.moving.resolve():
        raise VolumeError("The fixed and the moving volume are the same file.", "Choose two different volumes.")
    nodes: dict[str, Any] = {
        "fixed": read_volume(scene, options.fixed, "fixed"),
        "moving": read_volume(scene, options.moving, "moving"),
    }
    for role in ("fixed", "moving"):
        landmarks, mask = getattr(options, f"{role}_landmarks"), getattr(options, f"{role}_mask")
        nodes[f"{role}_landmarks"] = None if landmarks is None else read_landmarks(scene, landmarks, role)
        nodes[f"{role}_mask"] = None if mask is None else read_mask(scene, mask, role)
    initial = options.initial if options.initial in _STARTS else _read_start(scene, Path(options.initial))
    return RegistrationRequest(
        **nodes,
        initial=initial,
        preset=options.preset,
        parameter_files=tuple(options.parameters or ()),
        check_labels=_check_labels(options.check_labels),
        landmark_weight=options.landmark_weight,
        skip_unusable_landmarks=options.skip_unusable_landmarks,
        mask_edge=options.mask_edge,
        mask_margin_mm=options.mask_margin,
        transform_kind=options.transform_kind,
        output_volume=True if options.output_volume is not None else None,
        engine=options.engine,
        threads=options.threads,
        seed=options.seed,
        workspace=options.workspace,
        keep_workspace=options.keep_workspace,
    )


def _read_start(scene: Any, path: Path) -> Any:
    """Read a transform to start from; a volume would be taken for a displacement field."""
    from ..mrml.files import read_transform

    if path.is_file() and not path.name.lower().endswith(START_ENDINGS):
        raise InitialTransformError(
            f"The initial transform {path.name} has an ending that is not read.",
            f"Save it from 3D Slicer as one of {', '.join(START_ENDINGS)}.",
        )
    return read_transform(scene, path)


def _check_labels(given: list[str]) -> tuple[str, ...]:
    """All labels of all repetitions of the option, each once."""
    labels = [label.strip() for text in given for label in text.split(",")]
    return tuple(dict.fromkeys(label for label in labels if label))


def _check_json_place(options: argparse.Namespace) -> None:
    """Before anything else, as a failure is written there too."""
    if options.json in (None, "-"):
        return
    refuse_inputs_as_outputs(_inputs(options), [Path(options.json)])
    check_output_file(Path(options.json), "JSON account", ())


def _check_places(options: argparse.Namespace) -> None:
    """Everything about the outputs that can be known before the inputs are read."""
    outputs = [options.output_transform, options.output_volume]
    outputs += [] if options.json in (None, "-") else [Path(options.json)]
    if options.report is not None:
        outputs += report_files(options.report, len(options.parameters or ()) or _MOST_STAGES)
        check_folder(options.report if options.report.exists() else options.report.parent, "report")
    refuse_inputs_as_outputs(_inputs(options), outputs)
    if options.output_transform is not None:
        check_output_file(options.output_transform, "output transform", TRANSFORM_ENDINGS, _TRANSFORM_BYTES)
    if options.output_volume is not None:
        check_output_file(options.output_volume, "output volume", VOLUME_ENDINGS)


def _inputs(options: argparse.Namespace) -> list[Path | None]:
    inputs = [options.fixed, options.moving, options.fixed_landmarks, options.moving_landmarks, options.fixed_mask]
    return [*inputs, options.moving_mask, Path(options.initial), *(options.parameters or ())]


def _check_space(options: argparse.Namespace, volume_bytes: int) -> None:
    if options.output_volume is not None:
        check_folder(options.output_volume.parent, "output volume", volume_bytes)


def _account_of_failure(error: ElastixPlusError) -> dict[str, Any]:
    status = "cancelled" if isinstance(error, RegistrationCancelled) else "failed"
    return {"status": status, "error": {"what": error.what, "remedy": error.remedy, "exit_code": error.exit_code}}


def _write_json(account: dict[str, Any], place: str) -> None:
    text = json.dumps(account, indent=2, ensure_ascii=False) + "\n"
    if place == "-":
        put_out(text)
        return
    path = Path(place).resolve()
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ResultWriteError(
            f"The account could not be written to {path}: {error.strerror}.", "Choose another place and run again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _summary(result: Any) -> str:
    lines = [f"Done in {result.seconds.total:.1f} s with {result.engine.name} {result.engine.version}."]
    for role, title in (("drive", "Driving landmarks"), ("check", "Check landmarks")):
        summary = result.landmarks.summary(role)
        if summary.n:
            pairs = f"{summary.n} pair{'' if summary.n == 1 else 's'}"
            lines.append(f"{title}: {summary.before_mm:.2f} -> {summary.after_mm:.2f} mm, {pairs}.")
    if result.workspace is not None:
        lines.append(f"The run folder is {result.workspace}.")
    return "\n".join(lines)


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        say(text)
