"""A real brain, a copy of it moved and deformed as known, and two ways to bring them together.

Run by `make demo`. Intensity alone goes astray; twelve landmarks rescue it. Ends with 1 if they do not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import slicer
from account import Account, account_of, failure_of
from known_deformation import KnownDeformation, demo_deformation
from made_pair import PLACING_ERROR_MM, PointPairs, landmark_pairs, moving_grid, moving_voxels
from scene_nodes import add_points, add_volume, write_points
from story import command_line, say, show_table, shown

from ElastixPlusLib import EvaluationRequest, RegistrationRequest, RegistrationResult, evaluate, register
from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.evaluation.report_notes import ReportNotes
from ElastixPlusLib.evaluation.report_of_evaluation import report_steps
from ElastixPlusLib.mrml.files import read_volume, write_transform, write_volume
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array, world_volume
from ElastixPlusLib.preflight import preflight
from ElastixPlusLib.record.methods_text import methods_as_text
from ElastixPlusLib.steps import run_to_end
from ElastixPlusLib.terminal.progress_line import shown_progress

REPOSITORY = Path(__file__).resolve().parents[2]
FIXED_FILE = REPOSITORY / "Resources" / "SampleData" / "icbm152_t1_2mm.nii.gz"
README_PICTURES = REPOSITORY / "Resources" / "Screenshots"
PRESET, WEIGHT = "generic", "balanced"
MOVING_FILE = "moving.nrrd"
FIXED_POINTS_FILE, MOVING_POINTS_FILE = "fixed-landmarks.mrk.json", "moving-landmarks.mrk.json"


@dataclass(frozen=True)
class DemoPair:
    """The two volumes and the landmarks, as nodes of a scene; the scene is held, as nodes do not keep theirs alive."""

    scene: slicer.vtkMRMLScene
    fixed: slicer.vtkMRMLScalarVolumeNode
    moving: slicer.vtkMRMLScalarVolumeNode
    driving: PointPairs
    held_out: PointPairs
    fixed_points: slicer.vtkMRMLMarkupsFiducialNode
    moving_points: slicer.vtkMRMLMarkupsFiducialNode


@dataclass(frozen=True)
class Outcome:
    """Both registrations of one pair."""

    pair: DemoPair
    intensity: RegistrationResult
    guided: RegistrationResult
    account: Account


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell the whole story; the exit code is 0 if the landmarks rescued the registration."""
    options = _options(arguments)
    try:
        return tell(options.output, options.engine, options.readme_pictures)
    except ElastixPlusError as error:
        sys.stderr.write(f"Error: {error.what}\n{error.remedy}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled.\n")
        return 130


def tell(output: Path, engine: str, readme_pictures: bool = False) -> int:
    """Make the pair, register it twice, and leave table, pictures and files."""
    started = time.monotonic()
    output.mkdir(parents=True, exist_ok=True)
    deformation = demo_deformation()
    pair = make_pair(deformation, output)
    introduce(pair, deformation)
    outcome = register_both(pair, engine)
    say()
    show_table(outcome.account)
    for warning in dict.fromkeys(outcome.intensity.warnings + outcome.guided.warnings):
        say(f"Warning: {warning}")
    used = outcome.guided.engine
    say(f"Engine: {used.name} {used.version}, {shown(Path(used.path))}. All in {time.monotonic() - started:.0f} s.\n")
    files = [*write_files(outcome, output), *write_pictures(outcome, output), write_report(outcome, output)]
    if readme_pictures:
        files += [
            Path(shutil.copy(path, README_PICTURES / f"demo-{path.name}")) for path in files if path.suffix == ".png"
        ]
    width = max((len(shown(path)) for path in files), default=0)
    for path in files:
        what = WHAT_IT_IS.get(path.relative_to(output).as_posix() if output in path.parents else "", "copy for README")
        say(f"  {shown(path):<{width}}  {what}")
    say("\nThe same from the command line:\n\n" + equivalent_command(outcome, output, engine) + "\n")
    failure = failure_of(outcome.account)
    say(failure or "Intensity alone went astray, and the landmarks rescued the registration.")
    return 0 if failure is None else 1


def make_pair(deformation: KnownDeformation, output: Path) -> DemoPair:
    """Read the fixed volume, make everything else from it, and leave it in files.

    The moving volume is read back from its file: rounding of its origin in the last digit would be enough to make a
    run from the files differ visibly, as the optimiser draws its samples at random.
    """
    scene = slicer.vtkMRMLScene()
    scene.AddNode(slicer.vtkMRMLSelectionNode())  # point lists ask it for their unit when they are written
    fixed = read_volume(scene, FIXED_FILE, "fixed")
    grid, voxels = own_grid(fixed), voxel_array(fixed.GetImageData())
    target = moving_grid(deformation)
    made = add_volume(slicer.vtkMRMLScene(), moving_voxels(voxels, grid, deformation, target), target, "moving")
    write_volume(made, output / MOVING_FILE)
    driving, held_out = landmark_pairs(voxels, grid, deformation)
    labels = driving.labels + held_out.labels
    fixed_ras = np.vstack([driving.fixed_ras, held_out.fixed_ras])
    moving_ras = np.vstack([driving.moving_ras, held_out.moving_ras])
    pair = DemoPair(
        scene=scene,
        fixed=fixed,
        moving=read_volume(scene, output / MOVING_FILE, "moving"),
        driving=driving,
        held_out=held_out,
        fixed_points=add_points(scene, fixed_ras, labels, "fixed landmarks"),
        moving_points=add_points(scene, moving_ras, labels, "moving landmarks"),
    )
    write_points(pair.fixed_points, output / FIXED_POINTS_FILE)
    write_points(pair.moving_points, output / MOVING_POINTS_FILE)
    return pair


def introduce(pair: DemoPair, deformation: KnownDeformation) -> None:
    """Say what is going to be registered with what."""
    grid = moving_grid(deformation)
    corners = np.stack(np.meshgrid(*[np.arange(0, count, 4) for count in grid.dimensions]), axis=-1).reshape(-1, 3)
    change = 1.0 / deformation.volume_change(grid.positions_ras(corners))
    warp_mm = np.linalg.norm(deformation.bump_vectors_mm, axis=1).max()
    say(
        f"Fixed:  {shown(FIXED_FILE)}, a T1 template made of 152 brains.\n"
        f"Moving: the same brain turned by {deformation.degrees:.0f} degrees, shifted by "
        f"{np.linalg.norm(deformation.shift_mm):.0f} mm and warped by up to {warp_mm:.0f} mm\n"
        f"        (local volume changes by factors of {change.min():.2f} to {change.max():.2f}, nothing folds), in a\n"
        f"        T2-like contrast, unevenly lit, with noise, on another grid.\n"
        f"Driving landmarks:  {len(pair.driving.labels)} pairs, placed with an error of {PLACING_ERROR_MM:g} mm "
        f"(standard deviation along each axis).\n"
        f"Held-out landmarks: {len(pair.held_out.labels)} pairs, exact; they only measure.\n"
    )


def register_both(pair: DemoPair, engine: str) -> Outcome:
    """Register from intensity alone, then with the driving landmarks as well; the same preset both times."""
    common = RegistrationRequest(
        fixed=pair.fixed,
        moving=pair.moving,
        preset=PRESET,
        fixed_landmarks=pair.fixed_points,
        moving_landmarks=pair.moving_points,
        engine=engine,
    )
    say(f"1/2  intensity only: preset {PRESET}, from the centres of the volumes ...")
    only_checked = pair.driving.labels + pair.held_out.labels
    alone = replace(common, initial="centers", check_labels=only_checked)
    for finding in preflight(alone).findings:
        if finding.severity == "error":
            say(f"     The check says: {finding.what} It is run in spite of that, to show what would come out.")
    intensity_result = _registered(replace(alone, despite_findings=True))
    say(f"2/2  {len(pair.driving.labels)} landmarks as well: preset {PRESET}, from a fit of them, weight {WEIGHT} ...")
    guided_result = _registered(
        replace(
            common,
            initial="landmarks",
            check_labels=pair.held_out.labels,
            landmark_weight=WEIGHT,
            output_volume=True,
        )
    )
    account = account_of(pair.driving, pair.held_out, intensity_result, guided_result)
    return Outcome(pair, intensity_result, guided_result, account)


def write_files(outcome: Outcome, output: Path) -> list[Path]:
    """Leave what 3D Slicer can load: the results, beside the pair."""
    write_transform(outcome.intensity.transform, output / "intensity-only.h5")
    write_transform(outcome.guided.transform, output / "with-landmarks.h5")
    if outcome.guided.volume is not None:
        write_volume(outcome.guided.volume, output / "with-landmarks.nrrd")
    return [path for name in WHAT_IT_IS if (path := output / name).suffix not in (".png", ".html")]


def write_pictures(outcome: Outcome, output: Path) -> list[Path]:
    """Draw what there is to see."""
    from pictures import Panel, draw_errors, draw_overlays

    account, fixed, moving = outcome.account, world_volume(outcome.pair.fixed), world_volume(outcome.pair.moving)
    count = len(outcome.pair.driving.labels)
    overlay, errors = output / "overlay.png", output / "errors.png"
    panels = (
        Panel("Fixed volume", "the target; orange: its edges", fixed),
        Panel("Moving: before", f"mean error {account.before.mean:.1f} mm", moving),
        Panel(
            "Intensity only",
            f"mean error {account.intensity_only.mean:.1f} mm",
            moving,
            outcome.intensity.transform.GetTransformFromParent(),
        ),
        Panel(
            f"With {count} landmarks",
            f"mean error {account.with_landmarks.mean:.1f} mm",
            moving,
            outcome.guided.transform.GetTransformFromParent(),
        ),
    )
    draw_overlays(fixed, panels, overlay)
    draw_errors(account.rows, errors)
    return [overlay, errors]


def write_report(outcome: Outcome, output: Path) -> Path:
    """Say how good the registration with landmarks is, by the pairs that only measured."""
    pair, engine = outcome.pair, outcome.guided.engine
    evaluation = evaluate(
        EvaluationRequest(
            transform=outcome.guided.transform,
            fixed=pair.fixed,
            moving=pair.moving,
            fixed_landmarks=pair.fixed_points,
            moving_landmarks=pair.moving_points,
            check_labels=pair.held_out.labels,
        )
    )
    notes = ReportNotes(
        settings=(("Preset", PRESET), ("Start from", "landmarks"), ("Strength of the landmarks", WEIGHT)),
        parameter_files=outcome.guided.parameter_files,
        commands=(equivalent_command(outcome, output, "auto"),),
        versions=((engine.name, engine.version),),
        methods=methods_as_text(outcome.guided.record) if outcome.guided.record is not None else "",
    )
    return run_to_end(report_steps(evaluation, output / "report", notes))[-1]


def equivalent_command(outcome: Outcome, output: Path, engine: str) -> str:
    """The command line that repeats the second registration from the files."""
    beside = Path(sys.executable).parent / ("elastixplus.exe" if os.name == "nt" else "elastixplus")
    options = [
        ("--fixed", shown(FIXED_FILE)),
        ("--moving", shown(output / MOVING_FILE)),
        ("--preset", PRESET),
        ("--fixed-landmarks", shown(output / FIXED_POINTS_FILE)),
        ("--moving-landmarks", shown(output / MOVING_POINTS_FILE)),
        ("--check-labels", ",".join(outcome.pair.held_out.labels)),
        ("--initial", "landmarks"),
        ("--landmark-weight", WEIGHT),
        ("--output-transform", shown(output / "from-files.h5")),
        ("--output-volume", shown(output / "from-files.nrrd")),
    ]
    if engine != "auto":
        options.append(("--engine", engine))
    return command_line(shown(beside) if beside.exists() else "elastixplus", options)


WHAT_IT_IS = {
    MOVING_FILE: "the moving volume",
    FIXED_POINTS_FILE: "all landmarks in the fixed volume",
    MOVING_POINTS_FILE: "the same in the moving volume",
    "intensity-only.h5": "transform found from intensity alone",
    "with-landmarks.h5": "transform found with landmarks; put the moving volume under it",
    "with-landmarks.nrrd": "the moving volume resampled on the fixed one",
    "overlay.png": "three slices: fixed, before, intensity only, with landmarks",
    "errors.png": "error at every held-out landmark",
    "report/report.html": "how good it is: open it in a browser",
}


def _registered(request: RegistrationRequest) -> RegistrationResult:
    with shown_progress(is_quiet=not sys.stderr.isatty()) as show:
        return register(request, show)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--engine", default="auto", metavar="auto|itk|PATH", help="which elastix (default: auto)")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "demo-output", metavar="FOLDER")
    parser.add_argument("--readme-pictures", action="store_true", help="renew the pictures that the README shows")
    options = parser.parse_args(arguments)
    options.output = options.output.resolve()
    return options


if __name__ == "__main__":
    sys.exit(main())
