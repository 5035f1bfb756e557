"""Make icbm152_t1_2mm.nii.gz from the 1 mm template that the nilearn package ships.

Needs nilearn (which brings nibabel and numpy) and no network::

    python -m pip install nilearn
    python Resources/SampleData/make_icbm152_2mm.py           # write the file
    python Resources/SampleData/make_icbm152_2mm.py --check   # compare the voxels and the header of the shipped file
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import sys
from importlib.resources import files
from pathlib import Path

import nibabel
import numpy as np

SOURCE_NAME = "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
SOURCE_SHA256 = "421a10e872fd6cadae7f61d358dffbcc1795a497d61ee76c5dda2503e1a1e9e6"
TARGET = Path(__file__).with_name("icbm152_t1_2mm.nii.gz")
NOTICE = b"Copyright (C) 1993-2004 Louis Collins, McConnell BIC, MNI, McGill; see README"


def halved(voxels: np.ndarray) -> np.ndarray:
    """Smooth with the weights 1-2-1 along each axis and keep every second voxel.

    Voxel 0 stays voxel 0, so the origin does not move and an odd number of voxels stays symmetric about its middle.
    Integer arithmetic, so that every machine gets the same bytes.

    :param voxels: uint8, three axes of any length.
    :returns: uint8, axes of length (n + 1) // 2.
    """
    smoothed = np.pad(voxels.astype(np.int32), 1, mode="edge")
    for axis in range(3):
        n = smoothed.shape[axis]
        before, here, after = (smoothed.take(range(start, n - 2 + start, 2), axis) for start in range(3))
        smoothed = before + 2 * here + after
    return ((smoothed + 32) // 64).astype(np.uint8)


def reduced_template() -> bytes:
    """Return the 2 mm template as the bytes of an uncompressed NIfTI-1 file."""
    source = Path(str(files("nilearn"))) / "datasets" / "data" / SOURCE_NAME
    if hashlib.sha256(source.read_bytes()).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{source} is not the file that this script was written for.")
    template = nibabel.load(source)
    affine = template.affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    reduced = nibabel.Nifti1Image(halved(np.asanyarray(template.dataobj)), affine)
    reduced.header["descrip"] = NOTICE
    reduced.header.set_xyzt_units("mm")
    reduced.set_sform(affine, "mni")
    reduced.set_qform(affine, "mni")
    return reduced.to_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the shipped file instead of writing it")
    content = reduced_template()
    if parser.parse_args().check:
        same = gzip.decompress(TARGET.read_bytes()) == content
        sys.exit(0 if same else f"{TARGET} differs from what this script makes.")
    TARGET.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, content sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
