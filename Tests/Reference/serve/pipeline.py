"""The number of pipelined requests that a server answers before it closes the connection.

Usage: pipeline.py COMMAND GUARDED

Prints the number of answers to 100 requests and to 1,000.
"""

import json
import socket
import sys

from server import Server

REQUEST = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def answers(port, count):
    """Reads until all answers have arrived, or until the connection ends."""
    text = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(REQUEST * count)
            while text.count(b"HTTP/1.1 200") < count and (piece := connection.recv(65536)):
                text += piece
        except ConnectionError:
            pass
    return text.count(b"HTTP/1.1 200")


def main(command, guarded):
    with Server(command, guarded) as server:
        result = {str(count): answers(server.port, count) for count in (100, 1000)}
        # Other connections are not affected.
        result["live"] = server.request("GET", "/v2/health/live")[0]
    print(json.dumps(result))


main(*sys.argv[1:])
