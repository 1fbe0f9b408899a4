"""Mutations of a file that is a list of parts, such as chunks or segments, regardless of their content."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Part = TypeVar("Part")


def reordered(random: Random, parts: list[Part]) -> list[Part]:
    """Removes a part, repeats one, or swaps two."""
    parts = list(parts)
    first, second = random.randrange(len(parts)), random.randrange(len(parts))
    kind = random.randrange(3)
    if kind == 0:
        del parts[first]
    elif kind == 1:
        parts.insert(second, parts[first])
    else:
        parts[first], parts[second] = parts[second], parts[first]
    return parts


def with_one_of(random: Random, parts: list[Part], new: Sequence[Part]) -> list[Part]:
    """Inserts one part at a random position."""
    place = random.randrange(len(parts) + 1)
    return [*parts[:place], random.choice(new), *parts[place:]]
