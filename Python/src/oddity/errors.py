"""Errors by kind. Every error has the command's message, which says what to do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class OddityError(Exception):
    """Base of all errors of Oddity.

    Attributes:
        status: the exit status of the command `oddity` for this error, such as 65.
        name: the kind in one word, such as "notGuarded".
        message: one sentence.
    """

    def __init__(self, message: str, status: int = 70, name: str = "") -> None:
        super().__init__(message, status, name)
        self.message = message
        self.status = status
        self.name = name

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, {self.status}, {self.name!r})"

    def __reduce__(self) -> Any:
        return type(self), (self.message, self.status, self.name)


class UsageError(OddityError, ValueError):
    """An argument does not exist, or arguments contradict each other."""

    def __init__(self, message: str, status: int = 2, name: str = "usage") -> None:
        super().__init__(message, status, name)


class InputError(OddityError, ValueError):
    """A model or images cannot be used."""

    def __init__(self, message: str, status: int = 65, name: str = "badData") -> None:
        super().__init__(message, status, name)


class MissingError(OddityError, ImportError):  # type: ignore[misc]
    """A required library is not installed."""

    def __init__(self, message: str, status: int = 69, name: str = "libraryMissing") -> None:
        super().__init__(message, status, name)


class OutputError(OddityError, OSError):
    """A file cannot be written."""

    def __init__(self, message: str, status: int = 74, name: str = "output") -> None:
        super().__init__(message, status, name)
        # OSError takes three arguments for these attributes.
        self.errno = self.strerror = self.filename = None


class InternalError(OddityError, RuntimeError):
    """A bug in Oddity. Please report it."""


class HandleError(OddityError, ValueError):
    """The detector or source was closed."""


class ForkedError(OddityError, RuntimeError):
    """The process was forked after Oddity had started its threads: start processes with "spawn"."""


class CancelledError(OddityError, RuntimeError):
    """The work was cancelled.

    The caller that cancelled it sees its own exception, such as KeyboardInterrupt.
    """


class OddityWarning(UserWarning):
    """A property of the model or the images that limits what the results mean."""


_CLASSES: dict[int, type[OddityError]] = {
    2: UsageError,
    65: InputError,
    69: MissingError,
    70: InternalError,
    74: OutputError,
    130: CancelledError,
    131: HandleError,
    132: ForkedError,
}


def of_status(status: int, name: str, message: str) -> OddityError:
    """The error for a status of the C library."""
    return _CLASSES.get(status, InternalError)(message, status, name)
