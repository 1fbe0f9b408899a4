"""Kinds of pseudo-OOD images that are drawn. Images are [C, H, W] in float64, and points (x, y) in pixels."""

import math

import numpy as np

from pseudo_ood_colours import blend, colour, grey
from splitmix64 import stream


def centres(image):
    """x [W] and y [H, 1] of the pixels' centres."""
    height, width = image.shape[1:]
    return np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5


def stripes(image, seed, image_id):
    draws = stream(seed, image_id, "stripes")
    first, second = colour(image, draws), colour(image, draws)
    pattern = draws.next() % 3
    angle = math.pi * draws.unit()
    period = 4 * max(1, max(image.shape[1:]) / 8) ** draws.unit()
    offsets = draws.unit(), draws.unit()
    x, y = centres(image)
    along = (x * math.cos(angle) + y * math.sin(angle)) / period + offsets[0]
    across = (y * math.cos(angle) - x * math.sin(angle)) / period + offsets[1]
    first_half, other_first_half = along % 1 < 0.5, across % 1 < 0.5
    wave = 0.5 + 0.5 * np.sin(2 * math.pi * along)
    return blend(first, second, [wave, first_half, first_half == other_first_half][pattern])


def shapes(image, seed, image_id):
    draws = stream(seed, image_id, "shapes")
    (x, y), (height, width) = centres(image), image.shape[1:]

    def point():
        return draws.unit() * width, draws.unit() * height

    result = np.broadcast_to(colour(image, draws)[:, None, None], image.shape).copy()
    for _ in range(2 + draws.next() % 6):
        form = draws.next() % 3
        paint = colour(image, draws)
        if form == 2:
            count = 3 + draws.next() % 3
            line_width = max(1, min(height, width) * draws.number(0.02, 0.08))
            distances = squared_distances(image, np.array([point() for _ in range(count)]))
            covered = distances <= (line_width / 2) ** 2
        else:
            (left, right), (top, bottom) = (sorted(sides) for sides in zip(point(), point()))
            if form == 0:
                covered = (left <= x) & (x < right) & (top <= y) & (y < bottom)
            else:
                across = (x - (left + right) / 2) / ((right - left) / 2)
                down = (y - (top + bottom) / 2) / ((bottom - top) / 2)
                covered = across**2 + down**2 <= 1
        result[:, covered] = paint[:, None]
    return result


def strokes(image, seed, image_id):
    draws = stream(seed, image_id, "strokes")
    height, width = image.shape[1:]
    ground, ink = grey(image, draws.number(0, 0.2)), grey(image, draws.number(0.8, 1))
    t = np.linspace(0, 1, 17)[:, None]
    shares = np.zeros((height, width))
    for _ in range(1 + draws.next() % 3):
        stroke_width = max(1, min(height, width) * draws.number(0.05, 0.1))
        a, b, c, d = (
            np.array([width * draws.number(0.15, 0.85), height * draws.number(0.15, 0.85)]) for _ in range(4)
        )
        curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        distances = np.sqrt(squared_distances(image, curve))
        shares = np.maximum(shares, np.clip(stroke_width / 2 + 0.5 - distances, 0, 1))
    return blend(ground, ink, shares)


def squared_distances(image, points):
    """The distance of each pixel's centre to the nearest of the lines between the points, [H, W]."""
    x, y = centres(image)
    distances = np.inf
    for start, end in zip(points, points[1:]):
        along = end - start
        places = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (along @ along)
        places = np.clip(places, 0, 1)
        from_line = (x - start[0] - places * along[0]) ** 2 + (y - start[1] - places * along[1]) ** 2
        distances = np.minimum(distances, from_line)
    return distances
