"""What is left at landmarks is what transformix leaves, measured through the file of the transform."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.elastix.command import transformix_points_command
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.elastix.point_file import read_mapped_points, write_point_file
from ElastixPlusLib.evaluation.evaluation import evaluate
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.frames import flip_points
from phantoms import add_anatomy, add_points, random_points_inside, rotation_about, shift
from quick_stages import spline, stage

WITHIN_MM = 1e-3
MOVED_BY = shift(4, -3, 2) @ rotation_about((2, -1, 1), 8.0)
PLACES = 200


@pytest.mark.native_engine
@pytest.mark.parametrize("stages", [(stage("AffineTransform"),), (stage("EulerTransform"), spline())])
def test_the_error_of_every_pair_is_that_of_transformix(stages, scene, tmp_path, record_property):
    fixed = add_anatomy(scene, axes=rotation_about((1, 2, 3), 25.0), name="fixed")
    moving = add_anatomy(scene, (44, 40, 36), (1.9, 2.0, 2.3), moved_by=MOVED_BY, name="moving")
    files = tuple(tmp_path / f"stage{number}.txt" for number in range(len(stages)))
    for path, text in zip(files, stages, strict=True):
        path.write_text(text)
    result = register(
        RegistrationRequest(fixed, moving, parameter_files=files, workspace=tmp_path, keep_workspace=True)
    )
    fixed_ras = random_points_inside(fixed, PLACES)
    moving_ras = fixed_ras @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]
    write_transform(result.transform, tmp_path / "result.h5")
    evaluation = evaluate(
        EvaluationRequest(
            read_transform(scene, tmp_path / "result.h5"),
            fixed,
            moving,
            add_points(scene, fixed_ras),
            add_points(scene, moving_ras),
        )
    )

    write_point_file(result.workspace / "places.txt", flip_points(fixed_ras))
    engine = find_engine("auto")
    (last,) = result.workspace.glob(f"result/TransformParameters.{len(stages) - 1}.txt")
    command = transformix_points_command(engine, str(last.relative_to(result.workspace)), "places.txt", "result")
    subprocess.run(command, cwd=result.workspace, env=dict(engine.environment), capture_output=True)
    mapped_ras = flip_points(read_mapped_points(result.workspace / "result" / "outputpoints.txt"))
    expected_mm = np.linalg.norm(mapped_ras - moving_ras, axis=1)
    found_mm = np.array([pair.after_mm for pair in evaluation.evidence.landmarks.pairs])
    record_property("largest_difference_mm", float(np.abs(found_mm - expected_mm).max()))
    assert np.linalg.norm(mapped_ras - fixed_ras, axis=1).max() > 1.0, "a transform that moves nothing proves nothing"
    assert found_mm == pytest.approx(expected_mm, abs=WITHIN_MM)
    statistics = evaluation.evidence.landmarks.statistics("check", "after")
    assert statistics.mean_mm == pytest.approx(expected_mm.mean(), abs=WITHIN_MM)
    assert statistics.rms_mm == pytest.approx(np.sqrt((expected_mm**2).mean()), abs=WITHIN_MM)
