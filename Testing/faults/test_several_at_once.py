"""Two runs at once, and a scene that changes meanwhile."""

from __future__ import annotations

import os

import pytest

from ElastixPlusLib import RegistrationJob
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.steps import run_to_end
from faults.conftest import RESULT, WRITE_RESULT
from phantoms import mapped

SLOW = f"sleep 0.2\n{WRITE_RESULT}"


def test_two_runs_in_one_process_do_not_disturb_each_other(surroundings, fake_elastix):
    other = RESULT.replace("3.0 0.0 0.0", "0.0 7.0 0.0")
    engines = [fake_elastix(SLOW, "elastix-a"), fake_elastix(f"{SLOW.replace(RESULT, other)}", "elastix-b")]
    jobs = [RegistrationJob(surroundings.request(engine)) for engine in engines]
    steps, results = [job.in_steps() for job in jobs], {}
    both_ran = False
    while len(results) < 2:
        for index, one in enumerate(steps):
            if index not in results:
                try:
                    next(one)
                except StopIteration as end:
                    results[index] = end.value
        both_ran = both_ran or all(job.is_running for job in jobs)
    surroundings.changes_scene = True
    assert both_ran
    assert mapped(results[0].transform, [[0, 0, 0]])[0] == pytest.approx([-3, 0, 0])
    assert mapped(results[1].transform, [[0, 0, 0]])[0] == pytest.approx([0, -7, 0])
    assert results[0].transform is not results[1].transform
    assert results[0].volume.GetName() != results[1].volume.GetName()


def test_a_cancel_of_one_run_leaves_the_other_alone(surroundings, fake_elastix):
    endless, quick = (
        RegistrationJob(surroundings.request(fake_elastix(*one)))
        for one in (("sleep 60", "elastix-a"), (SLOW, "elastix-b"))
    )
    first, second = endless.in_steps(), quick.in_steps()
    while not (endless.is_running and quick.is_running):
        next(first)
        next(second)
    endless.cancel()
    assert len(os.listdir(surroundings.runs)) == 1
    assert run_to_end(second).transform is not None
    surroundings.changes_scene = True


@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_a_volume_that_is_removed_during_the_run_ends_it(role, surroundings, fake_elastix):
    with RegistrationJob(surroundings.request(fake_elastix(SLOW))) as job:
        job.start()
        surroundings.scene.RemoveNode(getattr(surroundings, role))
        surroundings.before = surroundings.state()[:1] + surroundings.before[1:]
        job.wait()
        with pytest.raises(InputError) as caught:
            job.collect()
    surroundings.require_clear(caught.value, f"The {role} volume was removed")


def test_a_scene_that_is_closed_during_the_run_stays_closed(surroundings, fake_elastix):
    with RegistrationJob(surroundings.request(fake_elastix(SLOW))) as job:
        job.start()
        surroundings.scene.Clear(True)
        surroundings.before = surroundings.state()[:1] + surroundings.before[1:]
        job.wait()
        with pytest.raises(InputError) as caught:
            job.collect()
    surroundings.require_clear(caught.value, "removed from the scene")


def test_output_nodes_that_are_removed_during_the_run_are_made_anew(surroundings, fake_elastix):
    wanted = surroundings.scene.GetFirstNodeByName("wanted")
    with RegistrationJob(surroundings.request(fake_elastix(SLOW), output_transform=wanted)) as job:
        job.start()
        surroundings.scene.RemoveNode(wanted)
        job.wait()
        result = job.collect()
    surroundings.changes_scene = True
    assert result.transform.GetScene() is surroundings.scene
    assert any("a new one was made" in warning for warning in result.warnings)
