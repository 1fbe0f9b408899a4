"""The mutated image with a given number. The same seed always gives the same image."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from . import blind, jpeg_parts, other_parts, png_parts, tiff_parts
from .seeds import Seed

_STRUCTURED: dict[str, blind.Mutation] = {
    "png": png_parts.mutate,
    "jpeg": jpeg_parts.mutate,
    "tiff": tiff_parts.mutate,
    "bmp": other_parts.bitmap,
    "gif": other_parts.gif,
    "webp": other_parts.webp,
    "pnm": other_parts.pnm,
}
#: The number of images of each format in a hundred. Formats with more exposed decoders get more.
_SHARES = {"jpeg": 24, "png": 24, "tiff": 16, "webp": 10, "gif": 10, "bmp": 10, "pnm": 6}
_ENDINGS = (".jpg", ".png", ".webp", ".tif", ".gif", ".bmp", ".ppm", ".jpeg", ".dib", ".pgm")


@dataclass(frozen=True)
class Case:
    number: int
    seed: Seed
    #: The mutations of the seed, such as "png_parts.mutate".
    steps: tuple[str, ...]
    #: A file name. Its extension may not match the content.
    name: str
    data: bytes


def case(seeds: dict[str, list[Seed]], run: int, number: int) -> Case:
    """The image with this number in the run with this seed."""
    random = Random(f"{run}:{number}")
    kind = random.choices(list(_SHARES), list(_SHARES.values()))[0]
    seed = random.choice(seeds[kind])
    data, steps = seed.data, []
    # One case in fifty is an unchanged seed, with any kind of name.
    count = 0 if random.random() < 0.02 else random.choice((1, 1, 1, 2, 2, 3))
    for _ in range(count):
        choice = random.random()
        if choice < 0.04:
            other = random.choice(seeds[random.choice(list(seeds)) if random.random() < 0.3 else kind])
            data = blind.spliced(random, data, other.data)
            steps.append(f"splice with {other.name}")
        elif choice < 0.25:
            mutation = random.choice(blind.ALL)
            data = mutation(random, data)
            steps.append(mutation.__name__)
        else:
            data = _STRUCTURED[kind](random, data)
            steps.append("structure")
    return Case(number, seed, tuple(steps), f"{number}{random.choice(_ENDINGS)}", data)
