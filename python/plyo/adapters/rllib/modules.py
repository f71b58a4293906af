"""RLlib's modules as policies of native rollouts."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import tree
from gymnasium import spaces
from ray.rllib.algorithms.ppo.torch.default_ppo_torch_rl_module import DefaultPPOTorchRLModule
from ray.rllib.core.columns import Columns
from ray.rllib.core.distribution.torch.torch_distribution import TorchCategorical
from ray.rllib.utils.numpy import convert_to_numpy
from ray.rllib.utils.spaces.space_utils import clip_action, get_base_struct_from_space, unsquash_action
from ray.rllib.utils.torch_utils import convert_to_torch_tensor

from plyo.policies import MLP
from plyo.shards.policies import SEED_STRIDE
from plyo.trajectory import Trajectory

Array = npt.NDArray[Any]

_ACTIVATIONS = {torch.nn.Tanh: "tanh", torch.nn.ReLU: "relu"}

#: What a forward pass of the module may not differ from the native network by, in either direction.
_TOLERANCE = 1e-3


class ModuleRollouts:
    """Rollouts of native batches under a module.

    The module of PPO, APPO and IMPALA is followed natively if it is a plain network of layers with one activation over
    observations that are vectors, for a ``Discrete`` action: then the module runs once a rollout, over all of its
    observations, for what the learner wants to know about the actions. Any other module runs once a step, for all
    environments together.

    Args:
        module: The module.
        envs: The native batch.
        action_space: Gymnasium's, of one environment.
        normalize_actions: Whether Box actions of the module are stretched from [-1, 1] to the space.
        clip_actions: Whether they are clipped to the space.
        device: That of the module.
        seed: The seed of native policies; None for one from the operating system.
    """

    def __init__(
        self,
        module: Any,
        envs: Any,
        *,
        action_space: Any,
        normalize_actions: bool,
        clip_actions: bool,
        device: Any,
        seed: int | None,
    ) -> None:
        self._module = module
        self._envs = envs
        self._action_structure = get_base_struct_from_space(action_space)
        self._change_actions: Any = None
        if normalize_actions or clip_actions:
            self._change_actions = unsquash_action if normalize_actions else clip_action
        self._device = device
        self._seed = secrets.randbits(128) if seed is None else seed
        self.is_native = is_plain_network(module, envs, action_space)

    def roll(
        self, num_steps: int, explore: bool, steps_before: int
    ) -> tuple[Trajectory, Any, dict[str, Any]]:
        """Steps the batch.

        Args:
            num_steps: The number of steps.
            explore: Whether the module explores.
            steps_before: The lifetime's steps of all runners, which modules may explore by.

        Returns:
            The trajectory; the module's actions ``(T, N, ...)``; and its other outputs ``(T, N, ...)``.
        """
        if self.is_native:
            return self._roll_natively(num_steps, explore, steps_before)
        actions: list[Any] = []
        outputs: list[Any] = []

        def act(observations: Any) -> Any:
            chosen, others = self._forward(
                observations, explore, steps_before + len(actions) * self._envs.num_envs
            )
            actions.append(chosen)
            outputs.append(others)
            if self._change_actions is None:
                return chosen
            return self._change_actions(chosen, self._action_structure)

        trajectory = self._envs.rollout(act, num_steps)
        return trajectory, _stack(actions), _stack(outputs)

    def _roll_natively(
        self, num_steps: int, explore: bool, steps_before: int
    ) -> tuple[Trajectory, Any, dict[str, Any]]:
        layers, activation = read_layers(self._module)
        policy = MLP(
            layers, activation=activation, head="categorical" if explore else "argmax", seed=self._seed
        )
        self._seed += SEED_STRIDE  # this policy is not used again, and the next one must not draw the same
        trajectory: Any = self._envs.rollout(policy, num_steps)
        shape = trajectory.actions.shape
        observations = trajectory.observations.reshape(-1, trajectory.observations.shape[2])
        actions, outputs = self._forward(observations, explore, steps_before, trajectory.actions.reshape(-1))
        outputs = {name: value.reshape(*shape, *value.shape[1:]) for name, value in outputs.items()}
        return trajectory, actions.reshape(shape), outputs

    def _forward(
        self, observations: Any, explore: bool, steps_before: int, given: Array | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """The actions, those given or the module's, and its other outputs, as RLlib's connectors compute them."""
        module = self._module
        batch = {Columns.OBS: convert_to_torch_tensor(observations, device=self._device)}
        with torch.no_grad():
            if explore:
                outputs = dict(module.forward_exploration(batch, t=steps_before))
                kind = module.get_exploration_action_dist_cls
            else:
                outputs = dict(module.forward_inference(batch))
                kind = module.get_inference_action_dist_cls
            actions = outputs.pop(Columns.ACTIONS, None)
            if actions is None:
                distribution = kind().from_logits(outputs[Columns.ACTION_DIST_INPUTS])
                if not explore:
                    distribution = distribution.to_deterministic()
                actions = distribution.sample() if given is None else torch.from_numpy(given).to(self._device)
                outputs.setdefault(Columns.ACTION_LOGP, distribution.logp(actions))
        return convert_to_numpy(actions), convert_to_numpy(outputs)


def _stack(steps: list[Any]) -> Any:
    return tree.map_structure(lambda *leaves: np.stack(leaves), *steps)


def read_layers(module: Any) -> tuple[list[tuple[Array, Array | None]], str]:
    """The layers of a module that is a plain network, and their activation.

    Raises:
        ValueError: The way from the observation to the action is no plain network.
    """
    encoder = module.encoder
    encoder = encoder.encoder if hasattr(encoder, "encoder") else encoder.actor_encoder
    parts = [part for root in (encoder, module.pi) for part in root.modules() if not list(part.children())]
    linear, between = parts[::2], parts[1::2]
    kinds = {type(part) for part in between}
    if len(parts) % 2 == 0 or any(type(part) is not torch.nn.Linear for part in linear) or len(kinds) > 1:
        raise ValueError(f"no plain network: {parts}")
    if not kinds <= set(_ACTIVATIONS):
        raise ValueError(f"no activation of native networks: {kinds}")
    layers = [
        (
            convert_to_numpy(part.weight.detach()),
            None if part.bias is None else convert_to_numpy(part.bias.detach()),
        )
        for part in linear
    ]
    return layers, _ACTIVATIONS[kinds.pop()] if kinds else "tanh"


def is_plain_network(module: Any, envs: Any, action_space: Any) -> bool:
    """Whether a native network acts as the module does, in exploration and without.

    The structure is read from the module's parts; a forward pass beside it proves that it was read rightly.
    """
    own = ("_forward", "_forward_exploration", "_forward_inference")
    if not isinstance(module, DefaultPPOTorchRLModule) or not all(
        getattr(type(module), name).__module__.startswith("ray.rllib.") for name in own
    ):
        return False
    kinds = (module.get_exploration_action_dist_cls(), module.get_inference_action_dist_cls())
    space = envs.single_observation_space
    if kinds != (TorchCategorical, TorchCategorical) or not isinstance(action_space, spaces.Discrete):
        return False
    if action_space.start != 0 or len(space.shape or ()) != 1 or space.dtype not in (np.float32, np.float64):
        return False
    try:
        layers, activation = read_layers(module)
    except (AttributeError, ValueError):
        return False
    observations = np.random.default_rng(0).normal(size=(16, *space.shape)).astype(np.float32)
    parameter = next(module.parameters())
    batch = {Columns.OBS: torch.from_numpy(observations).to(parameter.device)}
    with torch.no_grad():
        outputs = [module.forward_exploration(dict(batch), t=0), module.forward_inference(dict(batch))]
    expected = _evaluate(layers, activation, observations)
    return all(
        set(output) == {Columns.ACTION_DIST_INPUTS}
        and np.allclose(convert_to_numpy(output[Columns.ACTION_DIST_INPUTS]), expected, atol=_TOLERANCE)
        for output in outputs
    )


def _evaluate(layers: list[tuple[Array, Array | None]], activation: str, values: Array) -> Array:
    """The outputs of a network."""
    for i, (weights, bias) in enumerate(layers):
        if i > 0:
            values = np.tanh(values) if activation == "tanh" else np.maximum(values, 0)
        values = values @ weights.T + (0 if bias is None else bias)
    return values
