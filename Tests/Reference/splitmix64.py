"""SplitMix64, FNV-1a, and Oddity's random numbers for one image, in Python integers."""

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        """A uniform number in [0, 1)."""
        return (self.next() >> 11) * 2.0**-53

    def number(self, lowest, highest):
        return lowest + self.unit() * (highest - lowest)

    def choice(self, items):
        return items[self.next() % len(items)]

    def start(self, length, side):
        """The start of an interval of a side."""
        return self.next() % (side - length + 1)

    def permutation(self, count):
        """Fisher–Yates shuffle from the end."""
        order = list(range(count))
        for i in range(count - 1, 0, -1):
            j = self.next() % (i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def fnv1a(text):
    """The 64-bit FNV-1a hash of a text's UTF-8 bytes."""
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return state


def stream(seed, image_id, kind):
    """The random generator of a kind of pseudo-OOD images."""
    return SplitMix64(seed ^ image_id ^ fnv1a(kind))


def image_randomness(seed, image_id, tiles):
    """The sampling key, part draw and jigsaw permutation of one image."""
    generator = SplitMix64(seed ^ image_id)
    key = generator.next()
    part = (generator.next() >> 11) * 2.0**-53
    return key, part, generator.permutation(tiles)
