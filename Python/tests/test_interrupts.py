"""Ctrl-C ends a call at once. No temporary files remain, and the next call works."""

from __future__ import annotations

from pathlib import Path

import pytest
from core_data import NETWORKS, command, python

CODE = """
import os, signal, sys, tempfile, threading, time
import numpy, oddity
# A shell that starts the tests in the background has them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
tempfile.tempdir, model, work = sys.argv[1:]
images = numpy.random.default_rng(0).integers(0, 256, (12_000, 28, 28)).astype(numpy.uint8)
small = images[:120]
fit = oddity.fit(model, id=small, score="energy", block=0)
detector = oddity.Detector(fit.guarded)
calls = {
    "fit": lambda: oddity.fit(model, id=images, calibration=images, progress=False),
    "evaluate": lambda: detector.evaluate(id=images, ood={"same": images}),
    "tensors": lambda: detector.arrays((images[:, None] / 255).astype(numpy.float32)),
}
before = sorted(os.listdir(tempfile.tempdir))
sent = []
def interrupt():
    time.sleep(0.35)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    calls[work]()
    print("finished")
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - sent[0])
print(sorted(os.listdir(tempfile.tempdir)) == before)
oddity.fit(model, id=small, score="energy", block=0)
print(len(detector.arrays(small).scores))
"""


@pytest.mark.parametrize("work", ["fit", "evaluate", "tensors"])
def test_ctrl_c(work: str, tmp_path: Path) -> None:
    done = python(CODE, tmp_path, NETWORKS / "resnet18.onnx", work)
    assert done.stderr == ""
    first, clean, count = done.stdout.splitlines()
    assert first.startswith("interrupted ") and float(first.split()[1]) < 3
    assert (clean, count) == ("True", "120")
    # The process left no files either.
    assert not list(tmp_path.iterdir())


def test_another_signal_that_raises(tmp_path: Path) -> None:
    code = CODE.replace("signal.SIGINT)", "signal.SIGTERM)").replace(
        "import numpy, oddity\n",
        "import numpy, oddity; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n",
    )
    done = python(code, tmp_path, NETWORKS / "resnet18.onnx", "fit")
    assert done.returncode == 7, done.stderr
    assert not list(tmp_path.iterdir())


def test_the_command_ends_by_ctrl_c(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys
    import time

    import numpy

    images = numpy.random.default_rng(0).integers(0, 256, (12_000, 28, 28)).astype(numpy.uint8)
    numpy.save(tmp_path / "images.npy", images)
    output = tmp_path / "guarded.onnx"
    arguments = ["fit", NETWORKS / "resnet18.onnx", "--id", tmp_path / "images.npy", "-o", output]
    process = subprocess.Popen(
        [sys.executable, "-m", "oddity", *map(str, arguments)],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode in (130, -signal.SIGINT), said
    assert b"Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images.npy"]


def test_the_status_of_the_command(tmp_path: Path) -> None:
    assert command("scores").returncode == 0
    assert command("scores", "nothing").returncode == 2
    assert command("inspect", tmp_path / "nowhere.onnx").returncode == 65
