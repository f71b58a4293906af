"""Which lanes of a whole batch a shard holds, and their share of what is given for all lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plyo.tasks.parameters import map_lane_arrays


@dataclass(frozen=True)
class Lanes:
    """Consecutive lanes of a whole batch.

    Attributes:
        first: The number of the first of them in the whole.
        count: How many they are.
        total: The lanes of the whole.
    """

    first: int
    count: int
    total: int

    @property
    def span(self) -> slice:
        """Their place in an array with a value for every lane of the whole."""
        return slice(self.first, self.first + self.count)

    def share_params(self, params: Any) -> Any:
        """The parameters of these lanes: an array has a value for every lane of the whole.

        Raises:
            ValueError: An array has another length.
        """
        return map_lane_arrays(params, self.total, lambda array: array[self.span])

    def share_arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Keyword arguments of ``make_vec``, or options of ``reset``, for these lanes alone.

        Raises:
            ValueError: An array of ``"params"`` has another length than the whole has lanes.
        """
        share = dict(arguments)
        if "params" in share:
            share["params"] = self.share_params(share["params"])
        if "reset_mask" in share:
            share["reset_mask"] = share["reset_mask"][self.span]
        return share
