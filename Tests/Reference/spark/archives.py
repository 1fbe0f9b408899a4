"""The results of Examples/spark/score.py for an intact, a truncated and a damaged archive.

Usage: archives.py FOLDER    FOLDER is empty. Prints JSON: the number of images for each case, or the error
"""

import io
import json
import pathlib
import sys
import tarfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "Examples/spark"))

from score import images_of  # noqa: E402

IMAGES = 4
# A header and two blocks for each member.
SIZE = 3 * tarfile.BLOCKSIZE


def whole():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for number in range(IMAGES):
            member = tarfile.TarInfo(f"{number}.jpg")
            member.size = 2 * tarfile.BLOCKSIZE
            archive.addfile(member, io.BytesIO(bytes([number + 1]) * member.size))
    return content.getvalue()


def found(path, content):
    path.write_bytes(content)
    try:
        with tarfile.open(path) as archive:
            return len(images_of(archive))
    except tarfile.TarError as error:
        return str(error)


content = whole()
damaged = bytearray(content)
damaged[2 * SIZE + 10] ^= 0xFF
cases = {
    "whole": content, "unended": content[: IMAGES * SIZE], "in a header": content[: 2 * SIZE + 260],
    "in an image": content[: 3 * SIZE - 100], "a damaged header": bytes(damaged),
}  # fmt: skip
folder = pathlib.Path(sys.argv[1])
print(json.dumps({name: str(found(folder / f"{at}.tar", case)) for at, (name, case) in enumerate(cases.items())}))
