"""The command `oddity`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> int:
    """Runs the command line with the arguments of this process.

    Returns:
        The exit status.
    """
    from ._library import library, texts
    from .errors import OddityError

    try:
        opened = library()
    except OddityError as error:
        print(f"oddity: {error}", file=sys.stderr)
        return error.status
    arguments = [os.fsencode(argument) for argument in sys.argv]
    status: int = opened.oddity_command(len(arguments), texts(arguments))
    return status


def leave() -> NoReturn:
    """Ends the process as the command does, without the engine's clean-up.

    The clean-up unloads code that other threads may still use to release networks.
    """
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave()
