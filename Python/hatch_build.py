"""Sets the platform tag of the wheel. It contains a library, but nothing that depends on Python's version."""

import os
import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryHook(BuildHookInterface):
    def initialize(self, version, build_data):
        # An editable installation, for work on the Python code, finds the library through ODDITY_LIBRARY.
        if version == "editable":
            return
        if not (Path(self.root) / "src/oddity/lib/liboddity.so").exists():
            raise FileNotFoundError("src/oddity/lib/liboddity.so is missing: build the wheel by `make wheel`")
        platform = os.environ.get("ODDITY_WHEEL_PLATFORM") or sysconfig.get_platform()
        build_data["pure_python"] = False
        build_data["sbom_files"].append("oddity.spdx.json")
        build_data["tag"] = f"py3-none-{platform.replace('-', '_').replace('.', '_')}"
