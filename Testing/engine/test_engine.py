"""Finding the engine: the order of the search, and what is said when it ends without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ElastixPlusLib.elastix import engine as engine_module
from ElastixPlusLib.elastix import itk_wheel
from ElastixPlusLib.elastix.engine import ENGINE_VARIABLE, Engine, capabilities_of, find_engine
from ElastixPlusLib.elastix.engine_probe import ProbeFailure
from ElastixPlusLib.errors import EngineNotFoundError

posix_only = pytest.mark.skipif(os.name == "nt", reason="stands in for elastix with a script")


def fake_elastix(folder: Path, version: str = "5.1.0", *, code: str = "", name: str = "elastix") -> Path:
    """Write an executable that answers as elastix does, or runs ``code``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    answer = code or f"print('elastix version: {version}')"
    path.write_text(f"#!{sys.executable}\nimport os, sys\n{answer}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def environment_with(path: Path | str = "", **more: str) -> dict[str, str]:
    """Variables with nothing in them but a PATH."""
    return {"PATH": str(path), **more}


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without itk-elastix."""

    def not_installed(_: object) -> None:
        raise ProbeFailure("is not installed", "Install it.")

    monkeypatch.setattr(engine_module, "find_itk_wheel", not_installed)


@posix_only
def test_an_explicit_path_comes_before_the_variable_the_bundle_and_path(tmp_path: Path):
    chosen = fake_elastix(tmp_path / "chosen", "5.2.0")
    other = fake_elastix(tmp_path / "other", "5.0.1")
    engine = find_engine(
        str(chosen),
        environment=environment_with(other.parent, **{ENGINE_VARIABLE: str(other)}),
        bundled_folders=[other.parent],
    )
    assert (engine.path, engine.elastix_version, engine.version) == (chosen, "5.2.0", "5.2.0")


@posix_only
def test_the_variable_comes_before_the_bundle_the_bundle_before_path(tmp_path: Path):
    variable, bundle, path = (fake_elastix(tmp_path / name) for name in ("variable", "bundle", "path"))
    environment = environment_with(path.parent, **{ENGINE_VARIABLE: str(variable)})
    found = find_engine(environment=environment, bundled_folders=[bundle.parent])
    assert found.path == variable
    del environment[ENGINE_VARIABLE]
    assert find_engine(environment=environment, bundled_folders=[bundle.parent]).path == bundle
    assert find_engine(environment=environment).path == path


@pytest.mark.itk_engine
def test_the_wheel_is_found_last_and_knows_its_elastix():
    engine = find_engine(environment=environment_with())
    assert engine.name == "itk-elastix"
    assert engine.elastix_version.startswith("5.")
    assert engine.version.startswith("0.")
    assert engine.elastix_command[-1] == "elastix"
    assert engine.transformix_command is not None
    assert engine.transformix_command[-1] == "transformix"


@pytest.mark.itk_engine
@posix_only
def test_the_wheel_is_taken_before_everything_when_it_is_asked_for(tmp_path: Path):
    native = fake_elastix(tmp_path)
    environment = environment_with(tmp_path, **{ENGINE_VARIABLE: str(native)})
    assert find_engine("itk", environment=environment).name == "itk-elastix"


@pytest.mark.itk_engine
def test_finding_the_wheel_does_not_import_it():
    code = (
        "import sys\nfrom ElastixPlusLib.elastix.engine import find_engine\n"
        "find_engine('itk')\nassert 'itk' not in sys.modules and 'numpy' not in sys.modules"
    )
    paths = os.pathsep.join([str(Path(engine_module.__file__).parents[2]), *sys.path])
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=60)


@pytest.mark.native_engine
def test_the_installed_elastix_tells_its_version():
    engine = find_engine(os.environ.get(ENGINE_VARIABLE) or str(shutil.which("elastix")))
    assert engine.name == "elastix"
    assert engine.elastix_version.startswith("5.")
    assert engine.transformix_command is not None


@posix_only
def test_a_folder_with_the_executable_can_be_chosen(tmp_path: Path):
    executable = fake_elastix(tmp_path)
    assert find_engine(str(tmp_path), environment={}).path == executable
    archive = tmp_path / "elastix-5.2.0-linux"
    executable = fake_elastix(archive / "bin")
    assert find_engine(archive, environment={}).path == executable


@posix_only
def test_a_bare_name_is_looked_up_on_path(tmp_path: Path):
    executable = fake_elastix(tmp_path, name="elastix-5.1")
    assert find_engine("elastix-5.1", environment=environment_with(tmp_path)).path == executable


@posix_only
def test_transformix_beside_elastix_is_found(tmp_path: Path):
    executable = fake_elastix(tmp_path)
    assert find_engine(executable, environment={}).transformix_command is None
    fake_elastix(tmp_path, name="transformix")
    assert find_engine(executable, environment={}).transformix_command == (str(tmp_path / "transformix"),)


@pytest.mark.parametrize("by_variable", [False, True])
@posix_only
def test_a_chosen_engine_that_is_not_there_is_never_replaced_by_another(tmp_path: Path, by_variable: bool):
    missing = tmp_path / "nowhere" / "elastix"
    environment = environment_with(fake_elastix(tmp_path / "path").parent)
    environment |= {ENGINE_VARIABLE: str(missing)} if by_variable else {}
    with pytest.raises(EngineNotFoundError, match=r"nowhere/elastix does not exist") as error:
        find_engine("auto" if by_variable else str(missing), environment=environment)
    assert (ENGINE_VARIABLE in error.value.what) == by_variable
    assert error.value.exit_code == 3


BROKEN = [
    ("print('hello')", 'is not elastix: it answered "hello"'),
    ("sys.exit(3)", "ended with status 3"),
    (
        "sys.stderr.write('elastix: error while loading shared libraries: libITKCommon-5.3.so.1: cannot open')\n"
        "sys.exit(127)",
        "needs the library libITKCommon-5.3.so.1, which is missing",
    ),
    (
        "os.write(2, b'dyld: Library not loaded: @rpath/libomp.dylib')\nos.abort()",
        "needs the library @rpath/libomp.dylib, which is missing",
    ),
    ("os.kill(os.getpid(), 11)", "was ended by signal 11"),
    ("print('elastix version: 4.9.0')", "is elastix 4.9.0, and 5.0 is the oldest that works"),
]


@pytest.mark.parametrize(("code", "reason"), BROKEN)
@posix_only
def test_a_chosen_file_that_does_not_work_is_refused_with_the_reason(tmp_path: Path, code: str, reason: str):
    executable = fake_elastix(tmp_path, code=code)
    with pytest.raises(EngineNotFoundError) as error:
        find_engine(executable, environment={})
    assert reason in error.value.what
    assert error.value.remedy.endswith(".")


@posix_only
def test_a_chosen_file_without_permission_to_run_is_refused(tmp_path: Path):
    executable = fake_elastix(tmp_path)
    executable.chmod(0o644)
    with pytest.raises(EngineNotFoundError, match="no permission to be run") as error:
        find_engine(executable, environment={})
    assert "chmod +x" in error.value.remedy


@posix_only
def test_a_chosen_text_file_is_refused(tmp_path: Path):
    path = tmp_path / "elastix"
    path.write_bytes(b"\x7fELF is not enough")
    path.chmod(0o755)
    with pytest.raises(EngineNotFoundError, match=r"cannot be started|is not elastix"):
        find_engine(path, environment={})


def test_a_folder_without_elastix_is_refused(tmp_path: Path):
    with pytest.raises(EngineNotFoundError, match="does not exist"):
        find_engine(tmp_path, environment={})


@posix_only
def test_a_broken_engine_that_nobody_asked_for_is_passed_over_and_noted(tmp_path: Path):
    broken = fake_elastix(tmp_path / "broken", code="sys.exit(1)")
    works = fake_elastix(tmp_path / "works")
    engine = find_engine(environment=environment_with(works.parent), bundled_folders=[broken.parent])
    assert engine.path == works
    assert [str(broken) in note for note in engine.passed_over] == [True]


@pytest.mark.usefixtures("no_wheel")
def test_where_nothing_is_found_all_places_and_ways_out_are_named(tmp_path: Path):
    with pytest.raises(EngineNotFoundError) as error:
        find_engine(environment=environment_with(), bundled_folders=[tmp_path])
    assert [place.split(":")[0] for place in error.value.tried] == [
        str(tmp_path),
        "PATH",
        "the Python package itk-elastix",
    ]
    for way_out in ("SlicerElastix", "Debian package elastix", "pip install itk-elastix", "executable as engine"):
        assert way_out in error.value.remedy


@pytest.mark.usefixtures("no_wheel")
def test_a_missing_wheel_that_was_asked_for_is_said():
    with pytest.raises(EngineNotFoundError, match="itk-elastix is not installed"):
        find_engine("itk")


@posix_only
def test_the_version_is_asked_for_once_per_file(tmp_path: Path):
    calls = tmp_path / "calls"
    code = f"open({str(calls)!r}, 'a').write('x')\nprint('elastix version: 5.1.0')"
    executable = fake_elastix(tmp_path, code=code)
    for _ in range(3):
        find_engine(executable, environment={})
    assert calls.read_text() == "x"
    fake_elastix(tmp_path, "5.2.0")
    assert find_engine(executable, environment={}).elastix_version == "5.2.0"


@posix_only
def test_an_extension_brings_its_own_libraries_in_front_of_those_of_the_host(tmp_path: Path):
    executable = fake_elastix(tmp_path / "lib" / "Slicer-5.10")
    engine = find_engine(
        environment=environment_with(LD_LIBRARY_PATH="/host", DYLD_LIBRARY_PATH="/host"), bundled_folders=[tmp_path]
    )
    assert engine.path == executable
    name = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    assert engine.environment[name].split(os.pathsep)[0] == str(executable.parent)
    assert engine.environment[name].split(os.pathsep)[-1] == "/host"


@posix_only
def test_libraries_beside_the_bin_folder_are_found_in_a_bundle_and_in_elastix_archives(tmp_path: Path):
    executable = fake_elastix(tmp_path / "bin")
    (tmp_path / "lib").mkdir()
    name = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    bundled = find_engine(environment=environment_with(), bundled_folders=[tmp_path])
    assert str(tmp_path / "lib") in bundled.environment[name].split(os.pathsep)
    assert name not in find_engine(executable, environment={}).environment
    (tmp_path / "lib" / "libANNlib-5.2.so").touch()
    assert find_engine(executable, environment={}).environment[name] == str(tmp_path / "lib")


@posix_only
def test_only_a_bundled_engine_gets_the_environment_of_the_host_application(tmp_path: Path):
    executable = fake_elastix(tmp_path)
    application = environment_with(tmp_path, LD_LIBRARY_PATH="/application")
    outside = {"PATH": "/usr/bin"}
    bundled = find_engine(environment=application, bundled_folders=[tmp_path], host_environment=outside)
    assert "/application" in bundled.environment["LD_LIBRARY_PATH"]
    for engine in (
        find_engine(executable, environment=application, host_environment=outside),
        find_engine(environment=application, host_environment=outside),
    ):
        assert dict(engine.environment) == outside


def test_an_engine_does_not_print_the_environment(tmp_path: Path):
    engine = Engine("elastix", tmp_path, "5.0.1", "5.0.1", ("elastix",), None, {"SECRET": "42"})
    assert "SECRET" not in repr(engine)


@pytest.mark.parametrize(
    ("version", "transforms", "log_level", "space", "windows_letters", "key"),
    [
        ("5.0.1", False, False, False, False, "InitialTransformParametersFileName"),
        ("5.1.0", True, False, True, False, "InitialTransformParametersFileName"),
        ("5.2.0", True, True, True, False, "InitialTransformParameterFileName"),
        ("5.3.0", True, True, True, False, "InitialTransformParameterFileName"),
        ("5.3.1", True, True, True, True, "InitialTransformParameterFileName"),
        ("unknown newer", True, True, True, True, "InitialTransformParameterFileName"),
    ],
)
def test_each_version_can_do_what_its_release_says(
    version: str, transforms: bool, log_level: bool, space: bool, windows_letters: bool, key: str
):
    can = capabilities_of(version)
    assert (can.reads_itk_transforms, can.writes_itk_transforms) == (transforms, transforms)
    assert (can.log_level_option, can.space_in_output_path) == (log_level, space)
    assert (can.non_ascii_paths_on_windows, can.initial_transform_key) == (windows_letters, key)


@pytest.mark.parametrize(
    ("wheel", "elastix"),
    [("0.25.4", "5.3.1"), ("0.24.0", "5.3.0"), ("0.23.0", "5.2.0"), ("0.17.1", "5.1.0"), ("1.0.0", "unknown newer")],
)
def test_the_elastix_in_a_wheel_is_known_by_the_version_of_the_wheel(wheel: str, elastix: str):
    assert itk_wheel.elastix_version_of(wheel) == elastix


@posix_only
def test_inside_an_application_its_python_is_used(tmp_path: Path):
    launcher = fake_elastix(tmp_path, name="PythonSlicer")
    for executable in ("/opt/Slicer/bin/SlicerApp-real", "/opt/Slicer/bin/python-real", ""):
        assert itk_wheel.find_interpreter(executable, environment_with(tmp_path)) == launcher
    assert itk_wheel.find_interpreter(str(tmp_path / "SlicerApp-real"), environment_with()) == launcher
    assert itk_wheel.find_interpreter("/opt/Slicer/bin/SlicerApp-real", environment_with()) is None
    assert itk_wheel.find_interpreter(sys.executable, environment_with(tmp_path)) == Path(sys.executable)


@pytest.mark.itk_engine
def test_settings_of_another_python_do_not_reach_the_child():
    engine = find_engine("itk", environment=environment_with(PYTHONHOME="/slicer", PYTHONPATH="/slicer", OTHER="kept"))
    assert "PYTHONHOME" not in engine.environment
    assert "/slicer" not in engine.environment["PYTHONPATH"]
    assert engine.environment["OTHER"] == "kept"


def test_names_of_variables_are_found_on_windows_in_whatever_case_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    from ElastixPlusLib.elastix import engine

    monkeypatch.setattr(engine.os, "name", "nt")
    assert engine._with_known_names({"Path": "x", "SystemRoot": "y"}) == {"PATH": "x", "SYSTEMROOT": "y"}
    monkeypatch.setattr(engine.os, "name", "posix")
    assert engine._with_known_names({"Path": "x"}) == {"Path": "x"}
