"""What qMRMLNodeComboBox does.

The answers of the real application stand in ``Testing/bench/facts/behaviours.json``.
"""

from __future__ import annotations

import qt
import slicer

from .recording import Recorder, probe, process_events

scene = slicer.mrmlScene
scene.Clear(0)


def selector(types=("vtkMRMLScalarVolumeNode",), **k):
    c = slicer.qMRMLNodeComboBox()
    c.nodeTypes = list(types)
    for a, b in k.items():
        setattr(c, a, b)
    log = Recorder()
    c.connect("currentNodeChanged(vtkMRMLNode*)", log)
    ids = Recorder()
    c.connect("currentNodeIDChanged(QString)", ids)
    c.setMRMLScene(scene)
    return (c, log, ids)


def add_node(name, cls="vtkMRMLScalarVolumeNode"):
    return scene.AddNewNodeByClass(cls, name)


def current_name(c):
    return c.currentNode().GetName() if c.currentNode() else None


@probe("nodecombo no none: add/remove")
def nodecombo_no_none_add_remove():
    scene.Clear(0)
    c, log, ids = selector()
    s0 = (current_name(c), c.currentNodeID, c.enabled, c.nodeCount())
    v = add_node("A")
    s1 = current_name(c)
    v2 = add_node("B")
    s2 = current_name(c)
    scene.RemoveNode(v)
    s3 = current_name(c)
    scene.RemoveNode(v2)
    s4 = current_name(c)
    return (s0, s1, s2, s3, s4, list(log), list(ids))


@probe("nodecombo none: add/remove")
def nodecombo_none_add_remove():
    scene.Clear(0)
    c, log, ids = selector(noneEnabled=True)
    s0 = current_name(c)
    v = add_node("A")
    s1 = current_name(c)
    c.setCurrentNode(v)
    s2 = current_name(c)
    b = add_node("B")
    c.setCurrentNode(b)
    scene.RemoveNode(b)
    s3 = current_name(c)
    scene.RemoveNode(v)
    s4 = current_name(c)
    return (s0, s1, s2, s3, s4, list(log), list(ids))


@probe("nodecombo node exists before scene set")
def nodecombo_node_exists_before_scene_set():
    scene.Clear(0)
    add_node("A")
    c, log, ids = selector()
    return (current_name(c), list(log), list(ids))


@probe("nodecombo setCurrentNodeID before scene")
def nodecombo_set_current_node_id_before_scene():
    scene.Clear(0)
    add_node("A")
    w_ = add_node("B")
    c = slicer.qMRMLNodeComboBox()
    c.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    log = Recorder()
    c.connect("currentNodeChanged(vtkMRMLNode*)", log)
    c.setCurrentNodeID(w_.GetID())
    s = c.currentNodeID
    c.setMRMLScene(scene)
    return (s, current_name(c), list(log))


@probe("nodecombo set None / bad id (no none)")
def nodecombo_set_none_bad_id_no_none():
    scene.Clear(0)
    c, log, _ids = selector()
    v = add_node("A")
    v2 = add_node("B")
    r = []
    c.setCurrentNode(None)
    r.append(current_name(c))
    c.setCurrentNode(v2)
    r.append(current_name(c))
    c.setCurrentNodeID("")
    r.append(current_name(c))
    c.setCurrentNodeID("nope")
    r.append(current_name(c))
    c.currentNodeID = v.GetID()
    r.append(current_name(c))
    c.setCurrentNodeID(None)
    r.append(current_name(c))
    return (r, list(log))


@probe("nodecombo set None / bad id (none)")
def nodecombo_set_none_bad_id_none():
    scene.Clear(0)
    c, log, _ids = selector(noneEnabled=True)
    v = add_node("A")
    r = []
    c.setCurrentNode(v)
    r.append(current_name(c))
    c.setCurrentNodeID("nope")
    r.append(current_name(c))
    c.setCurrentNode(v)
    c.setCurrentNode(None)
    r.append(current_name(c))
    c.setCurrentNodeIndex(0)
    r.append(current_name(c))
    c.setCurrentNodeIndex(-1)
    r.append(current_name(c))
    return (r, list(log))


@probe("nodecombo addNode")
def nodecombo_add_node():
    scene.Clear(0)
    c, log, _ids = selector()
    nu = Recorder()
    c.connect("nodeAddedByUser(vtkMRMLNode*)", nu)
    na = Recorder()
    c.connect("nodeAdded(vtkMRMLNode*)", na)
    n = c.addNode()
    s = (n.GetName(), n.GetID(), current_name(c))
    n = c.addNode("vtkMRMLScalarVolumeNode")
    s2 = n.GetName()
    c.baseName = "Out"
    s3 = c.addNode().GetName()
    s4 = c.addNode().GetName()
    return (s, s2, s3, s4, list(nu), list(na), list(log), c.nodeCount())


@probe("nodecombo filters")
def nodecombo_filters():
    scene.Clear(0)
    c, _log, _ids = selector()
    a = add_node("A")
    add_node("B")
    add_node("L", "vtkMRMLLabelMapVolumeNode")
    r = [c.nodeCount()]
    c.showChildNodeTypes = False
    r.append(c.nodeCount())
    c.showChildNodeTypes = True
    c.hideChildNodeTypes = ["vtkMRMLLabelMapVolumeNode"]
    r.append(c.nodeCount())
    a.SetHideFromEditors(1)
    r.append(c.nodeCount())
    c.showHidden = True
    r.append(c.nodeCount())
    return (r, current_name(c))


@probe("nodecombo attributes")
def nodecombo_attributes():
    scene.Clear(0)
    c, _log, _ids = selector()
    c.addAttribute("vtkMRMLScalarVolumeNode", "K", "1")
    a = add_node("A")
    r = [c.nodeCount(), current_name(c)]
    a.SetAttribute("K", "1")
    process_events()
    r += [c.nodeCount(), current_name(c)]
    a.SetAttribute("K", "2")
    process_events()
    r += [c.nodeCount(), current_name(c)]
    n = c.addNode()
    r += [n.GetAttribute("K")]
    return r


@probe("nodecombo scene clear (none)")
def nodecombo_scene_clear_none():
    scene.Clear(0)
    c, log, _ids = selector(noneEnabled=True)
    a = add_node("A")
    c.setCurrentNode(a)
    scene.Clear(0)
    r = [current_name(c), list(log), c.nodeCount()]
    a = add_node("A2")
    r.append(current_name(c))
    return r


@probe("nodecombo scene clear")
def nodecombo_scene_clear():
    scene.Clear(0)
    c, log, _ids = selector()
    add_node("A")
    scene.Clear(0)
    r = [current_name(c), list(log), c.nodeCount()]
    add_node("A2")
    r.append(current_name(c))
    return r


@probe("nodecombo scene None and back")
def nodecombo_scene_none_and_back():
    scene.Clear(0)
    c, log, _ids = selector()
    add_node("A")
    c.setMRMLScene(None)
    r = [current_name(c), c.enabled, list(log)]
    c.setMRMLScene(scene)
    r += [current_name(c), c.enabled, list(log)]
    return r


@probe("nodecombo item texts")
def nodecombo_item_texts():
    scene.Clear(0)
    c, _log, _ids = selector()
    a = add_node("A")
    a.SetName("renamed")
    process_events()
    cb = c.comboBox() if hasattr(c, "comboBox") else c.findChild(qt.QComboBox)
    return ([cb.itemText(i) for i in range(cb.count)], cb.currentText)


@probe("nodecombo item texts (none,rename,edit)")
def nodecombo_item_texts_none_rename_edit():
    scene.Clear(0)
    c, _log, _ids = selector(noneEnabled=True, renameEnabled=True, editEnabled=True)
    add_node("A")
    process_events()
    cb = c.comboBox() if hasattr(c, "comboBox") else c.findChild(qt.QComboBox)
    return ([cb.itemText(i) for i in range(cb.count)], cb.currentText)


@probe("nodecombo item texts two types")
def nodecombo_item_texts_two_types():
    scene.Clear(0)
    c, _log, _ids = selector(types=["vtkMRMLScalarVolumeNode", "vtkMRMLLabelMapVolumeNode"])
    add_node("A")
    process_events()
    cb = c.comboBox() if hasattr(c, "comboBox") else c.findChild(qt.QComboBox)
    return ([cb.itemText(i) for i in range(cb.count)], cb.currentText)


@probe("nodecombo item texts transforms")
def nodecombo_item_texts_transforms():
    scene.Clear(0)
    c, _log, _ids = selector(
        types=["vtkMRMLLinearTransformNode", "vtkMRMLBSplineTransformNode", "vtkMRMLGridTransformNode"],
        noneEnabled=True,
    )
    process_events()
    cb = c.comboBox() if hasattr(c, "comboBox") else c.findChild(qt.QComboBox)
    return ([cb.itemText(i) for i in range(cb.count)], cb.currentText)


@probe("nodecombo empty no actions")
def nodecombo_empty_no_actions():
    scene.Clear(0)
    c, _log, _ids = selector(addEnabled=False, removeEnabled=False)
    process_events()
    cb = c.comboBox() if hasattr(c, "comboBox") else c.findChild(qt.QComboBox)
    return ([cb.itemText(i) for i in range(cb.count)], cb.currentText, cb.currentIndex)


@probe("nodecombo type label")
def nodecombo_type_label():
    scene.Clear(0)
    c, _log, _ids = selector(types=["vtkMRMLScriptedModuleNode"])
    r = [c.nodeTypeLabel("vtkMRMLScriptedModuleNode")]
    c.setNodeTypeLabel("Params", "vtkMRMLScriptedModuleNode")
    r.append(c.nodeTypeLabel("vtkMRMLScriptedModuleNode"))
    return r


@probe("nodecombo nodeFromIndex")
def nodecombo_node_from_index():
    scene.Clear(0)
    c, _log, _ids = selector()
    add_node("A")
    add_node("B")
    r = [c.nodeFromIndex(0).GetName(), c.nodeFromIndex(1).GetName(), c.nodeFromIndex(5)]
    c.setCurrentNodeIndex(1)
    r.append(current_name(c))
    return r


@probe("nodecombo currentNodeChanged(bool)")
def nodecombo_current_node_changed_bool():
    scene.Clear(0)
    c, _log, _ids = selector()
    act = Recorder()
    c.connect("nodeActivated(vtkMRMLNode*)", act)
    bo = Recorder()
    c.connect("currentNodeChanged(bool)", bo)
    add_node("A")
    return (list(bo), list(act))


@probe("nodecombo blockSignals")
def nodecombo_block_signals():
    scene.Clear(0)
    c, log, _ids = selector()
    add_node("A")
    b = add_node("B")
    c.blockSignals(True)
    c.setCurrentNode(b)
    c.blockSignals(False)
    r = [current_name(c), list(log)]
    c.setCurrentNode(b)
    r.append(list(log))
    return r


@probe("nodecombo removeCurrentNode")
def nodecombo_remove_current_node():
    scene.Clear(0)
    c, log, _ids = selector()
    add_node("A")
    c.removeCurrentNode()
    return (current_name(c), scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode"), list(log))


@probe("nodecombo nodes()")
def nodecombo_nodes():
    scene.Clear(0)
    c, _log, _ids = selector()
    add_node("A")
    add_node("B")
    return [x.GetName() for x in c.nodes()] if hasattr(c, "nodes") else "no nodes()"


@probe("nodecombo change nodeTypes")
def nodecombo_change_node_types():
    scene.Clear(0)
    c, log, _ids = selector(noneEnabled=True)
    a = add_node("A")
    c.setCurrentNode(a)
    c.nodeTypes = ["vtkMRMLLinearTransformNode"]
    return (current_name(c), list(log))


@probe("nodecombo toggle noneEnabled")
def nodecombo_toggle_none_enabled():
    scene.Clear(0)
    c, log, _ids = selector(noneEnabled=False)
    add_node("A")
    c.noneEnabled = True
    r = [current_name(c)]
    c.setCurrentNode(None)
    r.append(current_name(c))
    c.noneEnabled = False
    r.append(current_name(c))
    return (r, list(log))


probe("nodecombo setCurrentNode(str id)")(
    lambda: (lambda c: (add_node("ZZ"), c.setCurrentNode(scene.GetFirstNodeByName("ZZ").GetID()), current_name(c))[1:])(
        selector()[0]
    )
)
probe("nodecombo nodeTypes tuple")(
    lambda: (lambda c: (setattr(c, "nodeTypes", ("vtkMRMLModelNode",)), c.nodeTypes)[1])(slicer.qMRMLNodeComboBox())
)
probe("nodecombo nodeTypes str")(
    lambda: (lambda c: (setattr(c, "nodeTypes", "vtkMRMLModelNode"), c.nodeTypes)[1])(slicer.qMRMLNodeComboBox())
)
probe("nodecombo connect currentNodeChanged.connect")(
    lambda: (lambda c, l: (c.currentNodeChanged.connect(l), c.setMRMLScene(scene), add_node("C1"), list(l))[3])(
        selector()[0], Recorder()
    )
)
probe("nodecombo connect bad")(
    lambda: selector()[0].connect("currentNodeChanged(vtkMRMLScalarVolumeNode*)", lambda *a: None)
)
probe("nodecombo connect no-arg sig")(lambda: selector()[0].connect("currentNodeChanged()", lambda *a: None))
probe("node identity")(
    lambda: (lambda v: (lambda c: (c.setCurrentNode(v), c.currentNode() is v)[1])(selector()[0]))(add_node("ID"))
)
