"""Writes docs/scaling.md.

Usage: page.py MEASURED.json > docs/scaling.md
"""

import json
import os
import pathlib
import platform
import sys

import simulate

TASK_IMAGES = 50_000
# An image of ImageNet's size has 110 kB, and EfficientNet-Lite0 takes about 16 ms of a core for it (performance.md).
LARGE = {"image": 0.016, "image_bytes": 110_000}


def table(header, rows):
    """Right-aligns columns, except the first one and those that contain words."""
    lines = [header, ["---:" if at and not isinstance(rows[0][at], Words) else "---" for at in range(len(header))], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


class Words(str):
    """A cell that contains words instead of a number."""


def duration(seconds):
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def stages(measured):
    scoring, fitting = measured["scoring"], measured["fitting"]
    # The cost of two cores.
    udf = 2 * (measured["cluster"]["ways"]["paths-udf"]["seconds"] - measured["spark"]["job"]) / measured["images"]
    decode = max(scoring["image"] - scoring["network"], 0)
    cores = 1_000_000 / 3_600
    rows = [
        ("listing a folder", scoring["listing"], "reading the names from the file system; every machine lists all files"),
        ("reading, decoding, resampling", decode, "the core; overlaps with the network only if cores are free"),
        ("the network with its guard, and the line of output", scoring["network"], "the core's arithmetic"),
        ("`oddity score`, all of it", scoring["image"], "the sum"),
        ("the [UDF](spark.md#two-ways) on Spark, all of it", udf, "the core: ONNX Runtime, Pillow, Python"),
        ("`fit --partial`: images and their jigsaws", fitting["observe"], "the core's arithmetic"),
        ("`merge`", fitting["merge"], "one machine: its disk and memory"),
    ]
    return table(["stage", "core-hours for a million images", "bound by"], [(name, f"{cost * cores:.4f}", Words(why)) for name, cost, why in rows])


def runs(header, first, rows):
    """Simulated jobs: their own columns, followed by their results."""
    return table(
        [*header, "time", "efficiency", "largest loss"],
        [(*first(row), duration(row["seconds"]), f"{row['efficiency']:.2f}", Words(f"{row['bound']} ({100 * row['bound_share']:.0f} %)"))
         for row in rows],
    )  # fmt: skip


def workers(rows):
    return runs(["workers", "speed-up"], lambda row: (f"{row['workers']:,}", f"{row['speedup']:,.1f}"), rows)


def sizes(rows):
    return runs(["images in a task", "tasks"], lambda row: (f"{row['task_images']:,}", f"{row['tasks']:,}"), rows)


def cluster(ways):
    names = {"paths-pipe": "pipe", "paths-udf": "UDF", "paths-pipe-killed": "pipe, a worker killed halfway",
             "paths-udf-killed": "UDF, a worker killed halfway"}  # fmt: skip
    rows = [
        (names[key], f"{way['rows']:,}", way["missing"], way["rows"] - way["distinct"], f"{way['largest']:.1e}", way["differ"], way["repeated"],
         f"{way['seconds']:.0f} s" + ("" if way["killed"] or not key.endswith("killed") else " (not killed)"))
        for key, way in ways.items()
    ]  # fmt: skip
    return table(["way", "rows", "missing", "duplicated", "largest difference of scores", "different verdicts", "tasks started again", "time"], rows)


def fits(merging):
    return table(
        ["workers", "time", "speed-up"],
        [(f"{row['workers']:,}", duration(row["seconds"]), f"{row['speedup']:,.1f}") for row in merging["rows"]],
    )


def limits(kind, assumed):
    """The number of workers above which the store, or the driver, is the limit."""
    store = assumed.store / (kind["image_bytes"] / kind["image"])
    driver = (kind["start"] + TASK_IMAGES * kind["image"]) / kind["dispatch"]
    return store, driver


def main():
    measured = json.loads(pathlib.Path(sys.argv[1]).read_text())
    scoring, fitting, spark, sharing = (measured[stage] for stage in ("scoring", "fitting", "spark", "sharing"))
    task = scoring["start"] + spark["worker"]
    small = {"start": task, "image": scoring["image"], "dispatch": spark["driver"], "image_bytes": scoring["image_bytes"]}
    kinds = {"small": small, "large": small | LARGE}
    found = simulate.tables({"task_images": TASK_IMAGES, "kinds": kinds})
    assumed = simulate.Assumed()
    store, driver = limits(kinds["large"], assumed)
    store_small, driver_small = limits(kinds["small"], assumed)
    merging = simulate.merging(fitting["observe"], fitting["merge"])
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    print(f"""# Many machines: what it costs, and where it stops

`make scaling` (Benchmarks/scaling) writes this page. [spark.md](spark.md) and
[commands.md](commands.md#many-machines) explain how to use many machines. The numbers were measured on
{os.cpu_count()} cores of {processor}, with a guarded ResNet-18 of half width and {measured['images']:,} CIFAR-10
JPEGs of {scoring['image_bytes'] / 1000:.1f} kB. With another network, only the rows in which the network runs change.

## A million images

{stages(measured)}

Starting takes time too. A process of `oddity score` needs {scoring['start']:.2f} s of a core to start, and a Spark
job needs {spark['job']:.0f} s. Each further task costs a worker {1000 * spark['worker']:.0f} ms of a core, and the
driver {1000 * spark['driver']:.0f} ms. A part of a fit takes {fitting['part_bytes'] / 1000:.2f} kB per image
(with the scores FeatureNorm and KNN, and with jigsaws). The smallest merge takes {fitting['merge_least']:.1f} s.

Two processes of `oddity score` with `--shard` and one thread each are {sharing['ratio']:.2f} times as fast as one
process with two threads ({sharing['two_shards']:.1f} s against {sharing['one_process']:.1f} s for
{measured['images']:,} images; the target is at least 0.95).

## On a cluster

We ran a Spark standalone cluster on the loopback interface, with one master and two workers of one core each, on all
{measured['images']:,} images. *Pipe* and *UDF* are the [two ways](spark.md#two-ways) to score images on Spark. The table
compares their results with those of `oddity score` on the same images. Differences are relative to the
score, or to 1 if the score is smaller.

{cluster(measured['cluster']['ways'])}

## A billion images, simulated

`Benchmarks/scaling/simulate.py` simulates a job task by task with the times above. A driver hands out tasks of
{TASK_IMAGES:,} images to workers of one core, and each task runs in a process of its own. The following is assumed
and not measured:

- The times of tasks vary by {100 * assumed.spread:.0f} %.
- {100 * assumed.slow_workers:.0f} % of the workers are {assumed.slowness:.0f} times slower than the others.
- One task in {1 / assumed.hiccups:,.0f} takes {assumed.hiccup:.0f} times as long.
- Each worker is lost every {1 / assumed.losses / 86_400:.0f} days on average.
- All workers read from one store of {assumed.store / 1e9:.0f} GB/s.
- A task that takes {assumed.speculation} times the usual time is started again on another worker
  (`spark.speculation`).

The tables show the median of {simulate.SEEDS} runs. *Efficiency* is the share of the workers' time that goes into images.
*Largest loss* is what most of the other time goes into.

### Small images: {scoring['image_bytes'] / 1000:.1f} kB, {1000 * scoring['image']:.1f} ms of a core each

{workers(found['small']['workers'])}

A thousand workers, by the size of tasks:

{sizes(found['small']['sizes'])}

### Large images: {LARGE['image_bytes'] // 1000} kB, {1000 * LARGE['image']:.0f} ms of a core each

{workers(found['large']['workers'])}

A thousand workers, by the size of tasks:

{sizes(found['large']['sizes'])}

### Where it stops

- **The end of the job** is the first limit. With a thousand workers, each one has only twenty tasks of
  {TASK_IMAGES:,} images, and the job waits for the last tasks on slow workers. Smaller tasks help until their
  start-up time matters: a task needs {task:.2f} s to start, which is 1 % of the time for
  {100 * task / scoring['image']:,.0f} small images.
- **The store** is the next limit. {assumed.store / 1e9:.0f} GB/s feed {store:,.0f} cores with large images, or
  {store_small:,.0f} cores with small ones. Further cores wait. Then you have to store images close to the cores that
  read them (a store for each rack), or make them smaller.
- **The driver** hands out {1 / spark['driver']:,.0f} tasks per second on this machine. That is enough for
  {driver_small:,.0f} cores with small images and tasks of this size.
- **A fit** ends with a serial step, `merge`. For {merging['images']:,} images the times are:

{fits(merging)}

  However many workers you have, a fit is at most {merging['limit']:,.0f} times as fast as with one worker. A detector
  gains little from more than a few hundred thousand images, so use `--limit`.""")


main()
