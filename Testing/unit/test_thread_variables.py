"""Threads that an environment asks for."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.thread_variables import asked_threads, without_thread_variables

DEFAULT, LIST = "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "ITK_NUMBER_OF_THREADS_ENV_LIST"


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({}, None),
        ({DEFAULT: "3"}, 3),
        ({DEFAULT: " 3 "}, 3),
        ({"NSLOTS": "4"}, 4),
        ({"NSLOTS": "4", DEFAULT: "2"}, 2),
        ({LIST: "JOB_SLOTS", "JOB_SLOTS": "5", "NSLOTS": "4"}, 5),
        ({DEFAULT: "0"}, None),
        ({DEFAULT: "-2"}, None),
        ({DEFAULT: "many"}, None),
        ({DEFAULT: "9" * 5000}, None),
        ({DEFAULT: "²"}, None),
    ],
)
def test_the_last_variable_with_a_number_counts(environment: dict[str, str], threads: int | None):
    assert asked_threads(environment) == threads


def test_elastix_gets_none_of_the_variables():
    given = {DEFAULT: "3", "NSLOTS": "4", LIST: "JOB_SLOTS", "JOB_SLOTS": "5", "PATH": "bin"}
    assert without_thread_variables(given) == {"NSLOTS": "4", "PATH": "bin"}  # ITK does not look for it either then
