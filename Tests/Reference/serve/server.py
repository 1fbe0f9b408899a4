"""A server in a separate process, for the other scripts in this folder."""

import http.client
import json
import re
import signal
import subprocess
import tempfile
import threading


class Server:
    """`with Server(command, guarded, …) as server:` listens at `server.port`."""

    def __init__(self, command, *arguments, environment=None):
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [command, "serve", *arguments, "--port", "0"], stderr=subprocess.PIPE, text=True, env=environment
        )
        self.port = None
        for line in self.process.stderr:
            self.messages.write(line)
            found = re.search(r"listening at http://[^ ]*:(\d+)", line)
            if found:
                self.port = int(found[1])
                break
        if self.port is None:
            raise RuntimeError(f"the server did not start: {self.said()}")
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        for line in self.process.stderr:
            self.messages.write(line)

    def said(self):
        self.messages.flush()
        self.messages.seek(0)
        return self.messages.read()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def json(self, path):
        return json.loads(self.request("GET", path)[2])

    def score(self, model, image, **query):
        text = "&".join(f"{key}={value}" for key, value in query.items())
        status, _, body = self.request("POST", f"/v1/models/{model}/score?{text}", image)
        return status, json.loads(body)

    def stop(self, number=signal.SIGTERM, timeout=30):
        self.process.send_signal(number)
        return self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
