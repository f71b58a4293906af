"""Wrong structs: at most three lines that name the check's sentence or the user's line."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from compile_helpers import header, run_without_compiler

import plyo
from plyo.compile.messages import to_error
from plyo.compile.sources import find_tasks, read_source
from plyo.error import CompileError

_STEP = "    const double moved"
#: What is changed, what is said, and whether it is said with the line of the change.
WRONG: dict[str, tuple[tuple[tuple[str, str], ...], str, bool]] = {
    "an observation of another size": (
        (("using Observation = float[2]", "using Observation = float[3]"),),
        "Observation must be of the types and shapes that info.observation describes",
        False,
    ),
    "a step that returns a number": (
        (
            ("static constexpr Step step", "static constexpr double step"),
            ("return {-1.0, arrived}", "return -1.0"),
        ),
        "an environment needs static constexpr Step step",
        False,
    ),
    "an index outside a table": (
        ((_STEP, "    constexpr double table[3]{1, 2, 3}; s.position += table[action + 1];\n" + _STEP),),
        "outside the bounds|past-the-end",
        True,
    ),
    "a typing error": ((("s.velocity + kTimeStep", "s.velocity + kTimeStp"),), "'kTimeStp'", True),
    "a throw": (
        (("return {-1.0", "if (moved > 5) throw 1;\n    return {-1.0"),),
        "a task cannot throw",
        True,
    ),
    "a loop without an end": (((_STEP, "    for (;;) {}\n" + _STEP),), "did not end in a rollout", True),
    "a division by zero": (
        ((_STEP, "    s.velocity += 7 / (action - action);\n" + _STEP),),
        "7 / 0|division by zero",
        True,
    ),
    "an observation that is NaN": (
        (("(s.position);", "(s.position / (s.velocity - s.velocity));"),),
        "an observation, info or reward is NaN",
        False,
    ),
    "a reward that is NaN": (
        (("return {-1.0, arrived}", "return {math::sqrt(-1.0 - s.velocity * s.velocity), arrived}"),),
        "an observation, info or reward is NaN",
        False,
    ),
    "a State of zeros that is none": (
        (
            (
                "  // What the agent sees.",
                "  static constexpr bool is_state(const State& s, const Params&) { return s.position > 0; }\n"
                "  // What the agent sees.",
            ),
        ),
        "a State of zeros must be one that is_state accepts",
        False,
    ),
    "an observe without Params": (
        (("observe(const State& s, const Params&, Obs", "observe(const State& s, Obs"),),
        "an environment needs static constexpr void observe",
        False,
    ),
    "a State with padding": (
        (("double position, velocity;", "double position, velocity;\n    float age = 0;"),),
        "State must have no padding",
        False,
    ),
    "a call into libm": (
        (
            ("#pragma once", "#pragma once\n#include <cmath>"),
            ("s.position + kTimeStep", "std::sin(s.position) + kTimeStep"),
        ),
        "use math::sin",
        True,
    ),
    "a missing semicolon": ((("double mass = 1.0;", "double mass = 1.0"),), "expected ';'", True),
    "a State with a heap": (
        (
            ("#pragma once", "#pragma once\n#include <vector>"),
            ("double position, velocity;", "double position, velocity; std::vector<double> more;"),
        ),
        "State must be a plain value",
        False,
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_structs_are_explained(what: str) -> None:
    changes, sentence, has_line = WRONG[what]
    text = header("Wrong", *changes)
    with pytest.raises(CompileError, match=sentence) as caught:
        plyo.compile(text)
    said = str(caught.value)
    assert len(said.splitlines()) <= 3, said
    assert len(caught.value.full) >= len(said) or has_line
    struct = next(i for i, line in enumerate(text.splitlines(), 1) if line.startswith("struct Wrong"))
    if not has_line:
        assert (
            said.splitlines()[-1].startswith(f"Wrong is at wrong.hpp:{struct}")
            or f"wrong.hpp:{struct}" in said
        )
        return
    new = changes[-1][1].strip().splitlines()[0].split("\n")[0]
    line = next(i for i, code in enumerate(text.splitlines(), 1) if new.split(";")[0] in code)
    # a sign that is missing at the end of a line is missed on the next one
    assert f"wrong.hpp:{line}:" in said or f"wrong.hpp:{line + 1}: expected" in said.replace(":5:", ":"), said


def test_it_fails_each_time_and_leaves_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "half.hpp"
    path.write_text(header("Half"))
    (env_id,) = plyo.compile(path)
    entry = plyo.spec(env_id).entry_point
    path.write_text(header("Half", ("kTimeStep * velocity", "kTimeStp * velocity")))
    for _ in range(2):
        with pytest.raises(CompileError, match=rf"{path}:\d+:\d+: .*kTimeStp"):
            plyo.compile(path)
    assert plyo.spec(env_id).entry_point == entry
    assert plyo.make(env_id).reset(seed=0)[0].shape == (2,)


def test_errors_are_pickled_whole() -> None:
    error = pickle.loads(pickle.dumps(CompileError("short", "all of it")))
    assert (str(error), error.full) == ("short", "all of it")


def test_no_compiler() -> None:
    code = (
        "import plyo\n"
        "try: plyo.compile('struct None1 { static constexpr EnvInfo info{}; };')\n"
        "except plyo.error.CompileError as error: print(error)"
    )
    said = run_without_compiler(code)
    assert "apt install g++" in said
    assert "pip install ziglang" in said
    assert len(said.strip().splitlines()) <= 3


def test_a_compiler_that_is_asked_for_and_is_none() -> None:
    with pytest.raises(CompileError, match=r"compiler=g\+\+-99 is not there"):
        plyo.compile(header("Asked"), compiler="g++-99")
    with pytest.raises(CompileError, match=r"compiler=cat is no C\+\+ compiler|does not run"):
        plyo.compile(header("Asked"), compiler="cat")


def test_a_compiler_that_is_too_old(tmp_path: Path) -> None:
    old = tmp_path / "g++"
    old.write_text(
        "#!/bin/sh\nprintf '#define __GNUC__ 9\\n#define __GNUC_MINOR__ 4\\n#define __GNUC_PATCHLEVEL__ 0\\n'"
    )
    old.chmod(0o755)
    with pytest.raises(CompileError, match=r"g\+\+ 9\.4\.0, which is too old: g\+\+ 12 or later"):
        plyo.compile(header("Old"), compiler=str(old))


def test_a_compiler_that_dies(tmp_path: Path) -> None:
    dying = tmp_path / "g++"
    macros = "#define __GNUC__ 12\\n#define __GNUC_MINOR__ 2\\n#define __GNUC_PATCHLEVEL__ 0\\n"
    dying.write_text(f"#!/bin/sh\ncase $1 in -dM) printf '{macros}';; *) kill -9 $$;; esac")
    dying.chmod(0o755)
    with pytest.raises(CompileError, match="fails without an error in the source"):
        plyo.compile(header("Dying"), compiler=str(dying))


def test_texts_without_environments(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="has no environment"):
        plyo.compile("struct Nothing {};\n")
    with pytest.raises(CompileError, match="the text is empty"):
        plyo.compile("")
    for source in (None, 3, header("Bytes").encode()):
        with pytest.raises(TypeError, match="source must be the path of a header or its text, got"):
            plyo.compile(source)
    with pytest.raises(FileNotFoundError):
        plyo.compile(tmp_path / "nothing.hpp")
    with pytest.raises(CompileError, match="is a folder"):
        plyo.compile(tmp_path)
    with pytest.raises(CompileError, match="at most 27"):
        plyo.compile(header("A" * 28))


def test_an_id_stands_for_one_variant() -> None:
    twins = header(
        "Twins", ('Variant{"Twins-v0", 200, -25.0}', 'Variant{"Twins-v0", 200}, Variant{"Twins-v0", 100}')
    )
    with pytest.raises(ValueError, match=r"twins\.hpp: two variants have the id Twins-v0"):
        plyo.compile(twins)
    assert "Twins-v0" not in plyo.registry


def test_structs_are_found_by_their_infos() -> None:
    code = """
    // struct No { static constexpr EnvInfo info; };
    struct Inner { struct State { double x; }; };
    struct One { struct State { double x; }; static constexpr EnvInfo info{.summary = "}"}; };
    template <bool kOld> struct Many { static constexpr EnvInfo info{}; };
    using ManyV1 = Many<true>;
    using ManyV2 = Many<false>;
    """
    assert find_tasks(code) == ["One", "ManyV1", "ManyV2"]


def test_what_clang_says_about_headers_is_told_by_the_line_below(tmp_path: Path) -> None:
    source = read_source(header("Told"))
    said = (
        "/include/plyo/module.hpp:67:19: error: static assertion expression is not an integral constant expression\n"
        "./told.hpp:70:5: note: read of uninitialized object is not allowed in a constant expression\n"
    )
    assert str(to_error(said, source, tmp_path, "/include")).startswith(
        "told.hpp:70:5: read of uninitialized object"
    )
