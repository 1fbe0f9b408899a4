"""The rows of docs/performance.md: measurement, method and target."""

import dataclasses
import json
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from processes import Alternated, run
from workloads import WORK, extract

PEERS = Path(__file__).parent / "peers"
MIB = 1 << 20
#: The duration of each measurement of an engine alone.
SECONDS = 3


@dataclasses.dataclass
class Row:
    what: str
    target: str
    #: The number compared with the target, as text.
    measured: str
    #: The values that it was computed from.
    detail: str
    is_met: bool


class Bench:
    """The resources that all measurements share."""

    def __init__(self, oddity, workloads, times):
        self.oddity, self.times = oddity, times
        self.workloads = workloads
        self.small, self.large, _ = workloads
        for workload in workloads:
            workload.prepare(oddity)

    def command(self, *words):
        return [self.oddity, *words, "--quiet"]

    def peer(self, name, *words):
        return [sys.executable, PEERS / f"{name}.py", *words]

    def scored(self, workload):
        """Complete runs over all images with Oddity, PyTorch and ONNX Runtime, and the engines alone."""
        torch_task = workload.task(
            self.oddity, "torch", workload.images(workload.torch_images), batch=workload.torch_batch)  # fmt: skip
        ort_task = workload.task(self.oddity, "ort", batch=workload.batch)
        runs = Alternated({
            "oddity": self.command("score", workload.guarded, workload.images()),
            "torch": self.peer("torch_peer", "score", torch_task),
            "ort": self.peer("onnxruntime_peer", ort_task),
            **self.engines(workload),
        }, self.times)  # fmt: skip
        check_agreement(runs, ["torch", "ort"], {"torch": workload.torch_images})
        return runs

    def engines(self, workload):
        """Programs that print how many images per second an engine computes from prepared tensors."""
        ov = {n: workload.task(self.oddity, f"engine-{n}", batch=workload.batch, streams=n, seconds=SECONDS) for n in (1, 2)}
        torch = workload.task(self.oddity, "torch-engine", batch=workload.torch_batch, seconds=SECONDS)
        return {
            **{f"openvino-{n}": self.peer("engine_peer", "throughput", task) for n, task in ov.items()},
            "torch-engine": self.peer("torch_peer", "engine", torch),
        }


def engine_rate(runs, name):
    return statistics.median(json.loads(run.output)["images_per_second"] for run in runs.runs[name])


def check_agreement(runs, peers, counts={}):
    """Checks that all programs computed the same scores, apart from decoders that differ by a grey level in some pixels. `counts`
    contains peers that had only the first images."""
    scores = {name: [json.loads(line)["score"] for line in runs.output(name).splitlines()] for name in ["oddity", *peers]}
    ours = np.array(scores.pop("oddity"))
    for name, theirs in scores.items():
        expected = ours[: counts.get(name)]
        if len(theirs) != len(expected):
            raise SystemExit(f"{name} has {len(theirs)} scores, not {len(expected)}")
        difference = np.abs(np.array(theirs) - expected)
        if np.median(difference) > 1e-2 * ours.std():
            raise SystemExit(f"{name} scores unlike oddity: by {np.median(difference)} of a deviation of {ours.std()}")


def guarded_cost(bench):
    targets = {"1": 0.97, "16": 0.98, "64": 0.98}
    for workload in bench.workloads:
        task = workload.task(bench.oddity, "cost", seconds=SECONDS)
        times = json.loads(run(bench.peer("engine_peer", "cost", task)).output)
        for batch, target in targets.items():
            plain, guarded = (np.array(times[batch][name]) for name in ("plain", "guarded"))
            # The ratio is computed for each round, because other load on the machine changes more slowly.
            ratio = np.median(plain / guarded)
            yield Row(
                f"guarded (FeatureNorm) against plain model, batch {batch}: {workload.title}", f"≥ {target}", f"{ratio:.3f}",
                f"{1e3 * np.median(plain):.2f} → {1e3 * np.median(guarded):.2f} ms a batch", ratio >= target)  # fmt: skip


def default_score(bench):
    """The cost of the default score, which `auto` chooses, compared with FeatureNorm."""
    for workload in (bench.small, bench.large):
        chosen = dataclasses.replace(workload, score="auto")
        chosen.prepare(bench.oddity)
        task = chosen.task(bench.oddity, "default-cost", seconds=SECONDS)
        times = json.loads(run(bench.peer("engine_peer", "cost", task)).output)["16"]
        plain, guarded = (np.array(times[name]) for name in ("plain", "guarded"))
        ratio = np.median(plain / guarded)
        yield Row(
            f"guarded (the default score) against plain model, batch 16: {workload.title}", "≥ 0.9", f"{ratio:.3f}",
            f"{1e3 * np.median(plain):.2f} → {1e3 * np.median(guarded):.2f} ms a batch", ratio >= 0.9)  # fmt: skip
        runs = Alternated({w.score: w.fit(bench.oddity) for w in (chosen, workload)}, 2)
        ours, paper = runs.seconds(chosen.score), runs.seconds(workload.score)
        yield Row(
            f"`fit` by default against `--score featurenorm`, time: {workload.title}", "≤ 2.2", f"{ours / paper:.2f}",
            f"{ours:.1f} and {paper:.1f} s", ours / paper <= 2.2)  # fmt: skip


def end_to_end(bench):
    for workload in bench.workloads:
        runs = bench.scored(workload)
        ours, torch, ort = (runs.rate(name) for name in ("oddity", "torch", "ort"))
        openvino = max(engine_rate(runs, "openvino-1"), engine_rate(runs, "openvino-2"))
        torch_engine = engine_rate(runs, "torch-engine")
        alone = openvino / torch_engine
        target = max(1.5, 1.05 * alone)
        yield Row(
            f"`score` against PyTorch, after start: {workload.title}", f"≥ {target:.2f}×", f"{ours / torch:.2f}×",
            f"{ours:.0f} against {torch:.0f} images/s; the engines alone {openvino:.0f} and {torch_engine:.0f}",
            ours / torch >= target)  # fmt: skip
        yield Row(
            f"`score` against ONNX Runtime, after start: {workload.title}", "≥ 1.1×", f"{ours / ort:.2f}×",
            f"{ours:.0f} against {ort:.0f} images/s", ours / ort >= 1.1)  # fmt: skip
        share = ours / openvino
        yield Row(
            f"`score` against the engine alone: {workload.title}", "≥ 0.9", f"{share:.2f}",
            f"{ours:.0f} of {openvino:.0f} images/s", share >= 0.9)  # fmt: skip


def with_start(bench):
    workload = bench.small
    images = workload.images(3000)
    task = workload.task(bench.oddity, "start", images, batch=workload.torch_batch)
    runs = Alternated({
        "oddity": bench.command("score", workload.guarded, images), "torch": bench.peer("torch_peer", "score", task),
    }, bench.times)  # fmt: skip
    ours, theirs = runs.seconds("oddity"), runs.seconds("torch")
    yield Row(
        "`score` of 3,000 images at 32×32 with start-up, against PyTorch", "≥ 2×", f"{theirs / ours:.2f}×",
        f"{ours:.2f} against {theirs:.2f} s", theirs / ours >= 2)  # fmt: skip


def pytorch_ood(bench):
    """pytorch-ood has Energy, but not FeatureNorm."""
    workload = dataclasses.replace(bench.small, score="energy")
    workload.prepare(bench.oddity)
    runs = Alternated({
        "oddity": bench.command("score", workload.guarded, workload.images()),
        "pytorch-ood": bench.peer(
            "pytorch_ood_peer", workload.task(bench.oddity, "pytorch-ood", batch=workload.torch_batch)),
    }, 2)  # fmt: skip
    check_agreement(runs, ["pytorch-ood"])
    ours, theirs = runs.rate("oddity"), runs.rate("pytorch-ood")
    yield Row(
        f"`score` with Energy against pytorch-ood, after start: {workload.title}", "≥ 1.5×", f"{ours / theirs:.2f}×",
        f"{ours:.0f} against {theirs:.0f} images/s", ours / theirs >= 1.5)  # fmt: skip


def fitting(bench):
    workload = bench.small
    images = workload.images()
    task = workload.task(bench.oddity, "fit", batch=workload.torch_batch)
    runs = Alternated({
        "oddity": bench.command("fit", workload.model, "--id", images, "--paper-split", "--score", "featurenorm",
                                "--preprocess", workload.preprocess_file, "-o", WORK / "fitted.onnx"),
        "torch": bench.peer("torch_peer", "fit", task),
    }, 2)  # fmt: skip
    ours, theirs = runs.seconds("oddity"), runs.seconds("torch")
    count = len(list(images.iterdir()))
    yield Row(
        f"`fit` on {count:,} images and their jigsaws, all blocks, against PyTorch with hooks", "≥ 2×",
        f"{theirs / ours:.2f}×", f"{ours:.1f} against {theirs:.1f} s", theirs / ours >= 2)  # fmt: skip
    yield memory_row("peak memory of this `fit`", runs, 1 / 4)


def memory_row(what, runs, target):
    ours, theirs = runs.peak("oddity"), runs.peak("torch")
    return Row(
        what, f"≤ {target:.2f}", f"{ours / theirs:.2f}", f"{ours / MIB:.0f} of {theirs / MIB:.0f} MiB",
        ours / theirs <= target)  # fmt: skip


def cold(bench):
    workload = bench.small
    images = workload.images(1)
    task = workload.task(bench.oddity, "cold", images, batch=1)
    runs = Alternated({
        "oddity": bench.command("score", workload.guarded, images), "torch": bench.peer("torch_peer", "score", task),
    }, 2 * bench.times + 1)  # fmt: skip
    ours, theirs = runs.seconds("oddity"), runs.seconds("torch")
    yield Row(
        "`score` of one image, cold, against PyTorch: time", "≤ 0.10", f"{ours / theirs:.3f}",
        f"{1e3 * ours:.0f} of {1e3 * theirs:.0f} ms", ours / theirs <= 0.1)  # fmt: skip
    yield memory_row("`score` of one image, cold, against PyTorch: peak memory", runs, 1 / 5)


def memory_growth(bench):
    workload = bench.small
    few, many = WORK / "cifar-1000", WORK / "cifar-50000"
    for folder, count in ((few, 1_000), (many, 50_000)):
        if not folder.exists():
            extract(workload.training, folder, count)
    commands = {
        "fit": lambda folder: bench.command("fit", workload.model, "--id", folder, "--score", "featurenorm",
                                            "--preprocess", workload.preprocess_file, "-o", WORK / "fitted.onnx"),
        "score": lambda folder: bench.command("score", workload.guarded, folder, "-o", WORK / "scores.jsonl"),
    }  # fmt: skip
    for name, command in commands.items():
        start = statistics.median(run(command(few)).peak for _ in range(5))
        end = run(command(many)).peak
        growth = end / start - 1
        yield Row(
            f"peak memory of `{name}` from 1,000 to 50,000 images grows by", "< 5 %", f"{100 * growth:.1f} %",
            f"{start / MIB:.0f} → {end / MIB:.0f} MiB", growth < 0.05)  # fmt: skip


def bf16(bench):
    what = "`score --precision bf16` against f32"
    tried = subprocess.run(
        [str(word) for word in bench.command("score", bench.small.guarded, bench.small.images(10), "--precision", "bf16")],
        capture_output=True, text=True)  # fmt: skip
    if tried.returncode != 0:
        yield Row(what, "a clear refusal", "refused", tried.stderr.strip(), bool(tried.stderr))
        return
    for workload in (bench.small, bench.large):
        runs = Alternated({
            name: bench.command("score", workload.guarded, workload.images(), "--precision", name) for name in ("f32", "bf16")
        }, bench.times)  # fmt: skip
        ratio = runs.rate("bf16") / runs.rate("f32")
        yield Row(f"{what}: {workload.title}", "≥ 1.5×", f"{ratio:.2f}×", f"{runs.rate('bf16'):.0f} against {runs.rate('f32'):.0f} images/s", ratio >= 1.5)  # fmt: skip
    aurocs = {name: strangers_auroc(bench, name) for name in ("f32", "bf16")}
    difference = abs(aurocs["f32"] - aurocs["bf16"])
    yield Row(
        "AUROC with bf16: CIFAR-10 against MNIST", "within 0.002", f"{difference:.4f}",
        f"{aurocs['f32']:.4f} and {aurocs['bf16']:.4f}", difference <= 0.002)  # fmt: skip


def strangers_auroc(bench, precision):
    known, strange = (
        [json.loads(line)["score"] for line in run(bench.command("score", bench.small.guarded, source, "--precision", precision)).output.splitlines()]
        for source in (bench.small.images(3000), bench.small.archive.parent / "cifar10/mnist.tar.gz")
    )  # fmt: skip
    return roc_auc_score([1] * len(known) + [0] * len(strange), known + strange)


def help_time(bench):
    seconds = statistics.median(run([bench.oddity, "--help"]).seconds for _ in range(21))
    yield Row("time to `--help`", "< 30 ms", f"{1e3 * seconds:.1f} ms", "median of 21 starts", seconds < 0.03)


MEASURES = [help_time, cold, with_start, guarded_cost, default_score, end_to_end, pytorch_ood, fitting, memory_growth, bf16]
