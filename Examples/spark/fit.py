"""Fits a detector on an Apache Spark cluster. Every task observes a share of the images, and the driver
merges the parts.

usage: spark-submit fit.py MODEL.onnx --id SOURCE… --output GUARDED.onnx [--calibration SOURCE…] [--shards N]
[-- FIT FLAGS…]
needs: pip install pyspark; oddity on the workers and on the driver

The model and the sources (folders, archives, arrays: see `oddity fit --help`) must have the same paths on
every worker. The words after `--` are passed to `oddity fit` unchanged, such as `-- --preprocess imagenet
--seed 1`. The result equals that of a single machine.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile


def arguments():
    """The script's own flags, and the flags of `oddity fit`."""
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    own, flags = words[:end], words[end + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--id", nargs="+", required=True, metavar="SOURCE")
    parser.add_argument("--calibration", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--output", required=True)
    parser.add_argument("--shards", type=int, help="pieces of work (default: two for each core)")
    parser.add_argument("--oddity", default="oddity", help="the command, on every machine")
    parser.add_argument("--threads", type=int, default=1, help="threads of a task: spark.task.cpus (default: 1)")
    options, unknown = parser.parse_known_args(own)
    if unknown:
        parser.error(f"{unknown[0]} is none of this script's own: flags of 'oddity fit' follow '--'")
    return options, flags


try:
    from pyspark import StorageLevel
    from pyspark.sql import SparkSession
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    arguments()  # --help needs no package.
    sys.exit(f"fit.py: the Python package {error.name} is missing: pip install pyspark")


def part(number, count, oddity, model, arguments, threads):
    """The content of a part of the fit, with the command's messages."""
    with tempfile.TemporaryDirectory(prefix="oddity-fit-") as folder:
        path = pathlib.Path(folder, "part.state")
        command = [oddity, "fit", model, *arguments, "--shard", f"{number}/{count}", "--partial", str(path),
                   "--threads", str(threads), "--quiet"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        # Status 1 means that an image failed, which the messages report. The other images are used.
        if done.returncode not in (0, 1):
            raise RuntimeError(f"oddity fit ended with {done.returncode}: {done.stderr[-2000:]}")
        return number, path.read_bytes(), done.stderr


def fit(spark, model, output, arguments, *, shards=None, oddity="oddity", threads=1):
    """Writes the guarded model, and returns the messages of `oddity merge`.

    `arguments` are those of `oddity fit` that name images and set options of the fit.
    """
    if not pathlib.Path(output).absolute().parent.is_dir():
        raise NotADirectoryError(f"the folder of {output} is not there")
    context = spark.sparkContext
    count = shards or 2 * context.defaultParallelism
    parts = context.parallelize(range(1, count + 1), count).map(lambda number: part(number, count, oddity, model, arguments, threads))
    # All parts are computed at once and stay on their workers. Then the driver gets them one at a time.
    parts.persist(StorageLevel.DISK_ONLY).count()
    with tempfile.TemporaryDirectory(prefix="oddity-merge-") as folder:
        paths, said = [], []
        for number, content, messages in parts.toLocalIterator():
            paths.append(pathlib.Path(folder, f"{number}.state"))
            paths[-1].write_bytes(content)
            said += [line for line in messages.splitlines() if line not in said]
        parts.unpersist()
        print(*said, sep="\n", file=sys.stderr)
        command = [oddity, "merge", "--model", str(model), *map(str, paths), "--output", str(output)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main():
    options, flags = arguments()
    named = ["--id", *options.id] + (["--calibration", *options.calibration] if options.calibration else []) + flags
    spark = SparkSession.builder.appName("oddity fit").getOrCreate()
    print(fit(spark, options.model, options.output, named, shards=options.shards, oddity=options.oddity, threads=options.threads))
    spark.stop()


if __name__ == "__main__":
    main()
