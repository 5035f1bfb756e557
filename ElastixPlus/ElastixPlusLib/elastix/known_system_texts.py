"""What is printed when memory, disk, files or the installation are the cause. Tried from top to bottom."""

from __future__ import annotations

from .known_causes import (
    CHECK_ENGINE,
    CROP_TO_OVERLAP,
    FORBIDDEN,
    NEED_LESS_MEMORY,
    NOT_THERE,
    OTHER_PLACE,
    USE_ITK_ELASTIX,
    WRONG_KIND,
    KnownText,
    known,
    known_as,
)

# Before all others: what cannot be loaded or read for want of memory looks like a missing library or a damaged file.
MEMORY_TEXTS: tuple[KnownText, ...] = (
    known(
        r"bad_alloc|bad allocation|Failed to allocate memory|MemoryError|[Uu]nable to allocate"
        r"|[Cc]annot allocate memory|Memory allocation still failed|pthread_create failed|paging file is too small"
        r"|failed to map segment from shared object(?!: Operation not)",
        "Elastix ran out of memory.",
        NEED_LESS_MEMORY,
        CROP_TO_OVERLAP,
    ),
)

FILE_TEXTS: tuple[KnownText, ...] = (
    known(
        r'output directory "(?P<path>[^"\n]*)" does not exist',
        "Elastix did not find its output folder {path}; older versions misread spaces and other letters in its name.",
        OTHER_PLACE,
    ),
    known(
        r"LogFile cannot be opened|while setting up xout",
        "Elastix could not write to its output folder.",
        OTHER_PLACE,
    ),
    known(
        r"M_WriteElementsData|No space left on device|file stream is fail after write|not enough space on the disk"
        r"|Disk quota exceeded|File too large|Read-only file system|could not write the result image",
        "Elastix could not write its files: the disk is full, or the folder cannot be written.",
        OTHER_PLACE,
    ),
    known(
        r"the file [^\n]*[\\/](?P<letter>\w) does not exist",
        "Elastix was given the letter {letter} as the name of a file, as happens when a text stands where a list of "
        "file names is expected.",
        "Give a list of parameter files, one per stage.",
    ),
    known(
        r"the file (?P<path>[^\n]+?) does not exist|Error while opening (?P<path_2>\S+)",
        "Elastix did not find the file {path}.",
        "Check that nothing removes files from the folder for temporary files while elastix runs.",
    ),
)

INSTALLATION_TEXTS: tuple[KnownText, ...] = (
    known(
        r"code signature|library load disallowed by system policy|CODESIGNING",
        "The system does not let elastix start, because it does not accept the signature of a program or library.",
        CHECK_ENGINE,
        USE_ITK_ELASTIX,
    ),
    known_as(
        FORBIDDEN,
        r"WinError 5\]|Errno 13\] Permission denied: '[^'\n]*(?:elastix|transformix)(?:\.exe)?'"
        r"|(?:elastix|transformix)\S*: Permission denied|failed to map segment[^\n]*Operation not permitted",
    ),
    known(
        r"symbol lookup error|undefined symbol|Symbol not found: |version `[^'\n]+' not found"
        r"|procedure could not be found|procedure entry point",
        "Elastix found a library of another version than it needs.",
        "Choose another engine, {such_as_engine}, or start Slicer without the settings of other programs.",
        USE_ITK_ELASTIX,
    ),
    known(
        r"error while loading shared libraries: (?P<library>[^\s:]+):(?: invalid ELF header| file too short"
        r"|[^\n]*wrong ELF class)",
        "Elastix could not start: its library {library} is damaged.",
        CHECK_ENGINE,
        USE_ITK_ELASTIX,
    ),
    known(
        r"error while loading shared libraries: (?P<library>[^\s:]+)|Library not loaded: (?P<library_2>\S+)",
        "Elastix could not start: its library {library} is missing.",
        "Check the engine, or choose another one, {such_as_engine}; an elastix that came with Slicer starts only from "
        "within it.",
        USE_ITK_ELASTIX,
    ),
    known(
        r"the itk-elastix package (?:cannot be loaded|is not installed)|DLL load failed while importing"
        r"|No module named 'itk|(?:ImportError|ModuleNotFoundError): [^\n]*\bitk\b",
        "The Python package itk-elastix could not be loaded.",
        "Install it again with pip install --force-reinstall itk-elastix.",
    ),
    known(
        r"Fatal Python error|No module named '(?:encodings|numpy)",
        "The Python that runs itk-elastix does not start, or does not find its packages.",
        CHECK_ENGINE,
    ),
    known_as(
        WRONG_KIND,
        r"Exec format error|Bad CPU type in executable|cannot execute binary file|WinError 193"
        r"|not a valid Win32 application",
    ),
    known_as(
        NOT_THERE,
        r"WinError [23]\]|Errno 2\] No such file or directory: '[^'\n]*(?:elastix|transformix)(?:\.exe)?'"
        r"|(?:elastix|transformix)\S*: (?:command )?not found|Elastix not found",
    ),
    known(
        r"double free|corrupted (?:size|double-linked|unsorted)|malloc\w*\(\): |free\(\): |munmap_chunk"
        r"|heap corruption|pointer being freed was not allocated",
        "Elastix crashed, because its memory was damaged.",
        CHECK_ENGINE,
        USE_ITK_ELASTIX,
    ),
    known(
        r"terminate called[^\n]*\s+what\(\): +(?P<said>[^\n]+)"
        r"|terminating (?:due to|with) uncaught exception of type [^:\n]+(?:::[^:\n]+)*: (?P<said_2>[^\n]+)",
        'Elastix gave up on an error of its own: "{said}".',
        CHECK_ENGINE,
        USE_ITK_ELASTIX,
    ),
    known(
        r"terminate called|terminating (?:due to|with) uncaught exception|Assertion [^\n]*failed",
        "Elastix gave up on an error of its own.",
        CHECK_ENGINE,
        USE_ITK_ELASTIX,
    ),
)
