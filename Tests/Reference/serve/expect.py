"""The server's answer to a client that asks before it sends a body.

Usage: expect.py COMMAND GUARDED IMAGE

Prints the first lines of the answers for an image, before and after its body is sent, and for a body that is
too large.
"""

import json
import pathlib
import socket
import sys

from server import Server


def main(command, guarded, file):
    image, name = pathlib.Path(file).read_bytes(), pathlib.Path(guarded).stem
    lines = {}
    with Server(command, guarded) as server:
        for kind, length in (("image", len(image)), ("huge", 10**9)):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            head = f"POST /v1/models/{name}/score HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
            connection.sendall(head.encode())
            lines[kind] = connection.recv(4096).decode().split("\r\n")[0]
            if kind == "image":
                connection.sendall(image)
                lines["then"] = connection.recv(4096).decode().split("\r\n")[0]
            connection.close()
    print(json.dumps(lines))


main(*sys.argv[1:])
