"""The base class of batches."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

if TYPE_CHECKING:
    from plyo.envs.specs import EnvSpec
    from plyo.spaces import Space


class AutoresetMode(Enum):
    """When a finished episode is followed by the next one."""

    NEXT_STEP = "NextStep"  # the step after the end resets: its action is ignored
    SAME_STEP = "SameStep"  # the step that ends the episode resets: info has the final observation
    DISABLED = "Disabled"  # reset(options={"reset_mask": mask}) resets


class VectorEnv:
    """A batch of ``num_envs`` environments that step together.

    Attributes:
        num_envs: The number of environments.
        single_observation_space: The observation space of one environment.
        observation_space: That of the batch.
        single_action_space: The action space of one environment.
        action_space: That of the batch.
        metadata: ``metadata["autoreset_mode"]`` is the :class:`AutoresetMode`.
        spec: The spec that the batch was made from, if it was.
        closed: Whether :meth:`close` was called.
    """

    metadata: dict[str, Any] = {}  # noqa: RUF012 - a class attribute of Gymnasium's API
    spec: EnvSpec | None = None
    render_mode: str | None = None
    closed: bool = False

    num_envs: int
    observation_space: Space[Any]
    action_space: Space[Any]
    single_observation_space: Space[Any]
    single_action_space: Space[Any]

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Resets the environments; returns batched observations and info."""
        raise NotImplementedError(f"{self} reset function is not implemented.")

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Steps the environments; returns batched observations, rewards, terminated, truncated and info."""
        raise NotImplementedError(f"{self} step function is not implemented.")

    def render(self) -> tuple[Any, ...] | None:
        """Draws the environments."""
        raise NotImplementedError(f"{self} render function is not implemented.")

    def close(self, **kwargs: Any) -> None:
        """Frees the environments, once; ``kwargs`` go to :meth:`close_extras`."""
        if self.closed:
            return
        self.close_extras(**kwargs)
        self.closed = True

    def close_extras(self, **kwargs: Any) -> None:
        """What a subclass does to free its environments."""

    @property
    def unwrapped(self) -> Self:
        """The batch without wrappers."""
        return self

    def __repr__(self) -> str:
        """``CartPoleVectorEnv(CartPole-v1, num_envs=3)``."""
        if self.spec is None:
            return f"{type(self).__name__}(num_envs={self.num_envs})"
        return f"{type(self).__name__}({self.spec.id}, num_envs={self.num_envs})"
