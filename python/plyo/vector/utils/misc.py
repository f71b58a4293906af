"""Tools for starting worker processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from plyo.core import Env

    _EnvT_co = TypeVar("_EnvT_co", bound=Env[Any, Any], covariant=True, default=Env[Any, Any])
else:
    from typing import TypeVar

    _EnvT_co = TypeVar("_EnvT_co", covariant=True)

__all__ = ["CloudpickleWrapper", "clear_mpi_env_vars"]


class CloudpickleWrapper(Generic[_EnvT_co]):
    """A function that is pickled with ``cloudpickle``, so it may be a lambda or a local function.

    Attributes:
        fn: The function.
    """

    fn: Callable[[], _EnvT_co]

    def __init__(self, fn: Callable[[], _EnvT_co]) -> None:
        """Wraps a function without arguments."""
        self.fn = fn

    def __getstate__(self) -> bytes:
        """The function, pickled."""
        import cloudpickle  # type: ignore[import-untyped]

        return cloudpickle.dumps(self.fn)  # type: ignore[no-any-return]

    def __setstate__(self, ob: bytes) -> None:
        """Unpickles the function."""
        import pickle

        self.fn = pickle.loads(ob)

    def __call__(self) -> _EnvT_co:
        """Calls the function."""
        return self.fn()


@contextmanager
def clear_mpi_env_vars() -> Generator[None, None, None]:
    """Hides the environment variables of MPI inside the ``with`` block.

    With these variables, a process that imports ``mpi4py`` acts as a process of MPI, and may hang.
    """
    hidden = {name: value for name, value in os.environ.items() if name.startswith(("OMPI_", "PMI_"))}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
