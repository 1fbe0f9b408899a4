"""Synthetic images, and their conversion to a network's input, implemented without Oddity."""

import numpy as np


def synthetic(count: int, height: int, width: int, channels: int = 3, seed: int = 7) -> np.ndarray:
    """Images uint8 [count, height, width, channels] that differ in colour, texture and shapes."""
    draws = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]
    result = np.empty((count, height, width, channels))
    for image in result:
        angle, pitch = draws.uniform(0, np.pi), draws.uniform(1, 12)
        wave = np.sin(2 * np.pi * pitch * (rows * np.cos(angle) + columns * np.sin(angle)))
        image[:] = draws.uniform(40, 215, channels) + wave[..., None] * draws.uniform(-60, 60, channels)
        for _ in range(4):
            centre, radius = draws.uniform(0, 1, 2), draws.uniform(0.05, 0.3)
            inside = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2
            image[inside] = draws.uniform(0, 255, channels)
        image += draws.normal(0, 6, image.shape)
    return np.clip(np.rint(result), 0, 255).astype(np.uint8)


def tensors(pixels: np.ndarray, preprocess: dict, layout: str, dtype=np.float32) -> np.ndarray:
    """The network's input: float32 in [0, 1] minus mean, divided by std, in the given channel order and
    layout."""
    if dtype == np.uint8:
        values = pixels
    else:
        values = pixels.astype(np.float32) / np.float32(255)
        mean = np.array(preprocess.get("mean", 0), np.float32)
        std = np.array(preprocess.get("std", 1), np.float32)
        values = ((values - mean) / std).astype(dtype)
    if preprocess.get("channels") == "BGR":
        values = values[..., ::-1]
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2) if layout == "NCHW" else values)
