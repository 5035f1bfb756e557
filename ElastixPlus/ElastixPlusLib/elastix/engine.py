"""Find the elastix that runs a registration, and know what it can do.

The search goes from what was asked for to what happens to be there: an explicit path, the variable
``ELASTIXPLUS_ELASTIX``, the folders that the host names (the SlicerElastix extension), ``PATH``, the itk-elastix wheel.
What was asked for by name is taken or refused with a reason; the search never falls through it to something else.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import EngineNotFoundError
from .engine_probe import ProbeFailure, read_version
from .itk_wheel import ItkWheel, find_itk_wheel
from .search_path import program_on_path

ENGINE_VARIABLE = "ELASTIXPLUS_ELASTIX"
ITK_ENGINE_FILE = Path(__file__).with_name("itk_engine.py")
OLDEST_SUPPORTED = (5, 0, 0)
WHERE_TO_GET_IT = (
    "Install the SlicerElastix extension, the Debian package elastix, or the Python package itk-elastix "
    "(pip install itk-elastix), or name an executable as engine."
)


@dataclass(frozen=True)
class EngineCapabilities:
    """What a version of elastix can do; taken from its releases, see :func:`capabilities_of`.

    :param reads_itk_transforms: ``-t0`` takes ``(Transform "File")``.
    :param writes_itk_transforms: ``ITKTransformOutputFileNameExtension`` has an effect.
    :param log_level_option: knows ``-loglevel``.
    :param space_in_output_path: ``-out`` may hold a space.
    :param non_ascii_paths_on_windows: paths may hold any letter on Windows.
    :param full_precision_output: transform files hold all digits; older versions write six decimals.
    :param similarity_transform: has SimilarityTransform in its default build; Debian's 5.0.1 has not.
    :param initial_transform_key: how a transform file of this version names the one before it.
    """

    reads_itk_transforms: bool
    writes_itk_transforms: bool
    log_level_option: bool
    space_in_output_path: bool
    non_ascii_paths_on_windows: bool
    full_precision_output: bool
    similarity_transform: bool
    initial_transform_key: str


def capabilities_of(elastix_version: str) -> EngineCapabilities:
    """Say what a version of elastix can do.

    :param elastix_version: such as ``"5.0.1"``; what is no number ("unknown newer") counts as the newest.

    >>> capabilities_of("5.0.1").reads_itk_transforms, capabilities_of("5.1.0").reads_itk_transforms
    (False, True)
    """
    version = version_numbers(elastix_version)
    return EngineCapabilities(
        reads_itk_transforms=version >= (5, 1),
        writes_itk_transforms=version >= (5, 1),
        log_level_option=version >= (5, 2),
        space_in_output_path=version >= (5, 1),
        non_ascii_paths_on_windows=version >= (5, 3, 1),
        full_precision_output=version >= (5, 1),
        similarity_transform=version >= (5, 1),
        initial_transform_key=(
            "InitialTransformParameterFileName" if version >= (5, 2) else "InitialTransformParametersFileName"
        ),
    )


def version_numbers(elastix_version: str) -> tuple[int, ...]:
    """Turn ``"5.0.1"`` into ``(5, 0, 1)``; text without a number is newer than everything."""
    words = elastix_version.split(".")
    return tuple(int(word) for word in words) if all(word.isdigit() for word in words) else (sys.maxsize,)


@dataclass(frozen=True)
class Engine:
    """An elastix that has been seen to run.

    :param name: "elastix" for an executable, "itk-elastix" for the Python wheel.
    :param path: the executable, or the Python interpreter that runs the wheel.
    :param elastix_version: version of elastix itself, such as "5.0.1".
    :param version: what is shown to the user: for the wheel, the version of the wheel.
    :param elastix_command: words that a command line of elastix starts with.
    :param transformix_command: the same for transformix; None if there is none beside elastix.
    :param environment: the whole environment of the child process.
    :param passed_over: what came earlier in the search, and why it was not taken.
    """

    name: str
    path: Path
    elastix_version: str
    version: str
    elastix_command: tuple[str, ...]
    transformix_command: tuple[str, ...] | None
    environment: Mapping[str, str] = field(repr=False)
    passed_over: tuple[str, ...] = ()

    @property
    def capabilities(self) -> EngineCapabilities:
        """What this version of elastix can do."""
        return capabilities_of(self.elastix_version)


def find_engine(
    choice: str | Path = "auto",
    *,
    environment: Mapping[str, str] | None = None,
    bundled_folders: Sequence[Path] = (),
    host_environment: Mapping[str, str] | None = None,
) -> Engine:
    """Find the engine for a run; asks each executable for its version, once, which takes up to 0.3 s; touches no node.

    :param choice: "auto", "itk" for the wheel only, or the path of an elastix executable or of a folder with one.
    :param environment: variables to look up ``ELASTIXPLUS_ELASTIX`` and ``PATH`` in, and the environment of an engine
        that is bundled with the host; this process's own if None.
    :param bundled_folders: where the host keeps an elastix: a folder with the executable, or the root of an extension.
    :param host_environment: the environment of all other engines: what the host was started with, before it put its
        own libraries in front (``slicer.util.startupEnvironment()``); ``environment`` if None.
    :returns: an engine that told its version.
    :raises EngineNotFoundError: there is none, or the one that was asked for does not run; says which and why.

    >>> find_engine("/usr/bin/elastix").name  # doctest: +SKIP
    'elastix'
    """
    variables = _with_known_names(os.environ if environment is None else environment)
    clean = variables if host_environment is None else _with_known_names(host_environment)
    choice = str(choice).strip()
    if choice in ("itk", "itk-elastix"):
        return _wheel_or_error(clean, variables)
    if choice not in ("", "auto"):
        return _chosen_engine(choice, "The chosen engine", variables, clean)
    if wanted := variables.get(ENGINE_VARIABLE, "").strip():
        return _chosen_engine(wanted, f"The engine that {ENGINE_VARIABLE} names", variables, clean)
    tried: list[str] = []
    for path, bundled in _candidates(bundled_folders, variables, tried):
        try:
            return _native_engine(path, variables if bundled else clean, bundled, tuple(tried))
        except ProbeFailure as failure:
            tried.append(f"{path}: {failure}")
    try:
        return _itk_engine(find_itk_wheel(variables), clean, tuple(tried))
    except ProbeFailure as failure:
        tried.append(f"the Python package itk-elastix: {failure}")
        what = f"No elastix was found ({'; '.join(tried)})."
        raise EngineNotFoundError(what, WHERE_TO_GET_IT, tuple(tried)) from failure


def _with_known_names(environment: Mapping[str, str]) -> dict[str, str]:
    """Windows does not mind the case of a name and gives it in any ("Path"); everything here asks for upper case."""
    return {name.upper() if os.name == "nt" else name: value for name, value in environment.items()}


def _candidates(
    bundled_folders: Sequence[Path], variables: Mapping[str, str], tried: list[str]
) -> Iterator[tuple[Path, bool]]:
    """Yield (executable, bundled) in the order of preference; note the places that have none."""
    for folder in bundled_folders:
        found = _executable_in_bundle(Path(folder))
        if found:
            yield found, True
        else:
            tried.append(f"{folder}: no elastix in it")
    found_on_path = program_on_path("elastix", variables.get("PATH", ""))
    if found_on_path:
        yield found_on_path, False
    else:
        tried.append("PATH: no elastix on it")


def _executable_in_bundle(folder: Path) -> Path | None:
    """Find the executable in a folder, an extension (``lib/Slicer-5.10``) or an installation (``bin``)."""
    places = [folder, folder / "bin", folder / "elastix", *sorted(folder.glob("lib/Slicer-*"), reverse=True)]
    places += [place / "elastix" for place in places[3:]]
    return next((path for place in places if (path := place / _file_name("elastix")).is_file()), None)


def _file_name(program: str) -> str:
    return program + (".exe" if os.name == "nt" else "")


def _chosen_engine(choice: str, role: str, variables: Mapping[str, str], environment: Mapping[str, str]) -> Engine:
    """Take the engine that was asked for by name, or say why that is not possible."""
    # A bare word is looked up on PATH, as a shell would.
    on_path = program_on_path(choice, variables.get("PATH", "")) if not os.path.dirname(choice) else None
    path = Path(on_path or choice).expanduser().absolute()
    executable = (_executable_in_bundle(path) or path / _file_name("elastix")) if os.path.isdir(path) else path
    try:
        return _native_engine(executable, environment, False, ())
    except ProbeFailure as failure:
        what = f"{role} cannot be used: {executable} {failure}."
        raise EngineNotFoundError(what, failure.remedy, (f"{executable}: {failure}",)) from failure


def _native_engine(path: Path, environment: Mapping[str, str], bundled: bool, passed_over: tuple[str, ...]) -> Engine:
    environment = _with_own_libraries(path, environment, bundled)
    version = read_version(path, environment)
    if version_numbers(version) < OLDEST_SUPPORTED:
        raise ProbeFailure(f"is elastix {version}, and 5.0 is the oldest that works", "Install elastix 5.0.1 or newer.")
    # Windows and macOS find Elastix.exe, and "elastix.EXE" is what a search gives there.
    transformix = path.with_name(re.sub("elastix", "transformix", path.name, flags=re.IGNORECASE))
    can_transform = transformix != path and transformix.is_file() and os.access(transformix, os.X_OK)
    return Engine(
        name="elastix",
        path=path,
        elastix_version=version,
        version=version,
        elastix_command=(str(path),),
        transformix_command=(str(transformix),) if can_transform else None,
        environment=environment,
        passed_over=passed_over,
    )


def _with_own_libraries(path: Path, environment: Mapping[str, str], bundled: bool) -> dict[str, str]:
    """Put the libraries that came with an executable in front of those of the system.

    elastix's own archives need their ``lib`` beside ``bin``; a system folder is left alone, it is searched anyway.
    """
    folders = [path.parent] if bundled else []
    beside = path.parent.parent / "lib"
    if beside.is_dir() and (bundled or any(beside.glob("*ANNlib*"))):
        folders.append(beside)
    result = dict(environment)
    names = {"nt": ("PATH",)}.get(os.name, ("DYLD_LIBRARY_PATH",) if sys.platform == "darwin" else ("LD_LIBRARY_PATH",))
    for name in names if folders else ():
        before = [result[name]] if result.get(name) else []
        result[name] = os.pathsep.join([*map(str, folders), *before])
    return result


def _wheel_or_error(clean: Mapping[str, str], variables: Mapping[str, str]) -> Engine:
    try:
        return _itk_engine(find_itk_wheel(variables), clean, ())
    except ProbeFailure as failure:
        what = f"The Python package itk-elastix {failure}."
        raise EngineNotFoundError(what, failure.remedy, (f"the Python package itk-elastix: {failure}",)) from failure


def _itk_engine(wheel: ItkWheel, environment: Mapping[str, str], passed_over: tuple[str, ...]) -> Engine:
    program = (str(wheel.interpreter), str(ITK_ENGINE_FILE))
    return Engine(
        name="itk-elastix",
        path=wheel.interpreter,
        elastix_version=wheel.elastix_version,
        version=wheel.version,
        elastix_command=(*program, "elastix"),
        transformix_command=(*program, "transformix"),
        environment=wheel.child_environment(environment),
        passed_over=passed_over,
    )
