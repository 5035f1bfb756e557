"""The itk-elastix wheel behind the command line of elastix: a program of its own, run by its file path.

Usage, with the options of the native programs of the same names::

    python itk_engine.py elastix -f fixed.mha -m moving.mha -p parameters.txt -out result
    python itk_engine.py transformix -tp result/TransformParameters.0.txt -def points.txt -out result
    python itk_engine.py elastix --version

It prints what elastix prints, writes the files that elastix writes and ends with a non-zero status on an error, so the
caller need not know which engine runs. It differs in two places from the native programs: an unknown option is an
error, not ignored, and volumes have three dimensions and one of the formats .mha, .mhd, .nii, .nii.gz, .nrrd, .nhdr.

Only the wrapped modules that are used are loaded (1 s instead of 2 to 8 s), by importing them one by one. This file
imports nothing of ElastixPlus: it runs in a child process, in which only the wheel has to be found.
"""

from __future__ import annotations

import os
import re
import sys
import time
from typing import Any

# Two metrics at a time crash in the wheel's default "TBB" threader as soon as the number of threads is set
# (itk-elastix 0.25.4); "Pool" is the one that the native programs use and gives the same numbers as they do.
THREADER = "Pool"
USAGE_STATUS = 1
FAILURE_STATUS = 1
NO_OUTPUT_FOLDER_STATUS = 254

ELASTIX_OPTIONS = re.compile(r"-(f\d*|m\d*|fMask\d*|mMask\d*|fp|mp|t0|p|out|threads)")
TRANSFORMIX_OPTIONS = re.compile(r"-(tp|def|jac|jacmat|in|out|threads)")
IMAGE_IO_BY_SUFFIX = {
    ".mha": "MetaImageIO",
    ".mhd": "MetaImageIO",
    ".nii": "NiftiImageIO",
    ".nii.gz": "NiftiImageIO",
    ".nrrd": "NrrdImageIO",
    ".nhdr": "NrrdImageIO",
}


class ProgramError(Exception):
    """Something that ends the program with a message, as elastix words it."""

    def __init__(self, message: str, status: int = FAILURE_STATUS) -> None:
        super().__init__(message)
        self.status = status


def say(text: str) -> None:
    """Print at once, so that it keeps its place among the lines that the C++ side prints."""
    print(text, flush=True)


def parse(arguments: list[str], known: re.Pattern[str]) -> dict[str, list[str]]:
    """Read options in pairs: name -> values in the order given."""
    if len(arguments) % 2:
        raise ProgramError(f'ERROR: the option "{arguments[-1]}" has no value.', USAGE_STATUS)
    options: dict[str, list[str]] = {}
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        if not known.fullmatch(name):
            raise ProgramError(f'ERROR: unknown option "{name}".', USAGE_STATUS)
        options.setdefault(name, []).append(value)
    return options


def numbered(options: dict[str, list[str]], name: str) -> list[str]:
    """Values of ``-f``, or of ``-f0``, ``-f1`` ... in order."""
    if name in options:
        return options[name][-1:]
    found: list[str] = []
    while f"{name}{len(found)}" in options:
        found.append(options[f"{name}{len(found)}"][-1])
    return found


def required(options: dict[str, list[str]], name: str) -> str:
    """Value of an option that must be given."""
    if name not in options:
        raise ProgramError(f'ERROR: No CommandLine option "{name}" given!', USAGE_STATUS)
    return options[name][-1]


def existing(path: str) -> str:
    """Pass a path through if there is a file."""
    if not os.path.isfile(path):
        raise ProgramError(f"ERROR: the file {path} does not exist.")
    return path


def output_folder(options: dict[str, list[str]]) -> str:
    """Value of ``-out``, which must be an existing folder."""
    folder = required(options, "-out")
    if not os.path.isdir(folder):
        raise ProgramError(
            f'ERROR: the output directory "{folder}" does not exist.\nYou are responsible for creating it.',
            NO_OUTPUT_FOLDER_STATUS,
        )
    return folder


def wrapped(module: str) -> Any:
    """Import one wrapped module of itk, without the hundred others that ``itk.Name`` would load."""
    import importlib

    return importlib.import_module(f"itk.{module}Python")


def load_itk() -> None:
    """Load the least of the wheel that both programs need."""
    os.environ["ITK_GLOBAL_DEFAULT_THREADER"] = THREADER
    try:
        import itkConfig
    except ImportError as error:
        raise ProgramError(f"ERROR: the itk-elastix package cannot be loaded: {error}") from error
    # Without this, the first image would load the readers and writers of every format.
    itkConfig.DefaultFactoryLoading = False
    wrapped("elxParameterObject")


def read_image(path: str, what: str, pixel: str = "F") -> Any:
    """Read a 3-D image.

    :param what: its role, as elastix calls it in the error message.
    :param pixel: "F" for float, "UC" for a mask.
    """
    suffix = next((suffix for suffix in sorted(IMAGE_IO_BY_SUFFIX, key=len) if path.lower().endswith(suffix)), None)
    if suffix is None:
        raise ProgramError(f"ERROR: could not read {what}.\nDescription: Could not create IO object for reading {path}")
    if not os.path.isfile(path):
        raise ProgramError(f"ERROR: could not read {what}.\nDescription: The file {path} doesn't exist.")
    io_name = IMAGE_IO_BY_SUFFIX[suffix]
    image_io = getattr(wrapped(f"itk{io_name}"), f"itk{io_name}").New()
    reader = getattr(wrapped("itkImageFileReader"), f"itkImageFileReaderI{pixel}3").New()
    try:
        image_io.SetFileName(path)
        image_io.ReadImageInformation()
        dimensions = [image_io.GetDimensions(axis) for axis in range(image_io.GetNumberOfDimensions())]
        if len([size for size in dimensions if size > 1]) > 3:
            raise RuntimeError(f"{path} has {len(dimensions)} dimensions, 3 are wanted.")
        reader.SetImageIO(image_io)
        reader.SetFileName(path)
        reader.Update()
    except RuntimeError as error:
        raise ProgramError(f"ERROR: could not read {what}.\nDescription: {error}") from error
    return reader.GetOutput()


def read_parameters(paths: list[str]) -> Any:
    """Read parameter files, one per stage, into one object."""
    parameters = wrapped("elxParameterObject").elastixParameterObject.New()
    for path in paths:
        try:
            parameters.AddParameterFile(existing(path))
        except RuntimeError as error:
            raise ProgramError(f"ERROR: when reading the parameter file:\nDescription: {error}") from error
    return parameters


def connect(method: Any, folder: str, log_name: str) -> None:
    """Set where results and log go; both programs have that in common."""
    method.SetOutputDirectory(folder)
    method.SetLogToConsole(True)
    method.SetLogToFile(True)
    method.SetLogFileName(log_name)


def run(method: Any) -> None:
    """Let the filter work; it prints why it fails, what it raises says only that."""
    try:
        method.UpdateLargestPossibleRegion()
    except (RuntimeError, MemoryError) as error:
        # The C++ side has printed the cause; all that "Internal elastix error" adds is that there was one.
        text = "" if "Internal elastix error" in str(error) else f"{error}\n"
        raise ProgramError(f"{text}Errors occurred!") from error


def elastix(arguments: list[str]) -> None:
    """Register, as the native elastix does."""
    options = parse(arguments, ELASTIX_OPTIONS)
    folder = output_folder(options)
    for name in ("-p", "-f", "-m"):
        if not numbered(options, name):
            raise ProgramError(f'ERROR: No CommandLine option "{name}" given!', USAGE_STATUS)
    for name in ("-p", "-t0", "-fp", "-mp"):
        for path in options.get(name, ()):
            existing(path)  # before a second is spent on loading the wheel
    started = time.monotonic()
    say(f"\nelastix is started at {time.asctime()}.\n")
    load_itk()
    method = wrapped("itkElastixRegistrationMethod").itkElastixRegistrationMethodIF3IF3.New()
    method.SetParameterObject(read_parameters(options["-p"]))
    for name, add, what, pixel in (
        ("-f", method.AddFixedImage, "fixed image", "F"),
        ("-m", method.AddMovingImage, "moving image", "F"),
        ("-fMask", method.AddFixedMask, "fixed mask", "UC"),
        ("-mMask", method.AddMovingMask, "moving mask", "UC"),
    ):
        for path in numbered(options, name):
            add(read_image(path, what, pixel))
    for name, use in (
        ("-fp", method.SetFixedPointSetFileName),
        ("-mp", method.SetMovingPointSetFileName),
        ("-t0", method.SetInitialTransformParameterFileName),
    ):
        if name in options:
            use(options[name][-1])
    if "-threads" in options:
        method.SetNumberOfThreads(int(options["-threads"][-1]))
    connect(method, folder, "elastix.log")
    run(method)
    say(f"\nTotal time elapsed: {time.monotonic() - started:.1f}s.\n")


def transformix(arguments: list[str]) -> None:
    """Transform points, or make a displacement field or a Jacobian image, as the native transformix does."""
    options = parse(arguments, TRANSFORMIX_OPTIONS)
    folder = output_folder(options)
    parameters_path = existing(required(options, "-tp"))
    started = time.monotonic()
    say(f"\ntransformix is started at {time.asctime()}.\n")
    load_itk()
    parameters = read_parameters([parameters_path])
    method = wrapped("itkTransformixFilter").itkTransformixFilterIF3.New()
    define = options.get("-def", [""])[-1]
    wants_grid = "-jac" in options or "-jacmat" in options or "-in" in options or define == "all"
    if not wants_grid:
        # The filter always resamples its input: let that be one voxel where only points are asked for.
        parameters.SetParameter(0, "Size", ["1", "1", "1"])
    image = read_image(options["-in"][-1], "input image") if "-in" in options else empty_image()
    method.SetMovingImage(image)
    method.SetTransformParameterObject(parameters)
    if define == "all":
        method.SetComputeDeformationField(True)
    elif define:
        method.SetFixedPointSetFileName(existing(define))
    method.SetComputeDeterminantOfSpatialJacobian("-jac" in options)
    method.SetComputeSpatialJacobian("-jacmat" in options)
    connect(method, folder, "transformix.log")
    if "-threads" in options:
        method.SetNumberOfWorkUnits(int(options["-threads"][-1]))
    run(method)
    if "-in" in options:
        write_result(method.GetOutput(), parameters, folder)
    say(f"\ntransformix has finished at {time.asctime()}.\nTotal time elapsed: {time.monotonic() - started:.1f}s.\n")


def write_result(image: Any, parameters: Any, folder: str) -> None:
    """Write the resampled volume, as float, under the name that the native transformix gives it."""
    wanted = parameters.GetParameterMap(0).get("ResultImageFormat", ("mha",))[0]
    suffix = f".{wanted}" if f".{wanted}" in IMAGE_IO_BY_SUFFIX else ".mha"
    io_name = IMAGE_IO_BY_SUFFIX[suffix]
    writer = wrapped("itkImageFileWriter").itkImageFileWriterIF3.New()
    writer.SetImageIO(getattr(wrapped(f"itk{io_name}"), f"itk{io_name}").New())
    writer.SetFileName(os.path.join(folder, f"result{suffix}"))
    writer.SetInput(image)
    try:
        writer.Update()
    except RuntimeError as error:
        raise ProgramError(f"ERROR: could not write the result image.\nDescription: {error}") from error


def empty_image() -> Any:
    """A volume to stand where transformix wants one although nothing is resampled."""
    image = wrapped("itkImage").itkImageF3.New()
    image.SetRegions([8, 8, 8])
    image.Allocate(True)
    return image


def print_version(program: str) -> None:
    """Print the wheel's version without loading it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        say(f"{program} version: itk-elastix {version('itk-elastix')}")
    except PackageNotFoundError as error:
        raise ProgramError("ERROR: the itk-elastix package is not installed.") from error


def main(arguments: list[str]) -> int:
    """Run one of the two programs and return its exit status."""
    programs = {"elastix": elastix, "transformix": transformix}
    if not arguments or arguments[0] not in programs:
        say('ERROR: the first argument must be "elastix" or "transformix".')
        return USAGE_STATUS
    try:
        if "--version" in arguments[1:]:
            print_version(arguments[0])
        else:
            programs[arguments[0]](arguments[1:])
    except ProgramError as error:
        say(str(error))
        return error.status
    except MemoryError:
        say("std::bad_alloc")
        return FAILURE_STATUS
    return 0


if __name__ == "__main__":
    # Python puts the folder of this file in front: its neighbours must not hide a module that itk looks for.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    sys.exit(main(sys.argv[1:]))
