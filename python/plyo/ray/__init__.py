"""Batches of native tasks that are spread over the processes and machines of a Ray cluster.

    from plyo.ray import RolloutWorkers, concatenate

    with RolloutWorkers("CartPole-v1", num_workers=4, num_envs_each=1024, seed=0) as workers:
        parts = workers.rollout(plyo.policies.Random(seed=0), 128)
        trajectory = concatenate(parts)

docs/guide/many_machines.md is the guide. Needs Ray: ``pip install ray``.
"""

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled

try:
    # a name of the package: where Ray is not installed, a plain folder called ray passes for one
    from ray import remote as _remote  # noqa: F401  # only to say which extra is missing
except ImportError as e:
    raise DependencyNotInstalled(f"Ray is not installed, run `{pip_install('ray')}`") from e

from plyo.ray.workers import RolloutWorkers
from plyo.shards import Part, concatenate

__all__ = ["Part", "RolloutWorkers", "concatenate"]
