"""The engine alone on prepared tensors: OpenVINO of the same version and with the same settings as in Oddity.

usage: engine_peer.py throughput TASK.json     images a second of the guarded model, two batches in flight for each stream
       engine_peer.py cost TASK.json           guarded against plain model: seconds for each batch of 1, 16, 64
"""

import json
import sys
import time

import numpy as np
import openvino

BATCHES = (1, 16, 64)
ROUNDS = 8


def compiled(path, streams=1):
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": streams}
    return core.compile_model(core.read_model(path), "CPU", settings)


def throughput(task):
    queue = openvino.AsyncInferQueue(compiled(task["guarded"], task["streams"]), 2 * task["streams"])
    images = np.random.default_rng(0).random([task["batch"], *task["shape"]], np.float32)
    for _ in range(4):
        queue.start_async({0: images})
    queue.wait_all()
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < task["seconds"]:
        queue.start_async({0: images})
        done += len(images)
    queue.wait_all()
    print(json.dumps({"images_per_second": done / (time.perf_counter() - start)}))


def cost(task):
    """{"1": {"plain": [seconds, ...], "guarded": [...]}, ...}: one median for each round, in which both models run in turn.

    Every round compiles both models again, in alternating order, because the memory addresses of a compiled network change its
    speed by some per cent."""
    result = {batch: {"plain": [], "guarded": []} for batch in BATCHES}
    for batch, times in result.items():
        images = np.random.default_rng(0).random([batch, *task["shape"]], np.float32)
        for index in range(ROUNDS):
            for name, seconds in round_of(task, images, reverse=index % 2).items():
                times[name].append(np.median(seconds))
    print(json.dumps(result))


def round_of(task, images, reverse):
    names = ["guarded", "plain"] if reverse else ["plain", "guarded"]
    requests = {name: compiled(task["model" if name == "plain" else name]).create_infer_request() for name in names}
    for request in requests.values():
        request.infer({0: images})
    times = {name: [] for name in names}
    start = time.perf_counter()
    while time.perf_counter() - start < task["seconds"] / ROUNDS or len(times["plain"]) < 3:
        for name, request in requests.items():
            before = time.perf_counter()
            request.infer({0: images})
            times[name].append(time.perf_counter() - before)
    return times


if __name__ == "__main__":
    with open(sys.argv[2]) as file:
        {"throughput": throughput, "cost": cost}[sys.argv[1]](json.load(file))
