"""Converts downloaded files into folders of images. There is one function for each layout, which writes into a new folder."""

import io
import os
import random
import shutil
import tarfile

from files import (
    KINDS,
    WrongFile,
    content,
    is_image,
    names_of_list,
    number_of_images,
    reading,
    safe,
    tar_files,
    write,
    zip_files,
)


def lay_out(entry, downloads, data):
    """Makes the folders of a set. They have temporary names until all are complete."""
    files = [downloads / file["name"] for file in entry["files"]]
    folders = {data / name: count for name, count in entry["folders"].items()}
    # The name contains the process number, so that two simultaneous runs do not write to one folder.
    partial = {folder: folder.with_name(f"{folder.name}.{os.getpid()}.partial") for folder in folders}
    try:
        for folder in partial.values():
            folder.mkdir(parents=True)
        LAYOUTS[entry["layout"]](files, list(partial.values()), entry)
        for folder, count in folders.items():
            check_folder(partial[folder], count, files[0])
            check_lists(partial[folder], folder, entry, data, files[0])
        for folder in folders:
            partial[folder].rename(folder)
    except OSError as error:
        raise WrongFile(f"cannot write to {data} ({error.strerror}): make room, or name another folder with --data") from error
    finally:
        for folder in partial.values():
            shutil.rmtree(folder, ignore_errors=True)


def check_folder(folder, count, file):
    """Raises WrongFile if a new folder does not have the number of images of its set, or is empty."""
    found = number_of_images(folder)
    if count is not None and found != count:
        raise WrongFile(f"{found:,} images in place of {count:,}: {file} is another set or is incomplete, so download it again")
    if count is None and not found and not any(folder.rglob("*.txt")):
        raise WrongFile(f"{file} has neither images nor lists of images: it is another file, so download it again")


def check_lists(new, folder, entry, data, file):
    """Raises WrongFile if a new folder lacks images of OpenOOD's lists. Missing lists are ignored."""
    root = data / "openood"
    for name in entry.get("lists", []):
        path = root / "benchmark_imglist" / name
        if not path.is_file():
            continue
        inside = [
            listed.removeprefix(start)
            for listed in names_of_list(path)
            for start in (f"{folder.relative_to(root / kind)}/" for kind in KINDS if folder.is_relative_to(root / kind))
            if listed.startswith(start)
        ]
        missing = [listed for listed in inside if not (new / listed).is_file()]
        if missing:
            what = f"{len(missing):,} of the {len(inside):,} images that {name} names, such as {missing[0]}"
            raise WrongFile(f"{file} lacks {what}: download it again, and the lists with it")


def tar_images(path, inside):
    """The images of a tar below `inside`, by their names there, each with a function that opens it."""
    for name, opened in tar_files(path):
        if name.startswith(inside) and is_image(name):
            yield name.removeprefix(inside), opened


def tar(files, folders, entry):
    """All images of a tar, without their folder in the tar."""
    for name, opened in tar_images(files[0], entry["inside"]):
        write(folders[0], name, opened())


def sample(files, folders, entry):
    """As many images as the set needs, drawn from their sorted names with seed 1."""
    (count,) = entry["folders"].values()
    names = sorted(name for name, _ in tar_images(files[0], entry["inside"]))
    if len(names) < count:
        raise WrongFile(f"{files[0]} has {len(names):,} images, and {count:,} are needed: download it again")
    chosen = set(random.Random(1).sample(names, count))
    for name, opened in tar_images(files[0], entry["inside"]):
        if name in chosen:
            write(folders[0], name, opened())


def unzipped(files, folders, entry):
    """A zip whose entries are below `inside`, if it is given."""
    inside = entry.get("inside", "")
    for name, opened in zip_files(files[0]):
        if name.startswith(inside):
            write(folders[0], name.removeprefix(inside), opened())


RECORD = 1 + 3 * 32 * 32


def cifar(files, folders, entry):
    """CIFAR-10's binary version as PNGs in class folders. A record contains a class and 3×32×32 bytes."""
    train, test = folders
    batches, names = {}, []
    for path, opened in tar_files(files[0]):
        base = path.rsplit("/", 1)[-1]
        if base == "batches.meta.txt":
            names = opened().decode().split()
        elif base.startswith("data_batch_") or base == "test_batch.bin":
            batches[base] = opened()
    if not names:
        raise WrongFile(f"{files[0]} has no batches.meta.txt: it is not CIFAR-10's binary version")
    with reading(files[0]):
        for folder, parts in ((train, "data_batch_"), (test, "test_batch")):
            records = b"".join(batches[base] for base in sorted(batches) if base.startswith(parts))
            if len(records) % RECORD:
                raise ValueError("a record is cut short")
            for index, start in enumerate(range(0, len(records), RECORD)):
                picture = png(channels_last(records[start + 1 : start + RECORD]))
                write(folder, f"{names[records[start]]}/{index:05}.png", picture)


def channels_last(planes):
    """Converts 3 planes of 32×32 bytes to 32×32 pixels."""
    red, green, blue = planes[:1024], planes[1024:2048], planes[2048:]
    pixels = bytearray(3072)
    pixels[0::3], pixels[1::3], pixels[2::3] = red, green, blue
    return bytes(pixels)


def png(pixels):
    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("RGB", (32, 32), pixels).save(file, "PNG")
    return file.getvalue()


def matlab(file):
    from scipy.io import loadmat

    return loadmat(file, squeeze_me=True)


def svhn(files, folders, entry):
    """Writes `X`, uint8 [32, 32, 3, N], as PNGs."""
    with reading(files[0]):
        pictures = matlab(files[0])["X"]
        if pictures.shape[:3] != (32, 32, 3) or pictures.ndim != 4 or pictures.dtype != "uint8":
            raise ValueError(f"X is {pictures.dtype} of {list(pictures.shape)} in place of uint8 [32, 32, 3, N]")
        for index in range(pictures.shape[3]):
            write(folders[0], f"{index:05}.png", png(pictures[..., index].tobytes()))


def imagenet_train(files, folders, entry):
    """A tar that contains a tar for each class, n01440764.tar."""
    with reading(files[0]), tarfile.open(files[0]) as archive:
        for member in archive:
            if not member.isfile():
                continue
            with tarfile.open(fileobj=archive.extractfile(member)) as inner:
                for image in inner:
                    if image.isfile():
                        picture = content(inner.extractfile, image, image.size, files[0])
                        write(folders[0], f"{safe(member.name).stem}/{image.name}", picture)


def imagenet_val(files, folders, entry):
    """The validation images in folders by WordNet id, according to the ground truth of the development kit."""
    pictures, kit = files
    truth = validation_truth(kit)
    for name, opened in tar_files(pictures):
        # ILSVRC2012_val_00000001.JPEG corresponds to the first line of the ground truth.
        number = safe(name).stem.rsplit("_", 1)[-1]
        if not number.isdigit() or not 1 <= int(number) <= len(truth):
            raise WrongFile(f"{pictures} has a file {name}, and {kit} has no class for it: download both again")
        write(folders[0], f"{truth[int(number) - 1]}/{name}", opened())


def validation_truth(kit):
    """The WordNet ids of the validation images, in their order."""
    wanted = {}
    for path, opened in tar_files(kit):
        if path.endswith(("/meta.mat", "/ILSVRC2012_validation_ground_truth.txt")):
            wanted[path.rsplit("/", 1)[-1]] = opened()
    if len(wanted) < 2:
        raise WrongFile(f"{kit} has no meta.mat or no ground truth: it is not ImageNet's development kit")
    with reading(kit):
        synsets = matlab(io.BytesIO(wanted["meta.mat"]))["synsets"]
        wordnet = {int(synset["ILSVRC2012_ID"]): str(synset["WNID"]) for synset in synsets}
        return [wordnet[int(line)] for line in wanted["ILSVRC2012_validation_ground_truth.txt"].split()]


LAYOUTS = {
    "tar": tar,
    "sample": sample,
    "zip": unzipped,
    "cifar": cifar,
    "svhn": svhn,
    "imagenet-train": imagenet_train,
    "imagenet-val": imagenet_val,
}
