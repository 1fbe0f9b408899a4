"""The result of a request in flight when the server is told to stop.

Usage: shutdown.py COMMAND GUARDED IMAGE

Prints the readiness before and after SIGTERM, the status of the request that was in flight, and the exit code.
"""

import json
import pathlib
import signal
import sys
import threading
import time

from server import Server


def main(command, guarded, file):
    image, name = pathlib.Path(file).read_bytes(), pathlib.Path(guarded).stem
    result, flight = {}, []
    # The image waits so long for others that its request is in flight when the signal arrives.
    with Server(command, guarded, "--max-delay", "2500", "--shutdown-delay", "1.5") as server:
        result["ready"] = server.request("GET", "/v2/health/ready")[0]
        request = threading.Thread(target=lambda: flight.append(server.score(name, image)[0]))
        request.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        result["ready afterwards"] = server.request("GET", "/v2/health/ready")[0]
        result["live afterwards"] = server.request("GET", "/v2/health/live")[0]
        request.join(20)
        result["in flight"] = flight[0] if flight else 0
        result["status"] = server.process.wait(20)
    print(json.dumps(result))


main(*sys.argv[1:])
