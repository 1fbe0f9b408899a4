"""Checks of files before and after they are laid out: checksums, counts, paths, damage."""

import bz2
import contextlib
import gzip
import hashlib
import lzma
import os
import pathlib
import tarfile
import zipfile

IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".webp", ".gif", ".tif", ".tiff"}
# No image of these sets is nearly as large.
LARGEST_IMAGE = 1 << 28
# OpenOOD's folders of images.
KINDS = ("images_classic", "images_largescale")


class WrongFile(Exception):
    """Why a set cannot be laid out, and what to do, on one line."""


@contextlib.contextmanager
def reading(path):
    """Turns any error inside into a WrongFile error for `path`. Existing WrongFile errors pass unchanged."""
    try:
        yield
    except WrongFile:
        raise
    except OSError as error:
        if error.errno is not None and error.filename is not None:
            raise WrongFile(f"{path} cannot be read ({error.strerror})") from error
        raise damaged(path, error) from error
    except ImportError as error:
        raise WrongFile(f"{path} needs {error.name} to be read: pip install {PACKAGES.get(error.name, error.name)}") from error
    except Exception as error:
        raise damaged(path, error) from error


PACKAGES = {"PIL": "pillow"}


def damaged(path, error):
    lines = str(error).splitlines() or [type(error).__name__]
    return WrongFile(f"{path} cannot be unpacked ({lines[0]}): download it again")


def check(path, md5):
    """Raises WrongFile if the file has another MD5. If there is no expected MD5, nothing is checked."""
    if md5 is None:
        return
    digest = hashlib.md5()
    with reading(path), open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != md5.lower():
        size = path.stat().st_size
        raise WrongFile(f"{path} ({size:,} bytes) has the MD5 {digest.hexdigest()} in place of {md5}: download it again")


def is_image(name):
    return pathlib.PurePosixPath(name).suffix.lower() in IMAGES and not pathlib.PurePosixPath(name).name.startswith(".")


def number_of_images(folder):
    return sum(is_image(name) for _, _, names in os.walk(folder, followlinks=True) for name in names)


def safe(name):
    """A path below a folder. Raises WrongFile if it leads out of the folder."""
    path = pathlib.PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise WrongFile(f"the archive has an entry {name}, which leads out of its folder: do not use it")
    return path


def write(folder, name, content):
    path = folder / safe(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise WrongFile(f"cannot write {path} ({error.strerror}): make room, or name another folder with --data") from error


def decompressed(path):
    """A file's content, with any compression. Reading it to its end checks it."""
    with open(path, "rb") as file:
        start = file.read(6)
    for magic, opener in ((b"\x1f\x8b", gzip.open), (b"\xfd7zXZ\x00", lzma.open), (b"BZh", bz2.open)):
        if start.startswith(magic):
            return opener(path, "rb")
    return open(path, "rb")


def tar_files(path):
    """The regular files of a tar in its order, each with a function that opens it."""
    with reading(path), decompressed(path) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name.removeprefix("./"), lambda member=member: content(archive.extractfile, member, member.size, path)
        # The compression's checksum follows the last member.
        while stream.read(1 << 20):
            pass


def zip_files(path):
    """The regular files of a zip, in the same form."""
    with reading(path), zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if not entry.is_dir() and not entry.filename.startswith("__MACOSX/"):
                yield entry.filename, lambda entry=entry: content(archive.open, entry, entry.file_size, path)


def content(opener, member, size, path):
    """The content of an archive's member, from the function that opens it."""
    if size > LARGEST_IMAGE:
        raise WrongFile(f"{path} holds a file of {size:,} bytes, which is no image: do not use it")
    with reading(path), opener(member) as file:
        return file.read()


def names_of_list(path):
    """The images that an image list of OpenOOD names, as paths relative to a folder of images."""
    with reading(path):
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line.rsplit(maxsplit=1)[0] for line in lines if line.strip()]


def missing_of_list(path, root):
    """The number of images that an image list of OpenOOD names, and those that none of its folders of images contains."""
    names = names_of_list(path)
    return len(names), [name for name in names if not any((root / kind / name).is_file() for kind in KINDS)]
