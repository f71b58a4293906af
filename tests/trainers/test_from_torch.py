"""Native policies with the weights of torch modules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import policies

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = pytest.mark.trainers

RECORD = ("observations", "actions", "log_probs", "entropies", "values", "last_values", "raw_actions")


def chain(*sizes: int, activation: Any = nn.Tanh, bias: bool = True) -> Any:
    parts: list[Any] = []
    for i, o in pairwise(sizes):
        parts += [nn.Linear(i, o, bias=bias), activation()]
    return nn.Sequential(*parts[:-1])


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def batch(task_id: str, num_envs: int = 50) -> Any:
    envs = plyo.make_vec(task_id, num_envs)
    envs.reset(seed=0)
    return envs


def close(array: Any, tensor: Any, bound: float = 2e-5) -> bool:
    return bool(np.abs(array - tensor.detach().numpy()).max() < bound)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.SiLU])
@pytest.mark.parametrize("num_envs", [1, 50])
def test_a_discrete_actor_and_critic(activation: Any, num_envs: int) -> None:
    actor, critic = chain(4, 64, 64, 2, activation=activation), chain(4, 32, 1, activation=activation)
    policy = policies.from_torch(actor, critic, head="categorical", seed=1)
    envs = batch("CartPole-v1", num_envs)
    for _ in range(2):
        t = envs.rollout(policy, 40, record=RECORD[:-1])
        distribution = torch.distributions.Categorical(logits=actor(torch.from_numpy(t.observations)))
        assert close(t.log_probs, distribution.log_prob(torch.from_numpy(t.actions)))
        assert close(t.entropies, distribution.entropy())
        assert close(t.values, critic(torch.from_numpy(t.observations))[..., 0])
        # an optimiser's step, handed over by one call
        before = [p.detach().clone() for p in actor.parameters()]
        optimiser = torch.optim.Adam([*actor.parameters(), *critic.parameters()], lr=0.1)
        (distribution.entropy().sum() + critic(torch.from_numpy(t.observations)).sum()).backward()
        optimiser.step()
        assert not torch.equal(before[0], next(actor.parameters()))
        assert close(policy.layers[0][0][0], before[0], 1e-12), (
            "the policy keeps the weights that it was given"
        )
        policy.update_from_torch(actor, critic)


def test_heads_for_a_box() -> None:
    actor, critic, log_std = chain(3, 64, 1), chain(3, 64, 1), nn.Parameter(torch.tensor([-0.4]))
    envs = batch("Pendulum-v1")
    policy = policies.from_torch((actor, critic), log_std=log_std, seed=1)
    assert policy.head == "gaussian"
    t = envs.rollout(policy, 30, record=RECORD)
    normal = torch.distributions.Normal(actor(torch.from_numpy(t.observations)), log_std.exp())
    assert close(t.log_probs, normal.log_prob(torch.from_numpy(t.raw_actions)).sum(-1))
    assert close(t.entropies, normal.entropy().sum(-1))

    policy = policies.from_torch(actor, critic, head="squashed_gaussian", log_std=log_std, seed=1)
    t = envs.rollout(policy, 30, record=["observations", "actions", "log_probs"])
    transforms = [
        torch.distributions.TanhTransform(cache_size=1),
        torch.distributions.AffineTransform(torch.zeros(1), torch.full((1,), 2.0), cache_size=1),
    ]
    base = torch.distributions.Normal(
        actor(torch.from_numpy(t.observations)).double(), log_std.exp().double()
    )
    squashed = torch.distributions.TransformedDistribution(base, transforms)
    inside = np.abs(t.actions[..., 0]) < 1.9  # torch loses the digits of actions near the bounds
    expected = squashed.log_prob(torch.from_numpy(t.actions).double()).sum(-1).detach().numpy()
    assert inside.mean() > 0.5
    assert np.abs(t.log_probs - expected)[inside].max() < 2e-4

    actor = nn.Sequential(chain(3, 64, 1), nn.Tanh())
    policy = policies.from_torch(actor)
    assert policy.head == "squashed_mean"
    t = envs.rollout(policy, 30, record=["observations", "actions"])
    assert close(t.actions, 2 * actor(torch.from_numpy(t.observations)))
    policy.update_from_torch(actor)


def test_modules_that_begin_with_the_same_layers_have_a_trunk() -> None:
    body = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
    actor, critic = nn.Sequential(body, nn.Linear(16, 2)), nn.Sequential(body, nn.Linear(16, 1))
    policy = policies.from_torch(actor, critic, head="categorical", seed=0)
    assert (len(policy.trunk), len(policy.layers), len(policy.value)) == (2, 1, 1)
    envs = batch("CartPole-v1")
    t = envs.rollout(policy, 20, record=["observations", "values", "log_probs", "actions"])
    assert close(t.values, critic(torch.from_numpy(t.observations))[..., 0])
    distribution = torch.distributions.Categorical(logits=actor(torch.from_numpy(t.observations)))
    assert close(t.log_probs, distribution.log_prob(torch.from_numpy(t.actions)))
    with torch.no_grad():
        body[0].weight.mul_(2)
    policy.update_from_torch(actor)  # the actor alone has the trunk too
    assert close(policy.trunk[0][0][0], body[0].weight, 1e-12)
    with pytest.raises(ValueError, match="this policy has a trunk"):
        policy.update_from_torch(actor, chain(4, 16, 1, activation=nn.ReLU))
    apart = policies.from_torch(chain(4, 8, 2), chain(4, 8, 1))
    with pytest.raises(ValueError, match=r"activation|no trunk"):
        apart.update_from_torch(actor, critic)


def test_layers_without_a_bias_and_other_float_types() -> None:
    actor = chain(4, 8, 2, bias=False).double()
    policy = policies.from_torch(actor, head="argmax")
    assert policy.layers[0][0].dtype == np.float32
    assert not policy.layers[0][1].any()
    half = policies.from_torch(chain(4, 8, 2).to(torch.bfloat16))
    assert half.layers[0][0].dtype == np.float32
    # a linear actor
    assert len(policies.from_torch(nn.Linear(4, 2)).layers) == 1


@pytest.mark.parametrize("head", ["gaussian", "squashed_gaussian"])
def test_an_actor_with_a_linear_for_its_log_std(head: str) -> None:
    body = chain(3, 32, 32, activation=nn.ReLU)
    body.append(nn.ReLU())
    mean, log_std = nn.Linear(32, 1), nn.Linear(32, 1)
    actor = nn.Sequential(body, mean)
    policy = policies.from_torch(actor, head=head, log_std=log_std, log_std_range=(-0.5, 0.1), seed=1)
    envs = batch("Pendulum-v1")
    for _ in range(2):
        t = envs.rollout(policy, 30, record=["observations", "actions", "raw_actions", "log_probs"])
        features = body(torch.from_numpy(t.observations))
        raw = torch.from_numpy(t.raw_actions)
        normal = torch.distributions.Normal(mean(features), log_std(features).clamp(-0.5, 0.1).exp())
        expected = normal.log_prob(raw).sum(-1)
        if head == "squashed_gaussian":
            expected = expected - (2 * (np.log(2) - raw - nn.functional.softplus(-2 * raw)) + np.log(2)).sum(
                -1
            )
        assert close(t.log_probs, expected, 1e-4)
        with torch.no_grad():
            log_std.weight.mul_(5)
            mean.bias.add_(0.5)
        policy.update_from_torch(actor, log_std=log_std)
    # the same network with twice the outputs
    joined = nn.Linear(32, 2)
    with torch.no_grad():
        joined.weight.copy_(torch.cat([mean.weight, log_std.weight]))
        joined.bias.copy_(torch.cat([mean.bias, log_std.bias]))
    twin = policies.from_torch(nn.Sequential(body, joined), head=head, log_std="outputs", seed=1)
    assert twin.log_std_range == (-20, 2)
    assert (twin.layers[-1][0] == policy.layers[-1][0]).all()
    for wrong, error in ((nn.Linear(32, 2), ValueError), (nn.Tanh(), TypeError)):
        with pytest.raises(error, match="log_std"):
            policies.from_torch(actor, head=head, log_std=wrong)


def run_gru(gru: Any, trunk: Any, t: Any, policy: Any) -> Any:
    """The outputs (T, N, units) of a module from the records of a rollout in next-step mode."""
    hidden, outputs = torch.from_numpy(t.hidden), []
    starts = np.concatenate([np.zeros_like(t.valid[:1]), ~t.valid[:-1]])
    initial = torch.from_numpy(policy.initial_hidden[0])[:, None].expand_as(hidden)
    for step, observations in enumerate(torch.from_numpy(t.observations)):
        hidden = torch.where(torch.from_numpy(starts[step])[None, :, None], initial, hidden)
        output, hidden = gru(trunk(observations)[None], hidden.contiguous())
        outputs.append(output[0])
    return torch.stack(outputs)


@pytest.mark.parametrize("num_envs", [1, 50])
@pytest.mark.parametrize(("num_layers", "bias"), [(1, True), (2, False)])
def test_a_gru_between_network_and_heads(num_envs: int, num_layers: int, bias: bool) -> None:
    trunk = nn.Sequential(nn.Linear(4, 32), nn.ReLU())
    gru = nn.GRU(32, 24, num_layers, bias=bias)
    actor, critic = nn.Linear(24, 2), chain(24, 16, 1, activation=nn.SiLU)
    policy = policies.from_torch(
        actor,
        critic,
        trunk=trunk,
        gru=gru,
        head="categorical",
        seed=1,
        initial_hidden=torch.rand(num_layers, 24),
    )
    assert isinstance(policy, policies.GRU)
    envs = batch("CartPole-v1", num_envs)
    for _ in range(2):
        t = envs.rollout(
            policy, 60, record=["observations", "actions", "log_probs", "values", "valid", "hidden"]
        )
        outputs = run_gru(gru, trunk, t, policy)
        distribution = torch.distributions.Categorical(logits=actor(outputs))
        # 60 steps of cells whose roundings differ
        assert close(t.log_probs, distribution.log_prob(torch.from_numpy(t.actions)))
        assert close(t.values, critic(outputs)[..., 0])
        assert not t.valid.all()
        with torch.no_grad():
            for parameter in (*trunk.parameters(), *gru.parameters(), *actor.parameters()):
                parameter.mul_(1.1)
        policy.update_from_torch(actor, critic, trunk=trunk, gru=gru)
        assert close(policy.gru_states[0][0][0], gru.weight_hh_l0, 1e-12)


def test_cells_of_a_gru_and_a_gru_alone() -> None:
    cells = [nn.GRUCell(3, 8), nn.GRUCell(8, 8, bias=False)]
    for given in (cells, nn.ModuleList(cells), cells[0]):
        policy = policies.from_torch(nn.Linear(8, 1), gru=given)
        t = batch("Pendulum-v1").rollout(policy, 20, record=["observations", "raw_actions"])
        hidden = [torch.zeros(50, 8) for _ in policy.gru_states]
        for values in torch.from_numpy(t.observations):
            for layer, cell in enumerate(cells[: len(hidden)]):
                values = hidden[layer] = cell(values, hidden[layer])
        weights, bias = (torch.from_numpy(a[0]) for a in policy.layers[0])
        assert close(t.raw_actions[-1], values @ weights.T + bias)


@pytest.mark.parametrize(
    ("kwargs", "error", "text"),
    [
        (
            {"gru": nn.LSTM(4, 8)},
            TypeError,
            "gru is a torch.nn.GRU, a GRUCell or a list of GRUCell, got torch.*LSTM",
        ),
        ({"gru": nn.GRU(4, 8, bidirectional=True)}, ValueError, "bidirectional=True"),
        ({"gru": nn.GRU(4, 8, 2, dropout=0.5)}, ValueError, "dropout=0.5"),
        ({"gru": []}, TypeError, "no GRUCell"),
        ({"gru": nn.GRU(4, 9)}, ValueError, "the GRU of 1 networks with 9 outputs"),
        (
            {"gru": nn.GRU(4, 8), "trunk": nn.Linear(4, 4)},
            ValueError,
            "trunk and of the actor must be followed",
        ),
        ({"trunk": nn.Sequential(nn.Linear(4, 8), nn.Tanh())}, TypeError, "trunk is the module before a GRU"),
        ({"initial_hidden": torch.zeros(1, 8)}, ValueError, "initial_hidden belongs to a GRU"),
    ],
)
def test_modules_that_no_native_gru_computes(
    kwargs: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        policies.from_torch(nn.Linear(8, 2), **kwargs)
    policy = policies.from_torch(chain(4, 8, 2), chain(4, 8, 1))
    with pytest.raises(ValueError, match="this policy has none"):
        policy.update_from_torch(nn.Linear(8, 2), gru=nn.GRU(4, 8))


class Scaled(nn.Linear):
    """Computes something else than its base class."""

    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    ("actor", "critic", "kwargs", "error", "text"),
    [
        (
            nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2)),
            None,
            {},
            TypeError,
            "actor.1 is torch.nn.*GELU",
        ),
        (
            nn.Sequential(nn.Linear(4, 8), nn.Sequential(nn.LayerNorm(8))),
            None,
            {},
            TypeError,
            "actor.1.0 is torch",
        ),
        (Scaled(4, 2), None, {}, TypeError, "actor is .*Scaled; native networks are made of Linear"),
        (nn.Linear(4, 2), nn.Conv1d(1, 1, 1), {}, TypeError, "critic is torch"),
        (nn.Sequential(), None, {}, TypeError, "the actor has no Linear layer"),
        (nn.Sequential(nn.Tanh(), nn.Linear(4, 2)), None, {}, TypeError, "actor.0 is Tanh without a Linear"),
        (
            nn.Sequential(nn.Linear(4, 2), nn.Tanh(), nn.Tanh()),
            None,
            {},
            TypeError,
            "actor.2 is Tanh without",
        ),
        (
            nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2)),
            None,
            {},
            ValueError,
            "one and the same activation",
        ),
        (
            nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2)),
            None,
            {},
            ValueError,
            "got tanh, relu",
        ),
        (nn.Sequential(nn.Linear(4, 2), nn.ReLU()), None, {}, ValueError, "ends with the activation 'relu'"),
        (nn.Linear(4, 2), nn.Sequential(nn.Linear(4, 1), nn.Tanh()), {}, ValueError, "the critic ends with"),
        (
            nn.Sequential(nn.Linear(3, 1), nn.Tanh()),
            None,
            {"head": "squashed_gaussian", "log_std": [0.0]},
            ValueError,
            "belongs to head='squashed_mean'",
        ),
        (nn.Linear(4, 2), nn.Linear(4, 2), {}, ValueError, "a value network has one output, got 2"),
        ((nn.Linear(4, 2), nn.Linear(4, 1)), nn.Linear(4, 1), {}, TypeError, "give an actor and a critic"),
        (nn.Linear(4, 2), None, {"head": "gaussian"}, ValueError, "log_std belongs to"),
    ],
)
def test_modules_that_no_native_network_computes(
    actor: Any, critic: Any, kwargs: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        policies.from_torch(actor, critic, **kwargs)


def test_a_failed_update_changes_nothing() -> None:
    policy = policies.from_torch(chain(4, 8, 2), chain(4, 8, 1), head="categorical", seed=0)
    before = (policy.layers, policy.value)
    for actor, critic in (
        (chain(4, 8, 2, activation=nn.ReLU), None),
        (chain(4, 8, 2), chain(5, 8, 1)),
        (chain(4, 8, 2), chain(4, 8, 1, activation=nn.SiLU)),
    ):
        with pytest.raises(ValueError, match=r"activation|inputs"):
            policy.update_from_torch(actor, critic)
        assert policy.layers is before[0]
        assert policy.value is before[1]
