"""EnvPool's interface over Plyo's batches: scripts that are written for it run with one changed import.

    from plyo.adapters import envpool

    envs = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=64, batch_size=16, seed=1)
    envs.async_reset()
    observations, rewards, terminated, truncated, info = envs.recv()
    envs.send(actions, info["env_id"])

The interface is that of EnvPool 1.2.5: names, shapes, types, keys of infos. The tasks are Plyo's. EnvPool is not
needed; Gymnasium is used where it is installed. docs/guide/envpool.md lists what differs.
"""

from plyo.adapters.envpool.making import (
    list_all_envs,
    make,
    make_dm,
    make_gym,
    make_gymnasium,
    make_spec,
)
from plyo.adapters.envpool.pool import EnvPool
from plyo.adapters.envpool.spec import EnvSpec

__all__ = [
    "EnvPool",
    "EnvSpec",
    "list_all_envs",
    "make",
    "make_dm",
    "make_gym",
    "make_gymnasium",
    "make_spec",
]
