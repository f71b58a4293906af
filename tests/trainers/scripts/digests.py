"""Digests of what a learner saw and became, for the scripts beside this one."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import torch


class Digest:
    """Hashes observations, rewards and ends; `show` prints the hashes and that of the weights as JSON."""

    def __init__(self) -> None:
        self.hashes = {name: hashlib.sha256() for name in ("observations", "rewards", "ends")}

    def see(self, observations, rewards=(), ends=()) -> None:
        for name, value in zip(self.hashes, (observations, rewards, ends), strict=True):
            self.hashes[name].update(np.ascontiguousarray(value).tobytes())

    def show(self, module: torch.nn.Module, **facts: object) -> None:
        weights = hashlib.sha256()
        for name, tensor in sorted(module.state_dict().items()):
            weights.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
        found = {name: h.hexdigest() for name, h in self.hashes.items()}
        print(json.dumps({**found, "weights": weights.hexdigest(), **facts}))


#: The digest of this process, for functions that others may get by pickling: hashes cannot be pickled.
HERE = Digest()
