"""Scores images on a Spark cluster in every way that Examples/spark/score.py supports, and compares them with
`oddity score`.

Usage: scoring.py ODDITY GUARDED FILES [--partitions N] [--ways paths-pipe,paths-udf,…]

FILES is a list of images, one per line. The last line need not be an image. Prints JSON: for every way the
largest difference of scores, the seconds, and the rows that are missing, duplicated or different. Ways that
end in `-killed` lose a worker halfway, and `repeated` counts the tasks that were restarted.
"""

import argparse
import contextlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq

from cluster import Cluster

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "Examples/spark/score.py"
WAYS = ["paths-pipe", "paths-udf", "tars-pipe", "tars-udf", "table-pipe", "table-udf", "paths-pipe-killed", "paths-udf-killed"]
TARS = 3
REPEATED = re.compile(r"Starting task \d+\.[1-9]")


def inputs(files, folder):
    """The same images as paths, archives and a table, with the names of images in each way."""
    paths = folder / "paths.txt"
    paths.write_text("".join(f"{path}\n" for path in files))
    tars, names = [], {}
    for number in range(TARS):
        tars.append(folder / f"shard-{number}.tar")
        with tarfile.open(tars[-1], "w") as archive:
            for at, path in list(enumerate(files))[number::TARS]:
                member = tarfile.TarInfo(f"{at:06}.jpg")
                data = pathlib.Path(path).read_bytes()
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
                names[f"{tars[-1]}/{member.name}"] = path
    table = folder / "table.parquet"
    pq.write_table(pa.table({"path": files, "content": [pathlib.Path(path).read_bytes() for path in files]}), table)
    same = {path: path for path in files}
    return {
        "paths": ([str(paths)], same), "tars": ([str(path) for path in tars], names), "table": ([str(table)], same),
    }  # fmt: skip


def compare(rows, names, expected):
    """Compares a way's rows for the images with the lines of `oddity score`."""
    found = {names.get(row["input"]): row for row in rows}
    both = [(found[path], line) for path, line in expected.items() if path in found]
    scored = [(row, line) for row, line in both if "error" not in line and row["error"] is None]
    return {
        "rows": len(rows), "distinct": len(found), "missing": len(expected.keys() - found.keys()),
        "strange": sum(path not in expected for path in found),
        "errors": sum(row["error"] is not None for row in rows),
        "errors_differ": sum(("error" in line) != (row["error"] is not None) for row, line in both),
        "largest": max((abs(row["score"] - line["score"]) / max(1, abs(line["score"])) for row, line in scored), default=0),
        "p_values": max((abs(row["p_value"] - line["p_value"]) for row, line in scored), default=0),
        "differ": sum(any(row[key] != line[key] for key in ("outlier", "class", "label")) for row, line in scored),
        "named": sum(bool(row["scores"]) and dict(row["scores"]).keys() == line["scores"].keys() for row, line in scored if "scores" in line),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("oddity")
    parser.add_argument("guarded")
    parser.add_argument("files")
    parser.add_argument("--partitions", default="8")
    parser.add_argument("--ways", default=",".join(WAYS))
    options = parser.parse_args()
    files = pathlib.Path(options.files).read_text().splitlines()
    lines = subprocess.run([options.oddity, "score", options.guarded, f"@{options.files}", "--quiet"], capture_output=True, text=True)
    expected = {line["input"]: line for line in map(json.loads, lines.stdout.splitlines())}
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        sources = inputs(files, folder)
        with contextlib.ExitStack() as clusters:
            cluster = clusters.enter_context(Cluster())
            for way in options.ways.split(","):
                kind, by, *killed = way.split("-")
                arguments, names = sources[kind]
                output = folder / way
                begun = time.monotonic()
                job = cluster.submit(EXAMPLE, options.guarded, *arguments, "--output", str(output), "--as", kind, "--by", by,
                                     "--oddity", options.oddity, "--partitions", options.partitions)  # fmt: skip
                was_killed = bool(killed) and job.wait_until_half(output)
                if was_killed:
                    cluster.kill_worker()
                log = job.wait()
                result = compare(pq.read_table(output).to_pylist(), names, expected)
                result |= {"seconds": time.monotonic() - begun, "killed": was_killed, "repeated": len(REPEATED.findall(log))}
                results[way] = result
                if was_killed:
                    cluster = clusters.enter_context(Cluster())
    print(json.dumps({"images": len(files), "ways": results}))


main()
