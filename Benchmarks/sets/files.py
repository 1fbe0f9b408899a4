"""What can be told of files before and after they are laid out: checksums, counts, paths."""

import hashlib
import os
import pathlib

IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".webp", ".gif", ".tif", ".tiff"}


class WrongFile(Exception):
    """A file that is not what it should be, with what to do about it."""


def check(path, md5):
    """Raises WrongFile where the file's MD5 is another one; without one to compare with there is nothing to check."""
    if md5 is None:
        return
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != md5:
        size = path.stat().st_size
        raise WrongFile(f"{path} ({size:,} bytes) has the MD5 {found} in place of {md5}: download it again")


def is_image(name):
    return pathlib.PurePosixPath(name).suffix.lower() in IMAGES and not pathlib.PurePosixPath(name).name.startswith(".")


def number_of_images(folder):
    return sum(is_image(name) for _, _, names in os.walk(folder, followlinks=True) for name in names)


def safe(name):
    """A path below a folder. Raises WrongFile for one that leads out of it."""
    path = pathlib.PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise WrongFile(f"the archive has an entry {name}, which leads out of its folder: do not use it")
    return path


def names_of_list(path):
    """The images that an image list of OpenOOD names, by their paths in a folder of images."""
    return [line.rsplit(maxsplit=1)[0] for line in path.read_text().splitlines() if line.strip()]


def missing_of_list(path, root):
    """How many images an image list of OpenOOD names, and those that are in none of its folders of images."""
    names = names_of_list(path)
    folders = [root / "images_classic", root / "images_largescale"]
    return len(names), [name for name in names if not any((folder / name).is_file() for folder in folders)]
