"""The server's state after a kill without warning, after a stop, and with a state file that cannot grow.

Usage: restart.py COMMAND GUARDED STATE IMAGE…

Prints the sources' images and wealth at each step.
"""

import json
import pathlib
import resource
import signal
import sys
import time

from server import Server


def streams(server, name):
    return {one["source"]: one for one in server.json(f"/v1/models/{name}/drift")["sources"]}


def main(command, guarded, state, *files):
    name = pathlib.Path(guarded).stem
    images = [pathlib.Path(file).read_bytes() for file in files]
    result = {}
    with Server(command, guarded, "--state", state) as server:
        for image in images:
            assert server.score(name, image, source="door")[0] == 200
        time.sleep(2.5)  # Longer than the time between two commits.
        result["committed"] = streams(server, name)
        server.stop(signal.SIGKILL)
    with Server(command, guarded, "--state", state) as server:
        result["after kill -9"] = streams(server, name)
        for image in images:
            assert server.score(name, image, source="door")[0] == 200
        result["before SIGTERM"] = streams(server, name)
        result["status"] = server.stop()
    with Server(command, guarded, "--state", state) as server:
        result["after SIGTERM"] = streams(server, name)
        status, _, _ = server.request("DELETE", f"/v1/models/{name}/drift/door")
        result["restarted"] = streams(server, name)
    with Server(command, guarded, "--state", state) as server:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, 1))
        assert server.score(name, images[0], source="door")[0] == 200
        result["status when full"] = server.stop()
        result["said when full"] = server.said().splitlines()[-1]
    print(json.dumps(result))


main(*sys.argv[1:])
