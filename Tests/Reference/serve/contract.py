"""Schemathesis against the server's own OpenAPI description.

Usage: contract.py COMMAND GUARDED EXAMPLES

Prints {"status": …, "output": …}: Schemathesis' exit code, and what it said.
"""

import json
import pathlib
import subprocess
import sys

from server import Server


def main(command, guarded, examples):
    tool = pathlib.Path(sys.executable).with_name("schemathesis")
    with Server(command, guarded) as server:
        run = subprocess.run(
            [
                tool, "run", f"{server.url}/openapi.json", "--max-examples", examples, "--seed", "5",
                "--checks", "all", "--no-color", "--request-timeout", "20", "--generation-database", "none",
            ],
            capture_output=True,
            text=True,
        )
        alive = server.request("GET", "/v2/health/ready")[0]
    print(json.dumps({"status": run.returncode, "alive": alive, "output": (run.stdout + run.stderr)[-6000:]}))


main(*sys.argv[1:])
