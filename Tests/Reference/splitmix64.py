"""SplitMix64 and what Oddity draws from it for one image, in Python integers."""

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


def image_randomness(seed, image_id, tiles):
    """Sampling key, part draw and jigsaw permutation of one image."""
    generator = SplitMix64(seed ^ image_id)
    key = generator.next()
    part = (generator.next() >> 11) * 2.0**-53
    order = list(range(tiles))
    for i in range(tiles - 1, 0, -1):
        j = generator.next() % (i + 1)
        order[i], order[j] = order[j], order[i]
    return key, part, order
