"""Kinds of pseudo-OOD images that are made in the Fourier spectrum. Images are [C, H, W] in float64."""

import cmath
import math

import numpy as np

from pseudo_ood_colours import blend, colour
from splitmix64 import stream


def random_phases(height, width, draws):
    """e^{iθ} for the spectrum of a real-valued plane."""
    phases = np.ones((height, width), dtype=complex)
    for k, l in np.ndindex(height, width):
        mirror = (-k % height, -l % width)
        if (k, l) == mirror and (k, l) != (0, 0):
            phases[k, l] = 1 if draws.unit() < 0.5 else -1
        elif (k, l) < mirror:
            phases[k, l] = cmath.exp(2j * math.pi * draws.unit())
            phases[mirror] = phases[k, l].conjugate()
    return phases


def phase(image, seed, image_id):
    phases = random_phases(*image.shape[1:], stream(seed, image_id, "phase"))
    return real(np.fft.ifft2(np.fft.fft2(image) * phases))


def amplitude(image, seed, image_id, donors):
    donor = stream(seed, image_id, "amplitude").choice(donors)
    own, lent = np.fft.fft2(image), np.fft.fft2(donor)
    sizes = np.abs(image).sum(axis=(1, 2), keepdims=True) + np.abs(donor).sum(axis=(1, 2), keepdims=True)
    unit = np.divide(own, np.abs(own), where=np.abs(own) > 1e-12 * sizes, out=np.zeros_like(own))
    return real(np.fft.ifft2(unit * np.abs(lent)))


def pink(image, seed, image_id, exponent="1.3"):
    draws = stream(seed, image_id, "pink")
    first, second = colour(image, draws), colour(image, draws)
    phases = random_phases(*image.shape[1:], draws)
    rows, columns = (np.fft.fftfreq(side) for side in image.shape[1:])
    frequency = np.hypot(rows[:, None], columns)
    frequency[0, 0] = 1
    amplitudes = frequency ** -float(exponent)
    amplitudes[0, 0] = 0
    noise = real(np.fft.ifft2(amplitudes * phases))
    extent = np.ptp(noise)
    return blend(first, second, (noise - noise.min()) / extent if extent else np.zeros_like(noise))


def real(planes):
    """The real part of planes without an imaginary part."""
    assert np.abs(planes.imag).max() <= 1e-12 * np.abs(planes).max()
    return planes.real
