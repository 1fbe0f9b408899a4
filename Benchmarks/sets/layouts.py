"""How downloaded files become folders of images: one function for each layout, which writes into a folder that is new."""

import io
import lzma
import random
import shutil
import tarfile
import zipfile
import zlib

from files import WrongFile, is_image, names_of_list, number_of_images, safe


def lay_out(entry, downloads, data):
    """Makes the folders of a set, each under another name until all are complete."""
    files = [downloads / file["name"] for file in entry["files"]]
    folders = {data / name: count for name, count in entry["folders"].items()}
    partial = {folder: folder.with_name(folder.name + ".partial") for folder in folders}
    discard(partial.values())
    try:
        for folder in partial.values():
            folder.mkdir(parents=True)
        LAYOUTS[entry["layout"]](files, list(partial.values()), entry)
        for folder, count in folders.items():
            check_folder(partial[folder], count, files[0])
            check_lists(partial[folder], folder, entry, data, files[0])
        for folder in folders:
            partial[folder].rename(folder)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        discard(partial.values())
        raise WrongFile(f"{files[0]} cannot be unpacked ({error}): download it again") from error
    except OSError as error:
        discard(partial.values())
        if error.filename is None and error.errno is None:
            raise WrongFile(f"{files[0]} cannot be unpacked ({error}): download it again") from error
        raise WrongFile(f"cannot write to {data} ({error.strerror}): make room or name another folder with --data") from error
    except BaseException:
        discard(partial.values())
        raise


def check_folder(folder, count, file):
    """Raises WrongFile where a new folder has not as many images as its set, or nothing at all."""
    found = number_of_images(folder)
    if count is not None and found != count:
        raise WrongFile(f"{found:,} images in place of {count:,}: {file} is another set or is incomplete")
    if count is None and not any(folder.iterdir()):
        raise WrongFile(f"{file} is empty")


def check_lists(new, folder, entry, data, file):
    """Raises WrongFile where a new folder lacks images that OpenOOD's lists name in it; lists that are not there are not asked."""
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
            raise WrongFile(f"{file} lacks {what}: download it again")


# OpenOOD's folders of images.
KINDS = ("images_classic", "images_largescale")


def discard(folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def write(folder, name, content):
    path = folder / safe(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def tar_images(path, inside):
    """The members of a tar that are images below `inside`, in the tar's order, with the open tar."""
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.removeprefix("./").startswith(inside) and is_image(member.name):
                yield archive, member


def short(member, inside):
    return member.name.removeprefix("./").removeprefix(inside)


def tar(files, folders, entry):
    """All images of a tar, without the folder that they stand in there."""
    for archive, member in tar_images(files[0], entry["inside"]):
        write(folders[0], short(member, entry["inside"]), archive.extractfile(member).read())


def sample(files, folders, entry):
    """As many images as the set needs, drawn by their sorted names with seed 1."""
    (count,) = entry["folders"].values()
    names = sorted(member.name for _, member in tar_images(files[0], entry["inside"]))
    if len(names) < count:
        raise WrongFile(f"{files[0]} has {len(names):,} images, and {count:,} are needed")
    chosen = set(random.Random(1).sample(names, count))
    for archive, member in tar_images(files[0], entry["inside"]):
        if member.name in chosen:
            write(folders[0], short(member, entry["inside"]), archive.extractfile(member).read())


def unzipped(files, folders, entry):
    """A zip whose entries stand below `inside`, where it is given."""
    inside = entry.get("inside", "")
    with zipfile.ZipFile(files[0]) as archive:
        for name in archive.namelist():
            if not name.endswith("/") and name.startswith(inside) and not name.startswith("__MACOSX/"):
                write(folders[0], name.removeprefix(inside), archive.read(name))


def cifar(files, folders, entry):
    """CIFAR-10's binary version as PNGs in class folders: records of a class and 3×32×32 bytes."""
    train, test = folders
    records = {train: b"", test: b""}
    names = []
    with tarfile.open(files[0]) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            base = member.name.rsplit("/", 1)[-1]
            if base == "batches.meta.txt":
                names = archive.extractfile(member).read().decode().split()
            elif base.startswith("data_batch_") or base == "test_batch.bin":
                records[test if base.startswith("test") else train] += archive.extractfile(member).read()
    if not names:
        raise WrongFile(f"{files[0]} has no batches.meta.txt: it is not CIFAR-10's binary version")
    for folder, content in records.items():
        for index, start in enumerate(range(0, len(content), 3073)):
            picture = png(channels_last(content[start + 1 : start + 3073]))
            write(folder, f"{names[content[start]]}/{index:05}.png", picture)


def channels_last(planes):
    """3 planes of 32×32 bytes as 32×32 pixels."""
    red, green, blue = planes[:1024], planes[1024:2048], planes[2048:]
    pixels = bytearray(3072)
    pixels[0::3], pixels[1::3], pixels[2::3] = red, green, blue
    return bytes(pixels)


def png(pixels):
    try:
        from PIL import Image
    except ImportError as error:
        raise SystemExit("this set needs Pillow: pip install pillow") from error
    file = io.BytesIO()
    Image.frombytes("RGB", (32, 32), pixels).save(file, "PNG")
    return file.getvalue()


def matlab(path):
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise SystemExit("this set needs SciPy: pip install scipy") from error
    return loadmat(path, squeeze_me=True)


def svhn(files, folders, entry):
    """`X` [32, 32, 3, N] as PNGs."""
    pictures = matlab(files[0])["X"]
    for index in range(pictures.shape[3]):
        write(folders[0], f"{index:05}.png", png(pictures[..., index].tobytes()))


def imagenet_train(files, folders, entry):
    """A tar of a tar for each class, n01440764.tar."""
    with tarfile.open(files[0]) as archive:
        for member in archive:
            with tarfile.open(fileobj=archive.extractfile(member)) as inner:
                for image in inner:
                    if image.isfile():
                        write(folders[0], f"{safe(member.name).stem}/{image.name}", inner.extractfile(image).read())


def imagenet_val(files, folders, entry):
    """The validation images in folders by WordNet id, by the ground truth of the development kit."""
    pictures, kit = files
    truth = validation_truth(kit)
    with tarfile.open(pictures) as archive:
        for member in archive:
            if member.isfile():
                # ILSVRC2012_val_00000001.JPEG is the first line of the ground truth.
                number = int(safe(member.name).stem.rsplit("_", 1)[-1])
                write(folders[0], f"{truth[number - 1]}/{member.name}", archive.extractfile(member).read())


def validation_truth(kit):
    """The WordNet id of each validation image, in their order."""
    with tarfile.open(kit) as archive:
        members = {member.name.rsplit("/", 1)[-1]: member for member in archive.getmembers()}
        try:
            meta = archive.extractfile(members["meta.mat"]).read()
            truth = archive.extractfile(members["ILSVRC2012_validation_ground_truth.txt"]).read()
        except KeyError as error:
            raise WrongFile(f"{kit} has no {error}: it is not ImageNet's development kit") from error
    synsets = matlab(io.BytesIO(meta))["synsets"]
    wordnet = {int(synset["ILSVRC2012_ID"]): str(synset["WNID"]) for synset in synsets}
    return [wordnet[int(line)] for line in truth.split()]


LAYOUTS = {
    "tar": tar,
    "sample": sample,
    "zip": unzipped,
    "cifar": cifar,
    "svhn": svhn,
    "imagenet-train": imagenet_train,
    "imagenet-val": imagenet_val,
}
