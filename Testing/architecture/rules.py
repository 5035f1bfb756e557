"""The rules of the house, as pure functions from the source of one module to a list of violations.

The floors of the house. A module may import its own room and every floor below, never a neighbour on its own floor::

    __main__
    cli
    terminal
    ElastixPlusLib (the public API)
    evaluation
    registration and the other steps of the use case (request, preparation, recording, collection, result)
    support
    record (of a run)
    report
    guidance   accuracy   presets   mrml
    elastix   grid                           standard library and numpy only
    errors   steps   version
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

PACKAGE = "ElastixPlusLib"
RULES_FILE = "Testing/architecture/rules.py"
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 40

FLOORS = (
    {"errors", "steps", "version"},
    {"elastix", "grid"},
    {"guidance", "accuracy", "presets", "mrml"},
    {"report"},
    {"record"},
    {"support"},
    {"registration"},
    {"evaluation"},
    {PACKAGE},
    {"terminal"},
    {"cli"},
    {"__main__"},
)
FLOOR_OF_ROOM = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

ROOM_OF_FILE = dict.fromkeys(
    (
        "request",
        "presets_at_hand",
        "preflight",
        "checking",
        "export",
        "engine_run",
        "landmark_fit",
        "collection",
        "recording",
        "rerun",
        "result",
        "situation",
    ),
    "registration",
)

MRML_PACKAGES = {"numpy", "vtk", "vtkmodules", "slicer"}
TERMINAL_PACKAGES = {"rich"}
PACKAGES_OF_ROOM: dict[str, set[str]] = {
    "errors": set(),
    "steps": set(),
    "version": set(),
    "elastix": {"numpy"},
    "grid": {"numpy"},
    "guidance": MRML_PACKAGES,
    "accuracy": {"numpy", "scipy", "SimpleITK"},  # both come with Slicer
    "presets": MRML_PACKAGES,
    "mrml": MRML_PACKAGES | {"vtkITK"},  # a module of the application; the wheel has its classes in slicer
    "report": {"numpy", "jinja2", "markupsafe", "matplotlib"},
    "record": {"numpy"},
    "support": {"numpy"},
    "registration": MRML_PACKAGES,
    "evaluation": MRML_PACKAGES | {"scipy"},
    PACKAGE: set(),
    "terminal": MRML_PACKAGES | TERMINAL_PACKAGES,
    "cli": MRML_PACKAGES | TERMINAL_PACKAGES,
    "__main__": set(),
}
PACKAGES_OF_MODULE = {
    f"{PACKAGE}.elastix.itk_engine": {"numpy", "itk", "itkConfig"},
    f"{PACKAGE}.elastix.toml_parameters": {"tomllib", "tomli"},  # tomli is what tomllib was before Python 3.11
}
MODULES_THAT_PRINT = {f"{PACKAGE}.elastix.itk_engine"}
ROOMS_THAT_PRINT = {"terminal", "cli", "__main__"}

APPLICATION_ONLY = {"app", "mrmlScene", "modules", "util"}
STANDARD_BUT_FORBIDDEN = {
    "pickle": "unsafe to read",
    "shelve": "unsafe to read",
    "marshal": "unsafe to read",
    "socket": "no network at run time",
    "http": "no network at run time",
    "urllib.request": "no network at run time",
    "ftplib": "no network at run time",
}
FORBIDDEN_CALLS = {"eval", "exec", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
MEANINGLESS_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers"}


def module_name(path: PurePosixPath) -> str:
    """Return the dotted name of a file, given relative to the folder that holds the package.

    >>> module_name(PurePosixPath("ElastixPlusLib/elastix/__init__.py"))
    'ElastixPlusLib.elastix'
    """
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room that a module of the library is in; a name that the package exports belongs to the package.

    >>> room_of("ElastixPlusLib.elastix.command"), room_of("ElastixPlusLib.cli_doctor")
    ('elastix', 'cli')
    >>> room_of("ElastixPlusLib.register")
    'ElastixPlusLib'
    """
    inside = module.split(".")[1:]
    if not inside:
        return PACKAGE
    first = ROOM_OF_FILE.get(inside[0], inside[0])
    return next((room for room in (first, first.split("_")[0]) if room in FLOOR_OF_ROOM), PACKAGE)


def violations_of(path: PurePosixPath, source: str) -> list[str]:
    """Return every violation in one file as ``path:line: what is wrong``.

    :param path: relative to the folder that holds the package, as in ``ElastixPlusLib/errors.py``.
    :param source: the text of the file.
    """
    module, tree = module_name(path), ast.parse(source)
    found = [
        *placement_violations(path, module),
        *file_length_violations(source),
        *function_length_violations(tree),
        *import_violations(tree, module, is_package=path.name == "__init__.py"),
        *application_violations(tree),
        *statement_violations(tree, module),
    ]
    return [f"{path}:{line}: {what}" for line, what in sorted(found)]


def placement_violations(path: PurePosixPath, module: str) -> Iterator[tuple[int, str]]:
    """A file lies in a known room and its name says what it is about."""
    if room_of(module) == PACKAGE and module != PACKAGE:
        yield 1, f"{path.parts[1]} is in no room of the house: see FLOORS and ROOM_OF_FILE in {RULES_FILE}"
    for word in path.with_suffix("").parts[1:]:
        if meaningless := MEANINGLESS_NAMES & set(word.lower().split("_")):
            yield 1, f"a name with {meaningless.pop()!r} does not say what the file is about"


def file_length_violations(source: str) -> Iterator[tuple[int, str]]:
    """A file has at most 400 lines."""
    lines = len(source.splitlines())
    if lines > MOST_LINES_OF_A_FILE:
        yield 1, f"{lines} lines, more than {MOST_LINES_OF_A_FILE}: two files would serve better"


def function_length_violations(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A function has at most 40 lines from its `def`, the lines of its docstring not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = line_count(node)
            if ast.get_docstring(node) is not None:
                lines -= line_count(node.body[0])
            if lines > MOST_LINES_OF_A_FUNCTION:
                yield node.lineno, f"{node.name} has {lines} lines, more than {MOST_LINES_OF_A_FUNCTION}"


def line_count(node: ast.stmt) -> int:
    """Return how many lines a statement takes."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def import_violations(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Arrows point downwards, and a room uses only the packages that it is allowed."""
    for line, target in imports_in(tree, module, is_package=is_package):
        if what := wrong_import(module, target):
            yield line, what


def wrong_import(module: str, target: str) -> str | None:
    """Return what is wrong with `module` importing `target`, or None."""
    top = target.split(".")[0]
    if top == PACKAGE:
        return wrong_arrow(room_of(module), room_of(target))
    if top == "slicer" and set(target.split(".")[1:2]) & APPLICATION_ONLY:
        return f"{target} exists only inside the application"
    for name, reason in STANDARD_BUT_FORBIDDEN.items():
        if f"{target}.".startswith(f"{name}."):
            return f"import of {name}: {reason}"
    allowed = PACKAGES_OF_MODULE.get(module, PACKAGES_OF_ROOM[room_of(module)])
    if top in sys.stdlib_module_names or top in allowed:
        return None
    return f"{room_of(module)} may not import {top} (allowed: {', '.join(sorted(allowed)) or 'the standard library'})"


def wrong_arrow(room: str, target_room: str) -> str | None:
    """Return what is wrong with an import from one room into another, or None."""
    if room == target_room or FLOOR_OF_ROOM[target_room] < FLOOR_OF_ROOM[room]:
        return None
    return f"wrong arrow: {room} -> {target_room}"


def imports_in(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted target) of every import, also those inside functions and by a literal name.

    For ``from a.b import c`` the target is ``a.b.c``, whether c is a module or not.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = from_base(node, module, is_package=is_package)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in {"import_module", "__import__"}:
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                name = node.args[0].value
                yield node.lineno, f"{PACKAGE}.{name.lstrip('.')}" if name.startswith(".") else name


def from_base(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    """Return the absolute name before `import`, with the dots of a relative import resolved."""
    if not node.level:
        return node.module or ""
    parents = module.split(".")
    kept = len(parents) - node.level + (1 if is_package else 0)
    return ".".join([*parents[:kept], *([node.module] if node.module else [])])


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` for a chain of names, with an empty first part for anything else before the dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def application_violations(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Nothing reaches for slicer.app, slicer.mrmlScene, slicer.modules or slicer.util, also under another name."""
    names = {"slicer"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname for alias in node.names if alias.name == "slicer" and alias.asname}
    for node in ast.walk(tree):
        target = ""
        if isinstance(node, ast.Attribute):
            target = dotted(node)
        elif isinstance(node, ast.Call) and dotted(node.func) in {"getattr", "hasattr"} and len(node.args) > 1:
            second = node.args[1]
            target = f"{dotted(node.args[0])}.{second.value!s}" if isinstance(second, ast.Constant) else ""
        first, _, attribute = target.partition(".")
        if isinstance(node, ast.expr) and first in names and attribute in APPLICATION_ONLY:
            yield node.lineno, f"slicer.{attribute} exists only inside the application"


def statement_violations(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """No shell, no code from strings, no bare except, and no print where nobody asked for output."""
    prints = module in MODULES_THAT_PRINT or room_of(module) in ROOMS_THAT_PRINT
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "bare except"
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func)
        if called in FORBIDDEN_CALLS:
            yield node.lineno, f"call of {called}"
        if called == "print" and not prints:
            yield node.lineno, "print in the library"
        for keyword in node.keywords:
            if keyword.arg == "shell" and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            ):
                yield node.lineno, "a child process through a shell"
