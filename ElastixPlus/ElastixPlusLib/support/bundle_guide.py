"""What a bundle says about itself."""

from __future__ import annotations

from collections.abc import Sequence

GUIDE_FILE = "README.txt"
_ABOUT = {
    "software.txt": "versions, and which elastix is used",
    "geometry.txt": "where volumes, masks and landmarks lie",
    "record.json": "the record of the run, with the parameter files as elastix got them",
    "console.txt": "what elastix printed",
    "initial_transform.txt": "the transform that the run started from",
    "result/elastix.log": "the log of elastix",
    "result/transformix.log": "the log of transformix",
}
_BEGINNINGS = {
    "parameters.": "parameter file of a stage, counted from 0",
    "result/TransformParameters.": "transform that elastix found in a stage",
    "result/IterationInfo.": "how a stage (first number) went in a resolution (second number)",
}
_HEAD = """ElastixPlus support bundle

Post this file in the issue tracker of ElastixPlus or in the forum of 3D Slicer, and say what you did, what you
expected and what happened instead.

In it:
"""
_REMOVED = """
Removed, with what stands in for it:
  names of volumes, landmarks, segments and files   fixed volume, landmark 1, segment 1, <file> ...
  folders, user and computer                        <folder>, <home>, <user>, <computer>
  days, times, addresses, DICOM identifiers         <date>, <time>, <address>, <uid>
  comments in parameter files of your own, all but 12 digits of the checksums of volumes, the day of the run

Never in it: voxels. Still in it: the geometry of the volumes, the positions of landmarks, and the month of the run.

Names are searched for; nobody has read the texts. Look through them before you post them.
"""
_NO_RECORD = """
There was no record of the run: only names of this computer and of its user were known, those of volumes and
landmarks were not. Look through the texts with care.
"""


def guide(files: Sequence[str], left_out: Sequence[str], has_record: bool) -> str:
    """The text that comes first in a bundle; it holds nothing of the run.

    :param files: names of the other files.
    :param left_out: what is missing, as sentences.
    """
    wide = max([24, *(len(name) for name in files)])
    lines = "".join(f"  {name:{wide}}  {_about(name)}\n" for name in files)
    missing = "".join(f"  {sentence}\n" for sentence in left_out)
    missing = f"\nLeft out:\n{missing}" if missing else ""
    is_of_run = any(name not in ("software.txt",) for name in files)
    return _HEAD + lines + missing + _REMOVED + _NO_RECORD * (is_of_run and not has_record)


def _about(name: str) -> str:
    known = (text for beginning, text in _BEGINNINGS.items() if name.startswith(beginning))
    return _ABOUT.get(name) or next(known, "")
