"""Runs Schemathesis with the server's own OpenAPI description.

Usage: contract.py COMMAND GUARDED EXAMPLES

Prints {"status": …, "output": …}: Schemathesis's exit code and output.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from server import Server


# A schema cannot express that bytes are a picture, or that a shape matches the values.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 404, 422]
"""


def main(command, guarded, examples):
    tool = pathlib.Path(sys.executable).with_name("schemathesis")
    # Schemathesis leaves a cache in its working directory.
    with tempfile.TemporaryDirectory() as folder, Server(command, guarded) as server:
        settings = pathlib.Path(folder, "schemathesis.toml")
        settings.write_text(CONFIGURATION)
        run = subprocess.run(
            [
                tool, "--config-file", settings, "run", f"{server.url}/openapi.json", "--max-examples", examples, "--seed", "5",
                "--checks", "all", "--no-color", "--request-timeout", "20", "--generation-database", "none",
            ],
            capture_output=True,
            text=True,
            cwd=folder,
        )
        alive = server.request("GET", "/v2/health/ready")[0]
    print(json.dumps({"status": run.returncode, "alive": alive, "output": (run.stdout + run.stderr)[-6000:]}))


main(*sys.argv[1:])
