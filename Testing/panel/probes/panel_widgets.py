"""What the panel itself and the selector of a segment do.

The answers of the real application stand in ``Testing/bench/facts/behaviours.json``.
"""

from __future__ import annotations

import slicer

from .recording import Recorder, probe

scene = slicer.mrmlScene


def add_node(name, cls):
    return scene.AddNewNodeByClass(cls, name)


@probe("qMRMLWidget scene")
def q_mrmlwidget_scene():
    x = slicer.qMRMLWidget()
    log = Recorder()
    x.connect("mrmlSceneChanged(vtkMRMLScene*)", log)
    x.setMRMLScene(scene)
    x.setMRMLScene(scene)
    return (log and log[0], len(log), x.mrmlScene() is scene)


@probe("qMRMLSegmentSelectorWidget")
def q_mrmlsegment_selector_widget():
    s = slicer.qMRMLSegmentSelectorWidget()
    s.setMRMLScene(scene)
    seg = add_node("S", "vtkMRMLSegmentationNode")
    log = Recorder()
    s.connect("currentSegmentChanged(QString)", log)
    nl = Recorder()
    s.connect("currentNodeChanged(vtkMRMLNode*)", nl)
    s.setCurrentNode(seg)
    seg.GetSegmentation().AddEmptySegment("a", "Aa")
    seg.GetSegmentation().AddEmptySegment("b", "Bb")
    r = [s.currentSegmentID(), s.currentNodeID()]
    s.setCurrentSegmentID("b")
    r.append(s.currentSegmentID())
    return (r, list(log), list(nl))
