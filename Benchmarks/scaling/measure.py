"""Measures the cost of each stage of a large job on this machine.

Usage: measure.py ODDITY GUARDED MODEL IMAGES TRAINING    prints JSON

GUARDED scores the images of the folder IMAGES. MODEL is the classifier that it was made from, with TRAINING images for its fit.
Costs are core-seconds, so that they are those of a worker with one core, independently of idle cores. Costs per image are the
difference between a smaller and a larger number of images, so that they exclude the start-up. Each is the median of several
turns.
"""

import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "Examples/python"), str(ROOT / "Tests/Reference/spark")]

from cluster import Cluster  # noqa: E402
from score_guarded import GuardedModel, preprocess  # noqa: E402

TURNS = 3
FIT = ["--preprocess", "cifar", "--score", "featurenorm,knn", "--seed", "1", "--threads", "1", "--quiet"]


def seconds(*command):
    begun = time.monotonic()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun


def spent():
    """Core-seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def core_seconds(*command):
    begun = spent()
    seconds(*command)
    return spent() - begun


def median(measure):
    return statistics.median(measure() for _ in range(TURNS))


class Measuring:
    def __init__(self, oddity, guarded, model, images, training, folder):
        self.oddity, self.guarded, self.model, self.images, self.training, self.folder = oddity, guarded, model, images, training, folder
        self.files = sorted(str(path) for path in pathlib.Path(images).rglob("*.jpg"))

    def listed(self, name, files):
        path = self.folder / name
        path.write_text("".join(f"{file}\n" for file in files))
        return f"@{path}"

    def scorer(self, *arguments):
        return self.oddity, "score", self.guarded, *arguments, "--quiet"

    def score(self, *arguments):
        return core_seconds(*self.scorer(*arguments, "--threads", 1))

    def rate(self, few, many, images):
        """The cost of one additional image."""
        return median(lambda: (self.score(many) - self.score(few)) / images)

    def scoring(self):
        total = len(self.files)
        many, few = total * 2 // 5, total // 25
        image = self.rate(self.listed("few", self.files[:few]), self.listed("many", self.files[:many]), many - few)
        tensors = self.folder / "tensors.npy"
        spec = GuardedModel(self.guarded).facts["preprocessing"]
        values = np.stack([preprocess(Image.open(file), spec) for file in self.files[: many // 2]])
        np.save(tensors, values)
        np.save(self.folder / "few.npy", values[:few])
        network = self.rate(self.folder / "few.npy", tensors, many // 2 - few)
        start = median(lambda: self.score(self.files[0]))
        # A shard that contains no image.
        listing = median(lambda: (self.score(self.images, "--shard", "1/1000000") - self.score(self.files[0], "--shard", "1/2")) / total)
        size = sum(pathlib.Path(file).stat().st_size for file in self.files) / total
        return {"image": image, "network": network, "start": start, "listing": max(listing, 0), "image_bytes": size}

    def sharing(self):
        """Two processes with a shard and a thread each, compared with one process with two threads: the ratio of their
        throughput."""
        everything = self.listed("all", self.files)

        def together():
            shards = [
                subprocess.Popen(self.scorer(everything, "--shard", f"{k}/2", "--threads", "1"), stdout=subprocess.DEVNULL)
                for k in (1, 2)
            ]
            begun = time.monotonic()
            if any(shard.wait() for shard in shards):
                raise RuntimeError("a shard failed")
            return time.monotonic() - begun

        turns = [(seconds(*self.scorer(everything, "--threads", 2)), together()) for _ in range(TURNS)]
        return {"one_process": statistics.median(turn[0] for turn in turns), "two_shards": statistics.median(turn[1] for turn in turns),
                "ratio": statistics.median(turn[0] / turn[1] for turn in turns)}  # fmt: skip

    def fitting(self):
        sizes, times = (1_000, 3_000), {}
        parts = {size: [self.folder / f"{size}-{k}.state" for k in (1, 2)] for size in sizes}
        for size in sizes:
            for k, part in enumerate(parts[size], 1):
                times[size, k] = core_seconds(self.oddity, "fit", self.model, "--id", self.training, "--limit", size, "--shard", f"{k}/2",
                                              "--partial", part, *FIT)  # fmt: skip
        merged = {size: median(lambda size=size: seconds(self.oddity, "merge", "--model", self.model, *parts[size], "--output",
                                                         self.folder / "merged.onnx")) for size in sizes}  # fmt: skip
        images = sizes[1] - sizes[0]
        observe = sum(times[sizes[1], k] - times[sizes[0], k] for k in (1, 2)) / images
        part_bytes = [sum(part.stat().st_size for part in parts[size]) for size in sizes]
        return {"observe": observe, "merge": max(merged[sizes[1]] - merged[sizes[0]], 1e-9) / images, "merge_least": merged[sizes[0]],
                "part_bytes": (part_bytes[1] - part_bytes[0]) / images}  # fmt: skip

    def spark(self):
        """The cost of a job, and the cost of an empty task for the workers and for the driver, each in core-seconds."""
        few = self.folder / "few.txt"
        few.write_text("".join(f"{file}\n" for file in self.files[:8]))
        with Cluster() as cluster:

            def job(partitions):
                begun, busy = time.monotonic(), spent()
                output = self.folder / f"out-{partitions}"
                cluster.submit(ROOT / "Examples/spark/score.py", self.guarded, str(few), "--output", str(output),
                               "--partitions", str(partitions)).wait()  # fmt: skip
                return np.array([time.monotonic() - begun, spent() - busy])

            least = job(2)
            # Of the cluster's two cores, the driver's share is known, because it is the only process that ends.
            time_more, driver = (job(402) - least) / 400
            return {"job": least[0], "driver": max(driver, 1e-6), "worker": max(2 * time_more - driver, 0)}

    def cluster(self):
        """Compares the scores of both ways with those of `oddity score`, also after killing a worker halfway."""
        everything = self.folder / "everything"
        everything.write_text("".join(f"{file}\n" for file in self.files))
        script = ROOT / "Tests/Reference/spark/scoring.py"
        ways = "paths-pipe,paths-udf,paths-pipe-killed,paths-udf-killed"
        output = subprocess.check_output(
            [sys.executable, script, self.oddity, self.guarded, everything, "--partitions", "16", "--ways", ways]
        )
        return json.loads(output)


def main():
    oddity, *paths = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        measuring = Measuring(str(pathlib.Path(oddity).resolve()), *(str(pathlib.Path(path).resolve()) for path in paths), pathlib.Path(folder))
        result = {"images": len(measuring.files)}
        for stage in ("scoring", "sharing", "fitting", "spark", "cluster"):
            print(f"scaling: {stage}", file=sys.stderr)
            result[stage] = getattr(measuring, stage)()
    print(json.dumps(result))


main()
