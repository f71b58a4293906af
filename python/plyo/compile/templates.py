"""The files that ``plyo new`` writes."""

from __future__ import annotations

import re

HEADER = """\
// A mass on a line, to be brought to rest at the origin by pushes from either side. A first environment to change:
// every part has its comment, and `plyo check FILE.hpp` says what is wrong and how fast it is.
#pragma once

#include <plyo/environment.hpp>

struct NAME {
  // Everything that changes in an episode. Plain values of one width: all doubles here.
  struct State {
    double position, velocity;  // m, m/s
  };

  // The keyword arguments of plyo.make, with their defaults.
  struct Params {
    double mass = 1.0;   // kg
    double force = 1.0;  // N
  };

  // The keys of reset(options=...).
  struct ResetOptions {
    double low = -1.0, high = -0.5;  // m
  };

  // A Discrete action is a std::int32_t, a Box action an array such as float[1].
  using Action = std::int32_t;
  // A Box observation is an array of its type and shape.
  using Observation = float[2];

  static constexpr double kMaxPosition = 2.0;  // m, a wall on either side
  static constexpr double kMaxSpeed = 2.0;     // m/s
  static constexpr double kTimeStep = 0.1;     // s

  // What Python sees: ids with a time limit in steps and the return that counts as solved, spaces, arguments.
  static constexpr EnvInfo info{
      .summary = "Bring a mass on a line to rest at the origin.",
      .source = "the double integrator, Rao & Bernstein (2001)",
      .variants = variants(Variant{"NAME-v0", 200, -25.0}),
      .observation =
          box({{"position", "m", -kMaxPosition, kMaxPosition}, {"velocity", "m/s", -kMaxSpeed, kMaxSpeed}}),
      .action = discrete({"push to the left", "do not push", "push to the right"}),
      .params = fields(field<&Params::mass>("mass", "kg, positive"), field<&Params::force>("force", "N")),
      .reset_options = fields(field<&ResetOptions::low>("low", "m, lower bound of the initial position"),
                              field<&ResetOptions::high>("high", "m, upper bound of the initial position")),
      .render_fps = 10};

  // An empty text, or what is wrong with the arguments; {mass} is replaced by its value.
  static constexpr Text check(const Params& params) {
    return params.mass > 0 ? "" : "mass ({mass}) must be positive.";
  }
  static constexpr Text check(const ResetOptions& options) {
    return options.low <= options.high ? "" : "low ({low}) must be at most high ({high}).";
  }

  // The first state of an episode. `rng` is NumPy's generator: the same seed gives the same numbers.
  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.position = rng.uniform(options.low, options.high);
    s.velocity = 0.0;
  }

  // One step: {reward, terminated}. It becomes vector code as long as it has no branch on the state: write
  // `cond ? a : b`, `&` and `|`, and take sin, sqrt and the like from math::. A step that draws random numbers has
  // an `Rng&` before the Params.
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    const double acceleration = (action - 1) * params.force / params.mass;
    const double velocity = math::clip(s.velocity + kTimeStep * acceleration, -kMaxSpeed, kMaxSpeed);
    const double moved = s.position + kTimeStep * velocity;
    s.position = math::clip(moved, -kMaxPosition, kMaxPosition);
    s.velocity = moved == s.position ? velocity : 0.0;
    const bool arrived = (math::abs(s.position) < 0.1) & (math::abs(s.velocity) < 0.1);
    return {-1.0, arrived};
  }

  // What the agent sees.
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.velocity);
  }
};
"""

SCENE = """\
// How the environment is drawn: for render_mode="rgb_array" and "human", videos, and observation="pixels".
#pragma once

#include <plyo/scene.hpp>

#include "STEM.hpp"

struct NAMEScene {
  // The size of the picture in pixels; all coordinates below are on it, whatever the size that is asked for.
  static constexpr render::Size size(const NAME::Params&) { return {440, 60}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const NAME::State& s, const NAME::Params&) {
    constexpr double kScale = 100, kMiddle = 220, kLine = 40;  // pixels a metre, pixels, pixels
    canvas.clear(render::kWhite);
    canvas.line({20, kLine}, {420, kLine}, 1, render::kBlack);
    canvas.circle({kMiddle, kLine}, 4, {98, 168, 98});
    canvas.circle({kMiddle + kScale * s.position, kLine - 8}, 8, {68, 114, 196});
  }
};
"""

TEST = '''\
"""NAME: what is special to it. `plyo check` looks at what holds for every environment."""

from pathlib import Path

import numpy as np
import plyo
import pytest

(ENV_ID,) = plyo.compile(HEADER)


def test_moves_as_newton_says() -> None:
    env = plyo.make(ENV_ID, mass=2.0)
    (position, velocity), _ = env.reset(seed=0)
    for action in (2, 2, 1, 0):
        velocity += 0.1 * (action - 1) / 2.0
        position += 0.1 * velocity
        observation, reward, terminated, _, _ = env.step(action)
        assert np.allclose(observation, [position, velocity], atol=1e-6)
        assert (reward, terminated) == (-1.0, False)


def test_mass_is_positive() -> None:
    with pytest.raises(ValueError, match="mass"):
        plyo.make(ENV_ID, mass=-1.0)


def test_one_environment_and_a_batch_agree() -> None:
    env, envs = plyo.make(ENV_ID), plyo.make_vec(ENV_ID, 3)
    assert (envs.reset(seed=5)[0][0] == env.reset(seed=5)[0]).all()
    for action in (0, 1, 2):
        assert (envs.step(np.full(3, action))[0][0] == env.step(action)[0]).all()
'''

PROJECT = """\
[build-system]
requires = ["setuptools>=64"]
build-backend = "setuptools.build_meta"

[project]
name = "DISTRIBUTION"
version = "0.1.0"
description = "The environment NAME for Plyo."
requires-python = ">=3.10"
dependencies = ["plyo"]

# `plyo.make("NAME-v0")`, `plyo list` and trainers find the environment once this package is installed
[project.entry-points."plyo.envs"]
STEM = "PACKAGE:register"

[tool.setuptools]
packages = ["PACKAGE"]

[tool.setuptools.package-data]
PACKAGE = ["*.hpp"]
"""

PACKAGE = '''\
"""The environment NAME. The header is compiled at its first use on a machine, and kept."""

from pathlib import Path

import plyo


def register() -> None:
    """Registers the ids of this package; Plyo calls it when it looks for one."""
    # an installed package is as trustworthy as its Python code, whoever owns its files
    plyo.compile(Path(__file__).parent / "STEM.hpp", trust=True)
'''

README = """\
# DISTRIBUTION

The environment NAME for [Plyo](https://github.com/plyo/plyo).

    pip install .
    python -c "import plyo; print(plyo.make('NAME-v0').reset(seed=0))"
    plyo train NAME-v0

`PACKAGE/STEM.hpp` is the environment. It needs a C++ compiler at its first use on a machine: g++ 12 or later,
clang++ 16 or later, or that of `pip install ziglang`. After an upgrade of Plyo it is compiled again.
"""


def to_stem(name: str) -> str:
    """``"PointMass"`` or ``"point_mass"`` as the name of a file.

    Raises:
        ValueError: It is not the name of a struct or a file.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} is no name for an environment: letters, digits and _, as in point_mass")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def to_name(stem: str) -> str:
    """``"point_mass"`` as the name of a struct, ``"PointMass"``."""
    return "".join(word[:1].upper() + word[1:] for word in stem.split("_"))


def files_of(name: str, *, scene: bool, wheel: bool) -> dict[str, str]:
    """The files of a new environment by their paths.

    Args:
        name: Its name in either spelling.
        scene: Whether it is drawn.
        wheel: Whether it is a project that can be installed.
    """
    stem = to_stem(name)
    package = f"plyo_{stem}"
    words = {
        "DISTRIBUTION": package.replace("_", "-"),
        "PACKAGE": package,
        "STEM": stem,
        "NAME": to_name(stem),
    }
    headers = {f"{stem}.hpp": HEADER} | ({f"{stem}_scene.hpp": SCENE} if scene else {})
    if wheel:
        files = {f"{package}/{path}": text for path, text in headers.items()}
        files |= {f"{package}/__init__.py": PACKAGE, "pyproject.toml": PROJECT, "README.md": README}
        header = f'Path(__file__).parents[1] / "{package}" / "{stem}.hpp"'
        files[f"tests/test_{stem}.py"] = TEST.replace("HEADER", header)
    else:
        files = headers | {f"test_{stem}.py": TEST.replace("HEADER", f'Path(__file__).parent / "{stem}.hpp"')}
    return {path: _fill(text, words) for path, text in files.items()}


def _fill(text: str, words: dict[str, str]) -> str:
    """Replaces words in capitals; longer ones stand alone, as in NAMEScene."""
    for word, value in words.items():
        text = re.sub(rf"\b{word}(?=Scene\b|\b)", value, text)
    return text
