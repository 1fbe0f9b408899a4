"""Runs programs and measures them: seconds, the rate of lines after the start, and peak memory."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launch.py")

SAMPLING_SECONDS = 0.5


@dataclass
class Run:
    """One run of a program."""

    seconds: float
    #: Images per second, from the first lines of the output to the last ones; None if there are not two stretches.
    rate: float | None
    #: In bytes: the maximum of the main process's peak and the sampled sum over all its processes, which counts shared pages
    #: once.
    peak: int
    output: bytes = field(repr=False)


def run(command) -> Run:
    """Runs `command` to its end. If it fails, raises an error with its output."""
    facts_read, facts_write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", LAUNCHER, str(facts_write), *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[facts_write])  # fmt: skip
    os.close(facts_write)
    peak = Peak(process.pid)
    chunks, errors = [], []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    while chunk := os.read(process.stdout.fileno(), 1 << 20):
        chunks.append((time.perf_counter(), chunk))
    process.wait()
    reader.join()
    peak.stop()
    with open(facts_read) as file:
        facts = json.load(file)
    if facts["code"] != 0:
        raise SystemExit(f"{command}: exit code {facts['code']}\n{errors[0].decode()}")
    output = b"".join(chunk for _, chunk in chunks)
    return Run(facts["seconds"], rate(chunks), max(facts["peak"], peak.bytes), output)


def rate(chunks):
    if len(chunks) < 2:
        return None
    lines = sum(chunk.count(b"\n") for _, chunk in chunks[1:])
    return lines / (chunks[-1][0] - chunks[0][0])


class Peak:
    """Samples the memory of a process and its child processes below the launcher: the sum of their proportional set sizes. For a
    single process, the kernel's peak is more accurate."""

    def __init__(self, pid):
        self.bytes, self.process, self.ended = 0, psutil.Process(pid), threading.Event()
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()

    def sample(self):
        while not self.ended.wait(SAMPLING_SECONDS):
            try:
                family = self.process.children(recursive=True)
            except psutil.NoSuchProcess:
                return
            if len(family) > 1:
                self.bytes = max(self.bytes, sum(proportional(process.pid) for process in family))

    def stop(self):
        self.ended.set()
        self.thread.join()


def proportional(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return 0


class Alternated:
    """The same work by several programs, in turn: A B A B."""

    def __init__(self, commands, times=3):
        self.runs = {name: [] for name in commands}
        for _ in range(times):
            for name, command in commands.items():
                self.runs[name].append(run(command))

    def seconds(self, name):
        return statistics.median(run.seconds for run in self.runs[name])

    def rate(self, name):
        return statistics.median(run.rate for run in self.runs[name])

    def peak(self, name):
        return statistics.median(run.peak for run in self.runs[name])

    def output(self, name):
        return self.runs[name][-1].output.decode()
