"""Simulates the time of 1 to 1,000 workers for a billion images, and the limiting factors.

Usage: simulate.py MEASURED.json    prints the tables as JSON

Simulates each task from measured times. A driver hands out tasks one after another. Every task starts a process and scores its
images. The speed of workers varies, some workers are lost, and all read from one store. Values that were not measured are in
`Assumed`.
"""

import dataclasses
import heapq
import json
import pathlib
import sys

import numpy as np


@dataclasses.dataclass(frozen=True)
class Measured:
    """Times in seconds of one core, and bytes."""

    start: float  # from the start of a task's process to its first image
    image: float  # decoding, the network, and the line of output
    dispatch: float  # the driver's time for each task
    image_bytes: float


@dataclasses.dataclass(frozen=True)
class Assumed:
    images: int = 1_000_000_000
    spread: float = 0.1  # standard deviation of the logarithm of a task's time
    slow_workers: float = 0.02  # share of workers that are slow during the whole job
    slowness: float = 3.0
    hiccups: float = 0.001  # share of tasks that take `hiccup` times as long, on any worker
    hiccup: float = 5.0
    losses: float = 1 / 3_000_000  # probability that a worker is lost in a second: one loss in 35 days
    restart: float = 60.0  # until a lost worker is replaced
    store: float = 10e9  # total bytes per second of the store
    link: float = 1.25e9 / 16  # bytes per second to one core: 10 Gbit/s for 16 of them
    speculation: float = 1.5  # a task that runs longer than this many medians is started again elsewhere


def simulate(workers, task_images, measured, assumed=Assumed(), seed=1):
    """One job: its time, and the activities that took the workers' time."""
    random = np.random.default_rng(seed)
    tasks = -(-assumed.images // task_images)
    slow = np.where(random.random(workers) < assumed.slow_workers, assumed.slowness, 1.0).tolist()
    factors = np.exp(assumed.spread * random.standard_normal(tasks))
    factors[random.random(tasks) < assumed.hiccups] *= assumed.hiccup
    # By attempt. When a worker is lost, its next lifetime comes from the end of the list.
    lifetimes = random.exponential(1 / assumed.losses, 2 * tasks).tolist()
    factors = factors.tolist()
    compute = task_images * measured.image
    # A core waits for images if they arrive more slowly than it scores them.
    reading = task_images * measured.image_bytes / min(assumed.link, assumed.store / workers)
    typical = measured.start + max(compute, reading)
    free = [(0.0, worker) for worker in range(workers)]
    waiting = list(range(tasks))[::-1]
    ends, running = [0.0] * tasks, []
    driver, idle, repeated, copies = 0.0, 0.0, 0, 0

    def duration(task, worker):
        return measured.start + max(compute * factors[task] * slow[worker], reading)

    while waiting:
        now, worker = heapq.heappop(free)
        # The driver hands out tasks one after another.
        begin = driver = max(now, driver) + measured.dispatch
        idle += begin - now
        task = waiting.pop()
        takes = duration(task, worker)
        lost = lifetimes.pop()
        if lost < takes:
            repeated += 1
            waiting.append(task)
            slow[worker] = 1.0
            heapq.heappush(free, (begin + lost + assumed.restart, worker))
            continue
        ends[task] = begin + takes
        running.append((begin + takes, task, begin))
        heapq.heappush(free, (begin + takes, worker))
    # Idle workers repeat tasks that run too long. The first copy that ends counts.
    late = sorted((entry for entry in running if entry[0] - entry[2] > assumed.speculation * typical), reverse=True)
    for end, task, begin in late:
        now, worker = free[0]
        start = max(now, begin + assumed.speculation * typical) + measured.dispatch
        again = start + measured.start + max(compute * slow[worker], reading)
        if start < end and again < end:
            heapq.heapreplace(free, (again, worker))
            ends[task] = again
            copies += 1
    total = max(ends)
    ideal = assumed.images * measured.image / workers
    return {
        "workers": workers, "task_images": task_images, "tasks": int(tasks), "seconds": total,
        "speedup": assumed.images * measured.image / total, "efficiency": ideal / total,
        "losses": losses(total * workers, tasks, compute, reading, measured, idle), "repeated": repeated, "copies": copies,
    }  # fmt: skip


def losses(time, tasks, compute, reading, measured, idle):
    """The shares of all workers' time that were not spent on images."""
    return {
        "waiting for the store": max(0.0, reading - compute) * tasks / time,
        "starting processes": measured.start * tasks / time,
        "waiting for the driver": idle / time,
    }


def bound(row):
    """The main cause of lost time. The rest is due to unequal workers and the end of the job."""
    known = row["losses"]
    rest = 1 - row["efficiency"] - sum(known.values())
    name, share = max([*known.items(), ("slow workers and the last tasks", rest)], key=lambda entry: entry[1])
    return name, share


WORKERS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]
SEEDS = 3


def median_run(workers, task_images, measured):
    runs = [simulate(workers, task_images, measured, seed=seed) for seed in range(1, SEEDS + 1)]
    return sorted(runs, key=lambda run: run["seconds"])[SEEDS // 2]


def tables(facts):
    """For each kind of image: results by the number of workers, and by the size of tasks at the largest number of workers."""
    found = {}
    for name, kind in facts["kinds"].items():
        measured = Measured(**kind)
        rows = [median_run(workers, facts["task_images"], measured) for workers in WORKERS]
        sizes = [median_run(WORKERS[-1], size, measured) for size in (10_000, 50_000, 200_000, 1_000_000)]
        for row in rows + sizes:
            row["bound"], row["bound_share"] = bound(row)
        found[name] = {"workers": rows, "sizes": sizes}
    return found


def merging(observe, merge, images=10_000_000):
    """A fit, in which workers observe and one driver merges: its time by the number of workers, and the limit of its speed-up."""
    rows = [
        {"workers": workers, "seconds": images * (observe / workers + merge), "speedup": (observe + merge) / (observe / workers + merge)}
        for workers in WORKERS
    ]
    return {"images": images, "limit": (observe + merge) / merge, "rows": rows}


if __name__ == "__main__":
    facts = json.loads(pathlib.Path(sys.argv[1]).read_text())
    print(json.dumps(tables(facts)))
