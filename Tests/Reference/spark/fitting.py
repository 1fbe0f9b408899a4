"""Fits a detector on a Spark cluster with Examples/spark/fit.py.

Usage: fitting.py ODDITY MODEL OUTPUT FIT-ARGUMENTS…

FIT-ARGUMENTS are those of `oddity fit`: `--id SOURCE…`, `--calibration SOURCE…`, then `--` and the rest.
Prints the output of the job as JSON.
"""

import json
import pathlib
import sys

from cluster import Cluster

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "Examples/spark/fit.py"

oddity, model, output, *arguments = sys.argv[1:]
with Cluster() as cluster:
    job = cluster.submit(EXAMPLE, model, "--output", output, "--oddity", oddity, *arguments)
    print(json.dumps({"output": job.wait()}))
