"""Load test of `oddity serve`: correct answers, speed, overload and memory.

Usage: soak.py ODDITY GUARDED FILES [--full] [--output PAGE.md]

GUARDED is a guarded model, and FILES is a list of images, one per line. wrk sends requests from 64 connections and compares every
answer with that of `oddity score`, first at the highest possible rate, then at half of that rate. h2load sends twice as many
requests. Prints JSON. Exits with 1 if answers are wrong, or, with --full, if a target is missed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "Tests/Reference/serve"), str(HERE.parent / "speed")]

from server import Server  # noqa: E402

CLIENTS = 64
MODEL_FIELDS = ("score", "p_value", "outlier", "class", "confidence")


class Health:
    """Checks whether the server is alive, fifty times a second, each time over a new connection as probes do."""

    def __init__(self, server):
        self.server, self.times, self.failed = server, [], 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        while not self.over.wait(0.02):
            begun = time.monotonic()
            try:
                status = self.server.request("GET", "/v2/health/live")[0]
            except OSError:
                status = None
            self.times.append(time.monotonic() - begun)
            self.failed += status != 200

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Load:
    def __init__(self, oddity, guarded, images, full):
        self.oddity, self.guarded, self.full = str(pathlib.Path(oddity).resolve()), guarded, full
        self.files = [pathlib.Path(line) for line in pathlib.Path(images).read_text().splitlines()]
        self.name = pathlib.Path(guarded).stem
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"/v1/models/{self.name}/score"

    def expectations(self, server):
        """A file for wrk: each image with the server's answer to it alone, if that agrees with `oddity score`."""
        lines = subprocess.run(
            [self.oddity, "score", self.guarded, *map(str, self.files)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        path = pathlib.Path(self.folder.name) / "expected"
        with path.open("w") as file:
            for image, line in zip(self.files, lines, strict=True):
                status, _, body = server.request("POST", self.path, image.read_bytes())
                own, other = json.loads(body), json.loads(line)
                if status != 200 or any(own[field] != other[field] for field in MODEL_FIELDS):
                    raise SystemExit(f"{image}: {own} is not {other}")
                file.write(f"{image}\t{body.decode()}\n")
        return path

    def wrk(self, server, expected, seconds, pause=None):
        """The output of score.lua. `pause` is the time in milliseconds between an answer and the next request of a connection."""
        command = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "score.lua"), server.url + self.path]
        output = subprocess.run([*command, "--", str(expected)], capture_output=True, text=True, check=True,
                                env=os.environ | ({"PAUSE": str(pause)} if pause else {})).stdout  # fmt: skip
        return json.loads(output.splitlines()[-1])

    def h2load(self, server, rate, seconds, clients):
        """Sends requests of one image at a rate. Returns the times of those with status 200 and of those with 503, in seconds."""
        log = pathlib.Path(self.folder.name) / "h2load.log"
        log.unlink(missing_ok=True)
        count = int(rate * seconds)
        clients = min(clients, count)
        command = ["h2load", "--h1", f"-c{clients}", f"-n{count}", f"--rps={max(rate / clients, 0.01):.4f}", "-t1", "-d", str(self.files[0]),
                   "-H", "content-type: application/octet-stream", f"--log-file={log}", server.url + self.path]  # fmt: skip
        begun = time.monotonic()
        subprocess.run(command, capture_output=True, check=True, timeout=seconds * 5 + 60)
        times = {200: [], 503: [], "other": []}
        for line in log.read_text().splitlines():
            _, status, microseconds = map(int, line.split()[:3])
            times.get(status, times["other"]).append(microseconds / 1e6)
        return times, count / (time.monotonic() - begun)

    def score_rate(self):
        """The images per second of `oddity score`, without its start."""
        times, few = [], max(1, len(self.files) // 10)
        for count in (few, len(self.files)):
            begun = time.monotonic()
            subprocess.run([self.oddity, "score", self.guarded, *map(str, self.files[:count])], stdout=subprocess.DEVNULL, check=True)
            times.append(time.monotonic() - begun)
        return (len(self.files) - few) / max(times[1] - times[0], 1e-3)

    def measure(self):
        with Server(self.oddity, self.guarded) as server:
            expected = self.expectations(server)
            result = {"images": len(self.files), "clients": CLIENTS}
            self.throughput(server, expected, result)
            self.half_load(server, expected, result)
            self.double_load(server, result)
            self.memory(server, expected, result)
            result["status"] = server.stop()
        if self.full:
            found = self.mutations()
            result["mutated"], result["mutated_wrong"] = sum(found["statuses"].values()), len(found["wrong"])
            result["mutated_wrong"] += found["alive"] != 200
        return result

    def mutations(self):
        """Sends bodies that are invalid in many ways, and returns the number of answers with neither 2xx nor 4xx."""
        script = HERE.parents[1] / "Tests/Reference/serve/mutations.py"
        output = subprocess.check_output([sys.executable, script, self.oddity, self.guarded, "10000", *map(str, self.files[:20])])
        return json.loads(output)

    def throughput(self, server, expected, result):
        turns = 3 if self.full else 1
        runs, rates = [], []
        for _ in range(turns):
            runs.append(self.wrk(server, expected, 60 // turns if self.full else 3))
            rates.append(self.score_rate())
        result["answered"] = sum(run["answered"] for run in runs)
        result["wrong"] = sum(run["wrong"] + run["socket_errors"] for run in runs)
        result["capacity"] = statistics.median(run["answered"] / run["seconds"] for run in runs)
        result["score_rate"] = statistics.median(rates)
        result["throughput_ratio"] = result["capacity"] / result["score_rate"]
        result["loaded_p99"] = statistics.median(run["p99"] for run in runs)

    def half_load(self, server, expected, result):
        pause = 1000 * CLIENTS / (result["capacity"] / 2)
        runs = [self.wrk(server, expected, 12 if self.full else 2, pause) for _ in range(3 if self.full else 1)]
        result["half_failed"] = sum(run["wrong"] + run["socket_errors"] for run in runs)
        usual = sorted(runs, key=lambda run: run["p99"] / run["p50"])[len(runs) // 2]
        result["half_rate"] = usual["answered"] / usual["seconds"] / result["capacity"]
        result["half_median"], result["half_p99"] = usual["p50"], usual["p99"]

    def double_load(self, server, result):
        with Health(server) as health:
            double, offered = self.h2load(server, 2 * result["capacity"], 20 if self.full else 2, 512)
        result["health_asked"], result["health_failed"] = len(health.times), health.failed
        result["health_median"], result["health_p99"] = percentiles(health.times)
        result["double_offered"] = offered / result["capacity"]
        result["double_accepted"], result["double_refused"] = len(double[200]), len(double[503])
        result["double_failed"] = len(double["other"])
        result["double_median"], result["double_p99"] = percentiles(double[200])
        result["refused_median"], result["refused_p99"] = percentiles(double[503])

    def memory(self, server, expected, result):
        """The resident memory after a tenth of the requests, and after all."""
        total, done, sizes = (100_000 if self.full else 2_000), 0, []
        while done < total:
            done += self.wrk(server, expected, 10 if self.full else 1)["answered"]
            sizes.append((done, resident(server.process.pid)))
        first = next((size for count, size in sizes if count >= total / 10), sizes[0][1])
        result["requests"], result["memory_first"], result["memory_last"] = done, first, sizes[-1][1]
        result["memory_growth"] = sizes[-1][1] / first - 1


def resident(process):
    """The memory of a process in bytes."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


def percentiles(times):
    if not times:
        return None, None
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


def rows(result):
    """The targets, and whether they are met."""
    p99_ratio = result["half_p99"] / result["half_median"]
    refused = result["refused_p99"]
    return [
        ("wrong answers and errors under 64 clients", "0", f"{result['wrong']} of {result['answered']:,}", result["wrong"] == 0),
        ("throughput, divided by that of `oddity score`", "≥ 0.8", f"{result['throughput_ratio']:.2f}", result["throughput_ratio"] >= 0.8),
        ("99th percentile at half load, divided by the median", "< 4", f"{p99_ratio:.1f}", p99_ratio < 4),
        ("failures at half load", "0", str(result["half_failed"]), result["half_failed"] == 0),
        ("at twice the capacity: answers other than 200 and 503", "0", str(result["double_failed"]), result["double_failed"] == 0),
        (
            "the same: median time of a refusal, divided by that of an answer",
            "< 0.5",
            "none refused" if refused is None else f"{result['refused_median'] / result['double_median']:.2f}",
            refused is not None and result["refused_median"] < result["double_median"] / 2,
        ),
        (
            "the same: 99th percentile of answers, divided by that with 64 clients",
            "≤ 3",
            f"{result['double_p99'] / result['loaded_p99']:.1f}",
            result["double_p99"] <= 3 * result["loaded_p99"],
        ),
        ("at twice the capacity: health checks without an answer", "0", f"{result['health_failed']} of {result['health_asked']:,}", result["health_failed"] == 0),
        (
            "at twice the capacity: 99th percentile of health checks",
            "< 50 ms",
            f"{1000 * result['health_p99']:.1f} ms",
            result["health_p99"] < 0.05,
        ),
        ("growth of memory after a tenth of the requests", "< 5 %", f"{100 * result['memory_growth']:.1f} %", result["memory_growth"] < 0.05),
        *mutation_rows(result),
        ("status after SIGTERM", "0", str(result["status"]), result["status"] == 0),
    ]


def mutation_rows(result):
    if "mutated" not in result:
        return []
    measured = f"{result['mutated_wrong']} of {result['mutated']:,}"
    return [("mutated bodies that were neither refused nor answered as they should be", "0", measured, result["mutated_wrong"] == 0)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("oddity")
    parser.add_argument("guarded")
    parser.add_argument("images")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--output")
    options = parser.parse_args()
    result = Load(options.oddity, options.guarded, options.images, options.full).measure()
    print(json.dumps(result))
    table = rows(result)
    for what, target, measured, is_met in table:
        print(f"soak: {what}: {measured} (target {target}) {'ok' if is_met else 'NOT MET'}", file=sys.stderr)
    if options.output:
        # Only the page needs a package that is installed for `make bench`.
        import jinja2
        import machine

        template = jinja2.Template((HERE / "soak.md.jinja").read_text(), trim_blocks=True)
        page = template.render(rows=table, machine=machine.facts(options.oddity, packages=[]), **result)
        pathlib.Path(options.output).write_text(page)
    if result["wrong"] or (options.full and not all(row[3] for row in table)):
        raise SystemExit(1)


main()
