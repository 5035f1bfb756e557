"""The variables by which an environment gives ITK its number of threads, without a word in any command line."""

from __future__ import annotations

from collections.abc import Mapping

_DEFAULT = "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"
_LIST = "ITK_NUMBER_OF_THREADS_ENV_LIST"  # names of further variables; a queue's NSLOTS where it is not set
_QUEUE = "NSLOTS"


def asked_threads(environment: Mapping[str, str]) -> int | None:
    """How many threads an environment asks for; None if it leaves them open.

    The last of the variables counts, as in ``itk::MultiThreaderBase::GetGlobalDefaultNumberOfThreads``.

    >>> asked_threads({"NSLOTS": "4"}), asked_threads({"NSLOTS": "4", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "2"})
    (4, 2)
    >>> asked_threads({"ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "many"}) is None
    True
    """
    told = [environment.get(name, "").strip() for name in _names(environment)]
    numbers = [int(text) for text in told if text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0]
    return numbers[-1] if numbers else None


def without_thread_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which the number of threads is what the command line says.

    elastix takes no more threads than the variables say even where ``-threads`` is given, and so finds another result.

    >>> without_thread_variables({"NSLOTS": "4", "PATH": "bin"})
    {'PATH': 'bin'}
    """
    names = {*_names(environment), _LIST}
    return {name: value for name, value in environment.items() if name not in names}


def _names(environment: Mapping[str, str]) -> list[str]:
    return [*environment.get(_LIST, _QUEUE).split(":"), _DEFAULT]
