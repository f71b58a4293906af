"""The installed MuJoCo is found when it is needed, and not before."""

import ctypes
import subprocess
import sys

import mujoco
import numpy as np
import pytest
from identical import assert_identical

import plyo
from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled
from plyo.mujoco import library
from plyo.mujoco.assets import asset_path


def test_without_mujoco_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    for call in (library.load_mujoco, library.mujoco_version, library.library_path):
        with pytest.raises(DependencyNotInstalled, match="`pip install mujoco gymnasium`"):
            call()


@pytest.mark.parametrize("way", ["finder", "none"])
@pytest.mark.parametrize(("package", "extra"), [("gymnasium", "mujoco"), ("gymnasium_robotics", "robotics")])
def test_without_the_models_the_error_names_the_extra(package, extra, way, monkeypatch):
    """Also where somebody hides the package, and looking for it raises."""

    class Hides:
        def find_spec(self, name, path=None, target=None):
            if name == package:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    if way == "finder":
        monkeypatch.delitem(sys.modules, package, raising=False)
        monkeypatch.setattr(sys, "meta_path", [Hides(), *sys.meta_path])
    else:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(plyo.error.DependencyNotInstalled, match=f"`{pip_install(extra)}`"):
        asset_path("ant.xml", extra)


def test_a_folder_named_mujoco_is_not_taken_for_the_package(monkeypatch, tmp_path):
    (tmp_path / "mujoco").mkdir()
    monkeypatch.delitem(sys.modules, "mujoco")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(DependencyNotInstalled, match="`pip install mujoco gymnasium`"):
        library.load_mujoco()


def test_a_package_that_lacks_files_is_to_be_installed_anew(monkeypatch, tmp_path):
    """As `pip install --upgrade` from 3.x to 4.0 leaves it; a plain `pip install` does nothing then."""
    (tmp_path / "mujoco").mkdir()
    (tmp_path / "mujoco" / "__init__.py").write_text("from mujoco import _core_that_is_gone\n")
    for name in ("mujoco", "mujoco_core"):
        (tmp_path / f"{name}-4.0.0.dist-info").mkdir()
        (tmp_path / f"{name}-4.0.0.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 4.0.0\n")
    monkeypatch.delitem(sys.modules, "mujoco")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    told = "although pip lists it.*`pip install --force-reinstall --no-deps mujoco mujoco-core`$"
    with pytest.raises(DependencyNotInstalled, match=told):
        library.load_mujoco()


def test_plyo_does_not_import_mujoco():
    program = """if True:
        import importlib, pkgutil, sys
        import plyo, plyo.mujoco
        for module in pkgutil.iter_modules(plyo.mujoco.__path__):
            importlib.import_module(f"plyo.mujoco.{module.name}")
        assert "mujoco" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_library_is_the_one_of_the_package():
    library_of_package = library.load_library()
    assert library.library_path().name.startswith("libmujoco.so")
    assert library_of_package.mj_version() == mujoco.mj_version()
    assert library.mujoco_version() == mujoco.mj_versionString()


def test_the_library_is_found_beside_the_file_of_another_version(monkeypatch):
    monkeypatch.setattr(library, "mujoco_version", lambda: "0.0.0")  # then the name does not say which it is
    assert library.library_path().name == f"libmujoco.so.{mujoco.mj_versionString()}"


def test_copied_data_has_all_of_the_other_and_is_its_own():
    model = mujoco.MjModel.from_xml_path(asset_path("humanoid.xml", "mujoco")[0])
    source, copied = mujoco.MjData(model), mujoco.MjData(model)
    source.qpos[2] = 0.1
    source.ctrl[:] = 0.3
    mujoco.mj_step(model, source, nstep=3)
    source.qvel[0] += 0.1  # and nothing else follows from it yet

    def seen(data):
        names = ("qvel", "qacc_warmstart", "xpos", "cfrc_int", "efc_force", "efc_J")
        return {name: np.array(getattr(data, name)) for name in names} | {"time": data.time}

    before = seen(source)
    assert source.ncon > 0
    library.copy_data(copied, model, source)
    assert_identical(seen(copied), before)
    assert_identical(np.array(copied.contact.dist), np.array(source.contact.dist))
    mujoco.mj_step(model, copied)
    assert_identical(seen(source), before)
    mujoco.mj_step(model, source)
    assert_identical(seen(copied), seen(source))


def test_callbacks_of_python_and_of_c_are_found():
    assert library.callbacks_set() == []
    mujoco.set_mjcb_control(lambda model, data: None)
    try:
        assert library.callbacks_set() == ["mjcb_control"]
    finally:
        mujoco.set_mjcb_control(None)

    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda model, data: None)
    passive = ctypes.c_void_p.in_dll(library.load_library(), "mjcb_passive")
    passive.value = ctypes.cast(function, ctypes.c_void_p).value
    try:
        assert library.callbacks_set() == ["mjcb_passive"]
    finally:
        passive.value = None
    assert library.callbacks_set() == []
