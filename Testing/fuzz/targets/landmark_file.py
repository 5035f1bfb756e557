"""Landmarks in files of 3D Slicer: .mrk.json and .fcsv."""

from __future__ import annotations

import json

import numpy as np

from ElastixPlusLib.mrml.files import LANDMARK_ENDINGS, read_landmarks
from ElastixPlusLib.mrml.landmarks import control_points

from ..checks import FindingError
from ..mrml_files import one_file, read_into

TOKENS = (
    b'"markups": [', b'"type": "Fiducial"', b'"coordinateSystem": "LPS"', b'"controlPoints": [', b'"position": [',
    b'"positionStatus": "defined"',
    b'"label": ', b'"orientation": [', b'"display": {', b"NaN", b"null", b"true", b"{}", b"[]",
    b"\n.fcsv\n", b"# CoordinateSystem = 0\n", b"# columns = ", b"id,1,2,3,0,0,0,1,1,1,0,a,,\n", b"\\u0000", b"\\ud800",
    b'"measurements": [', b'"fixedNumberOfControlPoints": true', b'"lastUsedControlPointNumber": ',
)  # fmt: skip
LONGEST = 6000


def seeds() -> list[bytes]:
    """Files of both kinds as 3D Slicer writes them."""
    schema = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    points = [
        {"id": "1", "label": "AC", "position": [1.0, 2.0, 3.0], "positionStatus": "defined"},
        {"id": "2", "label": "PC", "description": "", "associatedNodeID": "", "position": [4.0, 5.5, -6.0],
         "orientation": [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0], "selected": True, "locked": False,
         "visibility": True, "positionStatus": "defined"},
    ]  # fmt: skip
    markup = {"type": "Fiducial", "coordinateSystem": "LPS", "coordinateUnits": "mm", "locked": False,
              "labelFormat": "%N-%d", "controlPoints": points, "measurements": [],
              "display": {"visibility": True, "opacity": 1.0, "color": [0.4, 1.0, 1.0], "glyphScale": 3.0}}  # fmt: skip
    document = {"@schema": schema + "markups-schema-v1.0.3.json#", "markups": [markup]}
    table = (
        "# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n"
        "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
        'id_1,1.5,2,3,0,0,0,1,1,1,0,AC,,\nid_2,4,5,6,0,0,0,1,1,1,0,"P,C",a text,vtkMRMLScalarVolumeNode1\n'
    )
    text = json.dumps(document)
    bare = json.dumps({"@schema": document["@schema"], "markups": [{**markup, "controlPoints": points[:1]}]})
    return [b".mrk.json\n" + text.encode(), b".mrk.json\n" + bare.encode(), b".fcsv\n" + table.encode()]


def one_input(data: bytes) -> None:
    """Read labels and positions; they are text, and finite or not placed."""
    with one_file(data, LANDMARK_ENDINGS) as (scene, path):
        labels, points = control_points(read_into(scene, read_landmarks, path, "fixed"))
    if not all(isinstance(label, str) for label in labels):
        raise FindingError(f"a label that is no text: {labels}")
    if len(labels) != len(points) or len(labels) > len(data) or np.isinf(points).any():
        raise FindingError(f"{len(labels)} labels, positions {points}")
