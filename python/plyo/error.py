"""The exceptions of Plyo; the same tree and the same names as ``gymnasium.error``."""

from __future__ import annotations


class Error(Exception):
    """Base of almost every exception that Plyo raises itself."""


# Registration


class UnregisteredEnv(Error):
    """The requested environment is not in the registry."""


class NamespaceNotFound(UnregisteredEnv):
    """No registered environment has the requested namespace."""


class NameNotFound(UnregisteredEnv):
    """No registered environment of the namespace has the name that was asked for."""


class VersionNotFound(UnregisteredEnv):
    """The environment is registered, but not in the requested version."""


class DeprecatedEnv(Error):
    """The requested version was superseded and is no longer registered."""


class RegistrationError(Error):
    """An environment cannot be registered, e.g. unversioned beside a versioned namesake."""


# Environments


class DependencyNotInstalled(Error):
    """An optional package that the call needs is not installed."""


class CompileError(Error):
    """The text of a task does not compile, or there is nothing to compile it with.

    Attributes:
        full: All that the compiler said.
    """

    def __init__(self, message: str, full: str = "") -> None:
        super().__init__(message)
        self.full = full or message

    def __reduce__(self) -> tuple[type[CompileError], tuple[str, str]]:
        """Pickles both texts."""
        return type(self), (str(self), self.full)


class UnsupportedMode(Error):
    """The environment does not support the requested render mode."""


class InvalidMetadata(Error):
    """The ``metadata`` of an environment is not valid."""


class ResetNeeded(Error):
    """``step`` or ``render`` was called before ``reset``."""


# also the types that Gymnasium's tasks (`assert action_space.contains(action)`) and NumPy raise for the same mistake:
# code that catches those works here
class InvalidAction(Error, ValueError, AssertionError):
    """An action is not an element of the action space."""


# also the type that Gymnasium raises for the same mistake
class RenderContextError(Error, RuntimeError):
    """No OpenGL context can be made to draw with, or the one in use was lost."""


class MissingArgument(Error):
    """A required constructor argument is missing."""


class InvalidProbability(Error):
    """A probability is not a legal value."""


class InvalidBound(Error):
    """The lower or the upper bound of a clipping operation is not valid."""


# Wrappers


class DeprecatedWrapper(ImportError):
    """A superseded version of a wrapper was imported."""


# Vector environments


class AlreadyPendingCallError(Exception):
    """An asynchronous call was started while an earlier one still waits for its result.

    Attributes:
        name: The method whose call is pending.
    """

    name: str

    def __init__(self, message: str, name: str) -> None:
        """Stores the message and the name of the pending call."""
        super().__init__(message)
        self.name = name


class NoAsyncCallError(Exception):
    """The result of an asynchronous call was requested, although no call is running.

    Attributes:
        name: The method that waited.
    """

    name: str

    def __init__(self, message: str, name: str) -> None:
        """Stores the message and the name of the call that is not running."""
        super().__init__(message)
        self.name = name


class ClosedEnvironmentError(Exception):
    """``reset`` or ``step`` was called on a closed environment."""


# also the types that Gymnasium's batches fail with: those of a pipe whose other end is gone
class WorkerDiedError(Error, EOFError, BrokenPipeError, ConnectionResetError):
    """The process of an environment has ended unexpectedly, killed for example."""


class CustomSpaceError(Exception):
    """A user-defined space has no implementation registered for the operation."""
