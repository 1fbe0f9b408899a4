"""Runs the commands in the documents, in a folder with files of the same names.

Usage: document_commands.py ODDITY IMAGES CLASSIFIER

IMAGES is a folder that command_images.py has made. Prints a JSON list of the commands: document, command,
exit status and messages. Also prints every flag in the documents that no command has.
"""

import copy
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

import numpy as np
import onnx

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Flags of other programs in the documents.
OF_OTHERS = {
    "--data-binary", "--upgrade", "--disable-xctest", "--filter", "--nv", "--no-deps", "--gpus", "--master", "--conf", "--py-files",
    "--archives", "--packages", "--net", "--volume", "--model-repository", "--strict-readiness", "--no-index", "--find-links",
    "--saved-model", "--minutes", "--count", "--again", "--case", "--log", "--scratch-path", "--all", "--in-place", "--recursive", "--only",
    "--onnxruntime-gpu", "--python", "--with", "--as", "--by", "--content", "--name", "--oddity", "--partitions", "--shards",
}  # fmt: skip


def documents():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split() if not name.startswith(("Training/", "Tests/", "Demo/"))]


def blocks(text):
    """The content of code fences without a language or with that of a shell."""
    return re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text):
    """The commands of one document, in their order: a list of lines without their output."""
    found = []
    for block in blocks(text):
        lines = block.replace("\\\n", " ").splitlines()
        prompted = any(line.startswith("$ ") for line in lines)
        for line in lines:
            if prompted and not line.startswith("$ "):
                continue
            line = re.sub(r"\s+#\s.*", "", line.removeprefix("$ ")).strip()
            if re.match(r"(oddity|curl) ", line):
                found.append(re.sub(r"\s+", " ", line))
    return found


def shrink(model):
    """Lets a network take any size, of which it sees a seventh: presets such as imagenet have large images."""
    image = model.graph.input[0]
    for place, side in ((2, "height"), (3, "width")):
        image.type.tensor_type.shape.dim[place].dim_param = side
    for node in model.graph.node:
        node.input[:] = ["shrunk" if name == image.name else name for name in node.input]
    sides = {"kernel_shape": [7, 7], "strides": [7, 7]}
    model.graph.node.insert(0, onnx.helper.make_node("AveragePool", [image.name], ["shrunk"], name="shrink", **sides))


class Folder:
    """A folder with the files and the command under the names that the documents use."""

    def __init__(self, oddity, images, classifier):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="oddity-documents-"))
        (self.path / "bin").mkdir()
        (self.path / "bin" / "oddity").symlink_to(oddity)
        self.images, self.classifier = pathlib.Path(images), classifier
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def copy(self, source, name, most):
        """Some images of a folder, from all its parts."""
        files = sorted(path for path in (self.images / source).rglob("*") if path.is_file() and path.name != "bad.jpg")
        for place in sorted({place * len(files) // most for place in range(most)}):
            file = files[place]
            target = self.path / name / file.relative_to(self.images / source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)

    def fill(self):
        # As few images as possible. A diagnosis needs 40 for the calibration and 16 others.
        for name, source, most in (
            ("train", "id", 24), ("held-out", "cal", 44), ("test", "new", 24), ("photos", "id", 20), ("new-images", "new", 8),
            ("dtd", "odd", 8), ("sun", "odd", 8),
        ):  # fmt: skip
            self.copy(source, name, most)
        (self.path / "labels.txt").symlink_to(self.images / "names.txt")
        with tarfile.open(self.path / "dtd.tar", "w") as tar:
            tar.add(self.path / "dtd", "dtd")
        (self.path / "Demo").symlink_to(ROOT / "Demo")
        (self.path / ".demo").mkdir()
        for entry in (ROOT / ".demo").iterdir():
            if entry.suffix != ".onnx":
                (self.path / ".demo" / entry.name).symlink_to(entry)
        picture = next(path for path in sorted((self.images / "new").rglob("*")) if path.suffix in (".png", ".jpg"))
        for name in ("photo.jpg", "trouser.png"):
            (self.path / name).symlink_to(picture)
        model = onnx.load(self.classifier)
        onnx.save(model, self.path / "resnet18.onnx")
        shrink(model)
        for name in ("classifier.onnx", "model.onnx"):
            onnx.save(model, self.path / name)
        fit = "oddity fit model.onnx --id train/ --calibration held-out/ --preprocess imagenet"
        for command in (
            f"{fit} --score featurenorm,energy -o guarded.onnx", "cp guarded.onnx fashion.onnx",
            f"{fit} --score featurenorm --shard 1/2 --partial 1.state", f"{fit} --score featurenorm --shard 2/2 --partial 2.state",
        ):  # fmt: skip
            done = self.run(command)
            assert done.returncode == 0, done.stderr
        np.save(self.path / "batch.npy", np.random.default_rng(0).normal(size=(20, 3, 224, 224)).astype(np.float32))
        return self

    def copied(self):
        """A folder with the same files, to which a document's commands may write."""
        other = copy.copy(self)
        other.path = pathlib.Path(tempfile.mkdtemp(prefix="oddity-document-"))
        shutil.copytree(self.path, other.path, symlinks=True, dirs_exist_ok=True)
        return other

    def run(self, command):
        return subprocess.run(
            ["bash", "-c", command], cwd=self.path, env=self.environment, capture_output=True, text=True, check=False
        )

    @property
    def environment(self):
        return {**os.environ, "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}"}

    def serve(self, command):
        """A server that is ready, on a separate port."""
        words = f"exec {command.removesuffix('&').strip()} --port {self.port}"
        server = subprocess.Popen(["bash", "-c", words], cwd=self.path, env=self.environment, stderr=subprocess.PIPE, text=True)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v2/health/ready").close()
                break
            except OSError:
                if server.poll() is not None:
                    break
                time.sleep(0.1)
        return server


def run_all(name, listed, folder):
    server, serving = None, ""
    for command in listed:
        if command.startswith("oddity serve"):
            server, serving = folder.serve(command), command
        elif command.startswith("curl"):
            words = command.replace("localhost:8080", f"127.0.0.1:{folder.port}")
            done = folder.run(words.replace("curl ", "curl --silent --show-error --fail-with-body ", 1))
            yield {"document": name, "command": command, "status": done.returncode, "messages": done.stderr + done.stdout}
        else:
            # The demo has many images.
            done = folder.run(command.replace("--limit 6000", "--limit 300"))
            yield {"document": name, "command": command, "status": done.returncode, "messages": done.stderr}
    if server:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
        yield {"document": name, "command": serving, "status": server.returncode, "messages": said}


def known_flags(oddity):
    """The flags of all commands, from their help."""
    told = subprocess.run([oddity, "--help"], check=True, capture_output=True, text=True).stdout
    names = re.findall(r"^  ([a-z]+)  ", told.split("SUBCOMMANDS:")[1], re.MULTILINE)
    helps = [told] + [
        subprocess.run([oddity, name, "--help"], check=True, capture_output=True, text=True).stdout for name in names
    ]
    return {flag for text in helps for flag in re.findall(r"--[a-z][a-z-]*", text)}


def strange_flags(text, known):
    """Texts between backticks that look like a flag of Oddity."""
    codes = re.findall(r"`([^`\n]+)`", text) + [command for command in commands(text) if command.startswith("oddity")]
    found = {flag for code in codes for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", code)}
    return sorted(found - known - OF_OTHERS)


def main(oddity, images, classifier):
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in documents()}
    known = known_flags(oddity)
    flags = {name: strange for name, text in texts.items() if (strange := strange_flags(text, known))}
    runs = []
    made = Folder(oddity, images, classifier).fill()
    for name, text in texts.items():
        if listed := commands(text):
            folder = made.copied()
            runs += run_all(name, listed, folder)
            shutil.rmtree(folder.path)
    shutil.rmtree(made.path)
    print(json.dumps({"runs": runs, "flags": flags}))


main(*sys.argv[1:])
