#!/usr/bin/env bash
# mujoco 3.17.0 to 4.0.0 with pip 26.3: a plain upgrade leaves a package that cannot be imported, and pip finds nothing wrong.
#
# In 4.0 most files of mujoco moved to a new package, mujoco-core, which keeps them in the same folder. pip installs what
# mujoco needs first, so mujoco-core's files replace the old ones; then it uninstalls mujoco 3.17, and with it every file that
# 3.17 had listed, new as they are. `pip check` is content, and the same install again does nothing, since all packages are
# there; only --force-reinstall mends it. A fresh environment has no such fault, so tests in fresh ones never meet it. Going
# back to 3.17 works, but leaves mujoco-core 4.0 listed, and the next upgrade breaks again.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip "$@" 2> /dev/null; }
look() {
  echo "$1: $("$work/venv/bin/python" - 2>&1 <<'END'
from importlib import metadata
from pathlib import Path

try:
    core = [path for path in metadata.files("mujoco-core") if path.suffix == ".so"]
except metadata.PackageNotFoundError:
    core = []
try:
    import mujoco

    works = "import works, " + mujoco.__version__
except ImportError as e:
    works = type(e).__name__
print(f"{works}; files of mujoco-core's modules: {sum(Path(path.locate()).exists() for path in core)} of {len(core)}")
END
)"
}
{
  pip install --quiet "pip==26.3"
  pip install --quiet "mujoco==3.17.0" "numpy==2.4.6"
  look "3.17.0"
  pip install --quiet "mujoco==4.0.0"
  look "4.0.0 over it"
  pip check
  pip install --quiet "mujoco==4.0.0"
  look "4.0.0 again"
  pip install --quiet --force-reinstall --no-deps "mujoco==4.0.0" "mujoco-core==4.0.0" "mujoco-studio==4.0.0"
  look "4.0.0 anew"
  pip install --quiet "mujoco==3.17.0"
  look "3.17.0 over it"
  pip install --quiet "mujoco==4.0.0"
  look "4.0.0 once more"
} > "$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'END'
3.17.0: import works, 3.17.0; files of mujoco-core's modules: 0 of 0
4.0.0 over it: ImportError; files of mujoco-core's modules: 0 of 14
No broken requirements found.
4.0.0 again: ImportError; files of mujoco-core's modules: 0 of 14
4.0.0 anew: import works, 4.0.0; files of mujoco-core's modules: 14 of 14
3.17.0 over it: import works, 3.17.0; files of mujoco-core's modules: 14 of 14
4.0.0 once more: ImportError; files of mujoco-core's modules: 0 of 14
END
