"""The hardware and software of the measurements."""

import importlib.metadata
import subprocess

FEATURES = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"]
PACKAGES = ["torch", "pytorch-ood", "onnxruntime", "openvino", "pillow", "numpy"]


def facts(oddity, packages=PACKAGES):
    cpu = {}
    with open("/proc/cpuinfo") as file:
        for line in file:
            key, _, value = line.partition(":")
            cpu.setdefault(key.strip(), value.strip())
    with open("/proc/cpuinfo") as file:
        cores = sum(line.startswith("processor") for line in file)
    flags = set(cpu.get("flags", "").split())
    return {
        "processor": cpu.get("model name", "unknown"),
        "cores": cores,
        "features": [feature for feature in FEATURES if feature in flags],
        "lacks": [feature for feature in FEATURES if feature not in flags],
        "oddity": subprocess.check_output([oddity, "--version"], text=True).strip(),
        "packages": {name: importlib.metadata.version(name) for name in packages},
    }
