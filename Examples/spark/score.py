"""Scores images with a model guarded by Oddity on an Apache Spark cluster, and writes a row for each as
Parquet.

usage: spark-submit score.py GUARDED.onnx INPUT… --output SCORES.parquet [--as paths|tars|table] [--by
udf|pipe]
needs: pip install pyspark pandas pyarrow; on the workers for --by udf: numpy pillow onnxruntime; for --by
pipe: oddity

INPUT depends on --as. With paths, it is text files with the path of an image on each line. With tars, it is
archives of images (shards of WebDataset). With table, it is Parquet with the name and the encoded bytes of
each image, in the form of Spark's own `binaryFile` source. Paths and archives must be valid on every worker.

--by udf runs the model in ONNX Runtime inside Spark's Python workers, which do not need Oddity. --by pipe
sends every partition through `oddity score`. This is faster, and exact for every image that Oddity reads. In
both cases, an image that cannot be read becomes a row with its error. A task that fails, for example because
its machine is lost, is repeated completely.
"""

import argparse
import atexit
import functools
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guarded")
    parser.add_argument("inputs", nargs="+", metavar="INPUT")
    parser.add_argument("--output", required=True, help="a folder of Parquet files, which must not be there yet")
    parser.add_argument("--as", dest="kind", choices=["paths", "tars", "table"], default="paths")
    parser.add_argument("--by", choices=["udf", "pipe"], default="udf")
    parser.add_argument("--oddity", default="oddity", help="the command on every worker, for --by pipe")
    parser.add_argument("--threads", type=int, default=1, help="threads of a task: spark.task.cpus (default: 1)")
    parser.add_argument("--partitions", type=int, help="pieces of work (default: four for each core)")
    parser.add_argument("--name", default="path", help="the table's column of names (default: path)")
    parser.add_argument("--content", default="content", help="the table's column of encoded images (default: content)")
    return vars(parser.parse_args())


try:
    import pandas as pd
    from pyspark import SparkFiles
    from pyspark.sql import SparkSession
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    arguments()  # --help needs no package.
    sys.exit(f"score.py: the Python package {error.name} is missing: pip install pyspark pandas pyarrow")

SCHEMA = (
    "input string, score double, p_value double, outlier boolean, class int, label string, confidence double, "
    "scores map<string,double>, error string"
)
COLUMNS = [column.split()[0] for column in SCHEMA.replace("map<string,double>", "map").split(", ")]
BATCH = 64
BAD_DATA = 65  # an exit status of `oddity`
ROWS = 1024


def frames(lines):
    """Converts results, dictionaries in the form of `oddity score`, to data frames of many rows."""
    rows = []
    for line in lines:
        rows.append([line.get(column) for column in COLUMNS])
        if len(rows) == ROWS:
            yield pd.DataFrame(rows, columns=COLUMNS)
            rows = []
    yield pd.DataFrame(rows, columns=COLUMNS)


# By pipe: one process of `oddity score` for every partition.


class Pipe:
    """Sends partitions through `oddity score`, which must be installed on every worker."""

    def __init__(self, oddity, model, threads):
        self.oddity, self.model, self.threads = oddity, model, threads

    def paths(self, batches):
        with tempfile.NamedTemporaryFile("w", prefix="oddity-paths-") as paths:
            count = 0
            for batch in batches:
                for path in batch["value"]:
                    paths.write(path + "\n")
                    count += 1
            paths.flush()
            if count:
                yield from frames(self.lines(["-"], count, paths.name))

    def tars(self, batches):
        for batch in batches:
            for path in batch["value"]:
                yield from frames(self.lines([path], unreadable={"input": path}))

    def table(self, batches, name, content):
        """Images are sent in an archive, as members 0.jpg, 1.jpg, …. Their names may be anything, because
        formats are recognised by content."""
        with tempfile.NamedTemporaryFile(prefix="oddity-images-", suffix=".tar") as file:
            names = []
            with tarfile.open(fileobj=file, mode="w") as archive:
                for batch in batches:
                    for image, data in zip(batch[name], batch[content]):
                        data = data or b""
                        member = tarfile.TarInfo(f"{len(names)}.jpg")
                        member.size = len(data)
                        archive.addfile(member, io.BytesIO(data))
                        names.append(image)
            file.flush()
            if names:
                lines = self.lines([file.name], len(names))
                yield from frames(line | {"input": names[at]} for at, line in enumerate(lines))

    def lines(self, sources, count=None, standard_input=os.devnull, unreadable=None):
        """The output of the command: `count` lines if that is known. For a source that it cannot read,
        `unreadable` with the error."""
        command = [self.oddity, "score", SparkFiles.get(self.model), *sources, "--threads", str(self.threads), "--quiet"]
        with open(standard_input) as standard_input, tempfile.TemporaryFile("w+") as messages:
            process = subprocess.Popen(command, stdin=standard_input, stdout=subprocess.PIPE, stderr=messages, text=True)
            try:
                done = 0
                for line in process.stdout:
                    yield json.loads(line)
                    done += 1
                status = process.wait()
                messages.seek(0)
                said = messages.read()[-2000:].strip()
                if status == BAD_DATA and not done and unreadable and self.is_guarded():
                    yield unreadable | {"error": said}
                # Status 1 means that an image failed. Its line contains the reason.
                elif status not in (0, 1) or count not in (None, done):
                    raise RuntimeError(f"oddity score ended with {status} after {done} images: {said}")
            finally:
                process.kill()
                process.wait()

    def is_guarded(self):
        """Whether the unreadable file is not the model, for which the command has the same status."""
        inspected = subprocess.run([self.oddity, "inspect", SparkFiles.get(self.model)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return inspected.returncode == 0


# By UDF: ONNX Runtime in Spark's Python workers.


def guarded_model(path, threads):
    """Loaded once in every Python worker, which Spark keeps for its next tasks. It is in a module, because
    this script is sent for each task."""
    import score_guarded

    loaded = score_guarded.__dict__.setdefault("loaded", {})
    if path not in loaded:
        loaded[path] = score_guarded.GuardedModel(path, threads)
    return loaded[path]


class UDF:
    """Runs the model in ONNX Runtime, with the preprocessing of Examples/python/score_guarded.py."""

    def __init__(self, model, threads):
        self.model, self.threads = model, threads

    def paths(self, batches):
        yield from frames(self.lines((path, lambda path=path: open(path, "rb")) for batch in batches for path in batch["value"]))

    def tars(self, batches):
        for batch in batches:
            for path in batch["value"]:
                try:
                    with tarfile.open(path) as archive:
                        names = images_of(archive)
                        yield from frames(self.lines((f"{path}/{name}", opener(archive, member)) for name, member in names))
                except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
                    yield from frames([{"input": path, "error": str(error)}])

    def table(self, batches, name, content):
        images = (image for batch in batches for image in zip(batch[name], batch[content]))
        yield from frames(self.lines((name, lambda data=data: io.BytesIO(data or b"")) for name, data in images))

    def lines(self, images):
        """`images` contains names with functions that open them."""
        from PIL import Image
        from score_guarded import describe, preprocess

        model = guarded_model(SparkFiles.get(self.model), self.threads)
        waiting, tensors = [], []

        def finished():
            answers = describe(model.run(tensors), model.facts) if tensors else iter(())
            return [line if "error" in line else line | next(answers) for line in waiting]

        for name, opened in images:
            line = {"input": name}
            try:
                with opened() as file, Image.open(file) as image:
                    tensors.append(preprocess(image, model.facts["preprocessing"]))
            except Exception as error:  # Decoders raise almost anything; the other images go on.
                line["error"] = f"{type(error).__name__}: {error}"
            waiting.append(line)
            if len(waiting) == BATCH:
                yield from finished()
                waiting, tensors = [], []
        yield from finished()


IMAGES = set(
    ".jpg .jpeg .jpe .jfif .png .bmp .dib .gif .tif .tiff .webp .ppm .pgm .pbm .pnm".split()
)  # fmt: skip


def images_of(archive):
    """The images of an archive by their names. Files with other suffixes, such as labels, and hidden files
    are skipped."""
    found = []
    for member in archive.getmembers():
        name = member.name.removeprefix("./")
        path = pathlib.PurePosixPath(name)
        if member.isfile() and path.suffix.lower() in IMAGES and not any(part.startswith(".") for part in path.parts):
            found.append((name, member))
    refuse_rest(archive)
    return found


def refuse_rest(archive):
    """`tarfile` treats a truncated or damaged header as the end of an archive. A real end has no data or only
    zeros."""
    archive.fileobj.seek(archive.offset)
    end = archive.fileobj.read(tarfile.BLOCKSIZE)
    if len(end) not in (0, tarfile.BLOCKSIZE) or end.strip(b"\0"):
        raise tarfile.ReadError("the archive is cut short or damaged")


def opener(archive, member):
    return lambda: archive.extractfile(member)


def shipped(spark, guarded):
    """Sends the model to the workers, under a unique name, and returns the name."""
    path = pathlib.Path(guarded)
    name = f"{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}-{path.name}"
    folder = tempfile.mkdtemp(prefix="oddity-")
    # Workers download it from here as long as this program runs.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = pathlib.Path(folder, name)
    shutil.copyfile(path, copy)
    spark.sparkContext.addFile(str(copy))
    return name


def has_scorer():
    """Whether `score_guarded` was already sent (--py-files), or is installed."""
    return importlib.util.find_spec("score_guarded") is not None


def scores(spark, guarded, inputs, *, kind="paths", by="udf", oddity="oddity", threads=1, partitions=None,
           name="path", content="content"):  # fmt: skip
    """A DataFrame with a row for every image. Nothing is computed before it is used.

    `kind` is "paths", "tars" or "table" (see above). `name` and `content` are columns of the table.
    """
    model = shipped(spark, guarded)
    scorer = Pipe(oddity, model, threads) if by == "pipe" else UDF(model, threads)
    if by == "udf" and not has_scorer():
        spark.sparkContext.addPyFile(str(pathlib.Path(__file__).resolve().parents[1] / "python/score_guarded.py"))
    # Batches of a table contain whole images, so they must be small.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "256")
    if kind == "table":
        rows = spark.read.parquet(*inputs).select(name, content)
        rows = rows.repartition(partitions) if partitions else rows
        return rows.mapInPandas(functools.partial(scorer.table, name=name, content=content), SCHEMA)
    if kind == "tars":
        # Each archive is one task.
        paths = spark.sparkContext.parallelize([(path,) for path in inputs], len(inputs))
        rows = spark.createDataFrame(paths, "value string")
        return rows.mapInPandas(scorer.tars, SCHEMA)
    rows = spark.read.text(inputs).where("trim(value) != ''")
    return rows.repartition(partitions or 4 * spark.sparkContext.defaultParallelism).mapInPandas(scorer.paths, SCHEMA)


def main():
    options = arguments()
    output = options.pop("output")
    spark = SparkSession.builder.appName("oddity score").getOrCreate()
    scores(spark, options.pop("guarded"), options.pop("inputs"), **options).write.parquet(output)
    spark.stop()


if __name__ == "__main__":
    main()
