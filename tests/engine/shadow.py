"""A fuzzer with a shadow: random calls, valid and invalid, on a batch; a second batch gets those that were taken.

A call that raises must leave the batch as it was. A call that is taken is made on the shadow too, whose threads differ:
both must return the same bits.
"""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from bad_calls import assert_same_results
from contract_helpers import action_tape, has_pictures, make_vec, network, sees_floats, task_of

from plyo import error, policies

Array = np.ndarray[Any, Any]
Call = Callable[[Any], Any]

#: The errors that a call may raise: never SystemError, MemoryError or a crash.
REFUSALS = (
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
    error.Error,
)

MODES = ("next_step", "same_step", "disabled")
_TAPE = 64


def hostile_values(rng: np.random.Generator) -> list[Any]:
    """Values that no argument expects, and some that one does."""
    return [
        None,
        True,
        -1,
        0,
        2**31,
        2**63,
        -(2**64),
        10**30,
        0.5,
        -0.0,
        float("nan"),
        float("inf"),
        1e300,
        5e-324,
        1j,
        "",
        "x",
        "step",
        b"",
        b"\xff" * 40,
        (),
        [],
        [[]],
        [1, [2, 3]],
        {},
        {"x": 1},
        {"reset_mask": 1},
        {1: 2},
        {3, 4},
        object(),
        int,
        len,
        range(3),
        np.float32(1.5),
        np.int64(-7),
        np.uint64(2**63),
        np.bool_(True),
        np.str_("a"),
        np.datetime64("2020-01-01"),
        np.array(5),
        np.array([]),
        np.array([np.nan]),
        np.array(["a", "b"]),
        np.array([None, 1], dtype=object),
        np.zeros((2, 0)),
        np.zeros((3, 4, 5), dtype=np.float16),
        np.full(7, 2**62),
        np.zeros(4, dtype=[("a", "i4")]),
        np.arange(12)[::-2],
        np.broadcast_to(np.int64(1), (5,)),
        np.ma.masked_array([1, 2], mask=[True, False]),
        memoryview(b"abcd"),
        rng.bytes(16),
        rng,
    ]


class Fuzzer:
    """Random calls on a batch of one task, and on its shadow.

    Args:
        task_id: The task.
        seed: Decides everything.
    """

    def __init__(self, task_id: str, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.task_id = task_id
        self.task = task_of(task_id)
        self.num_envs = int(self.rng.choice([1, 2, 5, 17, 130]))
        self.mode = str(self.rng.choice(MODES))
        self.options = self._batch_options()
        threads = int(self.rng.integers(1, 4))
        self.envs = make_vec(task_id, self.num_envs, num_threads=threads, **self.options)
        self.shadow = make_vec(task_id, self.num_envs, num_threads=1, **self.options)
        self.tape = action_tape(task_id, _TAPE, self.num_envs, seed=3)
        self.snapshots: list[tuple[bytes, int]] = []
        self.hostile = hostile_values(self.rng)
        self.num_taken = self.num_refused = 0

    def _batch_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"autoreset_mode": self.mode}
        if self.rng.random() < 0.3:
            options["math"] = "reference"
        if self.rng.random() < 0.3:
            options["record_episode_statistics"] = True
        if self.rng.random() < 0.3:
            options["max_episode_steps"] = int(self.rng.integers(1, 30))
        if self.rng.random() < 0.2:
            options["num_buffers"] = 3
        if self.num_envs <= 17 and has_pictures(self.task) and self.rng.random() < 0.2:
            options |= {"observation": "pixels", "size": (9, 12), "stack": int(self.rng.integers(1, 4))}
        return options

    def run(self, num_calls: int) -> None:
        """Makes so many calls and compares everything after each."""
        self._apply(lambda envs: envs.reset(seed=11))
        calls = self._calls()
        names = list(calls)
        for _ in range(num_calls):
            name = str(self.rng.choice(names))
            try:
                self._apply(calls[name]())
            except AssertionError as e:
                raise AssertionError(
                    f"{name} of {self.task_id}, {self.num_envs} environments, {self.options}: {e}"
                ) from e
        assert self.envs.get_state() == self.shadow.get_state()
        self.envs.close()
        self.shadow.close()

    def _apply(self, call: Call) -> None:
        """Makes a call; a refused call changes nothing, an accepted one does the same to the shadow."""
        before = self.envs.get_state()
        refusal: Exception | None = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = call(self.envs)
            except REFUSALS as e:
                refusal = e
            if refusal is None:
                assert_same_results(result, call(self.shadow))
        if refusal is None:
            assert self.envs.get_state() == self.shadow.get_state()
            self.num_taken += 1
            return
        assert not isinstance(refusal, UnicodeError), repr(refusal)
        assert str(refusal), repr(refusal)
        assert self.envs.get_state() == before, f"{refusal!r} changed the state"
        self.num_refused += 1

    # The calls. Each function draws the arguments once, so that both batches get the same.

    def _calls(self) -> dict[str, Callable[[], Call]]:
        calls = {
            "step": self._step,
            "step again": self._step,
            "step hostile": self._step_hostile,
            "reset": self._reset,
            "reset mask": self._reset_mask,
            "reset hostile": self._reset_hostile,
            "rollout": self._rollout,
            "rollout hostile": self._rollout_hostile,
            "get_state": self._get_state,
            "set_state": self._set_state,
            "set_state hostile": self._set_state_hostile,
            "set_state corrupted": self._set_state_corrupted,
            "np_random": self._draw,
            "call": self._call_hostile,
            "set_attr": self._set_attr,
            "pickle": self._copied,
        }
        if hasattr(self.envs, "set_params"):
            calls |= {"set_params": self._set_params, "set_params hostile": self._set_params_hostile}
        if has_pictures(self.task):
            calls["render"] = self._render_hostile
        return calls

    def _any(self) -> Any:
        """A hostile value, or a list of some."""
        value = self.hostile[self.rng.integers(len(self.hostile))]
        return [value] * self.num_envs if self.rng.random() < 0.15 else value

    def _good_actions(self) -> Any:
        return copy.deepcopy(self.tape[int(self.rng.integers(_TAPE))])

    def _step(self) -> Call:
        actions = self._good_actions()
        return lambda envs: envs.step(actions)

    def _step_hostile(self) -> Call:
        if self.rng.random() < 0.5:
            value = self._any()
            return lambda envs: envs.step(value)
        # one bad element among good ones
        actions = self._good_actions()
        part = actions[0] if isinstance(actions, tuple) else actions
        spoilt = np.array(part, dtype=object if self.rng.random() < 0.2 else part.dtype)
        bad = self.rng.choice([-1, 3, 1000, 2**31 - 1]) if part.dtype.kind == "i" else np.nan
        spoilt.reshape(-1)[self.rng.integers(spoilt.size)] = bad
        spoilt_actions = (spoilt, *actions[1:]) if isinstance(actions, tuple) else spoilt
        return lambda envs: envs.step(spoilt_actions)

    def _reset(self) -> Call:
        choices = [
            None,
            int(self.rng.integers(2**40)),
            [int(s) for s in self.rng.integers(99, size=self.num_envs)],
        ]
        seed = choices[self.rng.integers(3)]
        return lambda envs: envs.reset(seed=seed)

    def _reset_mask(self) -> Call:
        mask = self.rng.random(self.num_envs) < 0.5
        return lambda envs: envs.reset(options={"reset_mask": mask})

    def _reset_hostile(self) -> Call:
        kind, value = self.rng.integers(4), self._any()
        if kind == 0:
            return lambda envs: envs.reset(seed=value)
        if kind == 1:
            return lambda envs: envs.reset(options=value)
        names = [option["name"] for option in self.task["reset_options"]] + ["reset_mask", "x"]
        name = names[self.rng.integers(len(names))]
        if kind == 2:
            return lambda envs: envs.reset(options={name: value})
        return lambda envs: envs.reset(out=value)

    def _policy(self) -> Callable[[], Any]:
        """Makes a policy; each batch needs its own, as policies have streams."""
        seed = int(self.rng.integers(100))
        makers: list[Callable[[], Any]] = [lambda: policies.Random(seed)]
        pixels = "observation" in self.options
        if sees_floats(self.task) and not pixels and self.task["action"]["kind"] == "discrete":
            layers = network(self.task_id, seed=seed)
            makers.append(lambda: policies.MLP(layers, head="categorical", seed=seed))
        if not isinstance(self.tape[0], tuple):
            row, times = self.tape[seed % _TAPE], self.tape
            makers.append(lambda: lambda _: row)
            makers.append(lambda: policies.Constant(row[0]))
            makers.append(lambda: policies.Sequence(times))
        return makers[self.rng.integers(len(makers))]

    def _rollout(self) -> Call:
        # now and then so long that every lane of a disabled batch rests at the end
        longest = 300 if self.num_envs < 20 and self.rng.random() < 0.2 else 20
        make_policy, num_steps = self._policy(), int(self.rng.integers(1, longest))
        record = [None, [], ["rewards"], ["actions", "episodes"]][self.rng.integers(4)]
        return lambda envs: vars(envs.rollout(make_policy(), num_steps, record=record))

    def _rollout_hostile(self) -> Call:
        make_policy, kind, value = self._policy(), self.rng.integers(5), self._any()
        if kind == 0:
            return lambda envs: vars(envs.rollout(value, 3))
        if kind == 1:
            if isinstance(value, (int, np.integer)) and value > 50:
                value = -int(value)  # no more steps than a test has time for
            return lambda envs: vars(envs.rollout(make_policy(), value))
        if kind == 2:
            return lambda envs: vars(envs.rollout(make_policy(), 3, record=value))
        if kind == 3:
            return lambda envs: vars(envs.rollout(make_policy(), 3, out=value))
        good = self._good_actions()
        late = int(self.rng.integers(1, 4))

        def turning_bad() -> Any:
            times = iter(range(late))
            return lambda _: value if next(times, None) is None else good

        return lambda envs: vars(envs.rollout(turning_bad(), 4))

    def _lanes(self) -> list[int] | None:
        count = int(self.rng.integers(0, self.num_envs + 1))
        return [int(i) for i in self.rng.integers(self.num_envs, size=count)] if count else None

    def _get_state(self) -> Call:
        lanes = self._lanes()
        state = self.envs.get_state(lanes)
        self.snapshots = [*self.snapshots[-8:], (state, self.num_envs if lanes is None else len(lanes))]
        return lambda envs: envs.get_state(lanes)

    def _set_state(self) -> Call:
        if not self.snapshots:
            return self._get_state()
        state, count = self.snapshots[self.rng.integers(len(self.snapshots))]
        lanes = [int(i) for i in self.rng.permutation(self.num_envs)[:count]]
        return lambda envs: envs.set_state(state, lanes)

    def _set_state_hostile(self) -> Call:
        value, state = self._any(), self.envs.get_state()
        if self.rng.random() < 0.5:
            return lambda envs: envs.set_state(value)
        return lambda envs: envs.set_state(state, value)

    def _set_state_corrupted(self) -> Call:
        state = bytearray(self.envs.get_state())
        # the head, where every byte counts; a byte of a state may be a state again
        state[self.rng.integers(min(len(state), 48))] ^= int(self.rng.integers(1, 256))
        cut = bytes(state[: self.rng.integers(len(state))]) if self.rng.random() < 0.3 else bytes(state)
        return lambda envs: envs.set_state(cut)

    def _draw(self) -> Call:
        lane = int(self.rng.integers(self.num_envs))
        return lambda envs: (envs.np_random[lane].random(), int(envs.np_random[lane].integers(7)))

    def _call_hostile(self) -> Call:
        names = [m["name"] for m in (*self.task["methods"], *self.task["attributes"])] + [
            "state",
            "x",
            "step_x",
        ]
        name, value = names[self.rng.integers(len(names))], self._any()
        if self.rng.random() < 0.5:
            return lambda envs: envs.get_attr(name)
        return lambda envs: envs.call(name, value)

    def _set_attr(self) -> Call:
        names = [a["name"] for a in self.task["attributes"]] + ["state", "x"]
        name, value = names[self.rng.integers(len(names))], self._any()
        if name == "x" and isinstance(value, str):
            value = None  # an attribute of Python's own, which a batch may have
        return lambda envs: envs.set_attr(name, value)

    def _copied(self) -> Call:
        """Replaces both by copies of themselves."""
        if self.rng.random() < 0.5:
            self.envs = pickle.loads(pickle.dumps(self.envs))
        else:
            self.envs = copy.deepcopy(self.envs)
        return lambda envs: envs.num_envs

    def _numeric_params(self) -> list[str]:
        return [name for name, values in self.envs.get_params().items() if isinstance(values, np.ndarray)]

    def _set_params(self) -> Call:
        names = self._numeric_params()
        if not names:
            return self._step()
        name = names[self.rng.integers(len(names))]
        values = self.envs.get_params()[name]
        changed = values * self.rng.uniform(0.5, 1.5) if values.dtype.kind == "f" else values
        lanes = self._lanes()
        if lanes is None:
            return lambda envs: envs.set_params({name: changed})
        distinct = sorted(set(lanes))
        return lambda envs: envs.set_params({name: changed[distinct]}, ids=distinct)

    def _set_params_hostile(self) -> Call:
        names = [*self._numeric_params(), "x"]
        name, value = names[self.rng.integers(len(names))], self._any()
        kind = self.rng.integers(3)
        if kind == 0:
            return lambda envs: envs.set_params({name: value})
        if kind == 1:
            return lambda envs: envs.set_params(value)
        return lambda envs: envs.reset(options={"params": {name: value}})

    def _render_hostile(self) -> Call:
        value = self._any()
        if isinstance(value, (int, np.integer)) and value > 64:
            value = 64
        if self.rng.random() < 0.5:
            return lambda envs: envs.render(size=(8, 10), lanes=[0])
        return lambda envs: envs.render(size=value, lanes=[0])
