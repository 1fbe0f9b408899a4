"""`oddity serve --state`: a server that scores ten images while faults affect its state."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from faults.driver import LONGEST, Driver, Outcome, Surroundings
from faults.scenarios import Scenario, State, contents

LISTENING = re.compile(r"listening at http://127\.0\.0\.1:(\d+)")
LOGGED = re.compile(r"\d{4}-\d\d-\d\dT[\d:+-]+ (?:error|warning|notice|info) oddity: ")
STATE = "out/state.sqlite"
#: The documentation promises that streams are committed every second.
PROMISED = 1.0
#: The allowed statuses (docs/serving.md).
ANSWERS = {200, 400, 408, 413, 422, 503}


class Server:
    """A running server. Its standard error is read continuously."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.port = 0
        self._heard = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.decode(errors="replace"))
            found = LISTENING.search(self.lines[-1])
            if found:
                self.port = int(found[1])
                self._heard.set()
        self._heard.set()

    def listens(self) -> bool:
        self._heard.wait(LONGEST)
        return self.port > 0

    def ask(self, path: str, body: bytes | None = None, method: str = "GET") -> tuple[int, bytes]:
        """The status and the body of the answer; status 0 if the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST" if body is not None else method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def score(self, image: bytes) -> int:
        return self.ask("/v1/models/guarded/score?source=door", image)[0]

    def end(self, number: int = signal.SIGTERM) -> int | None:
        """The exit code; None if the server hung."""
        self.process.send_signal(number)
        try:
            code: int | None = self.process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        self._reader.join(5)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code


def watched_images(state: State) -> int | str:
    """The number of images in the stream, according to the files; a text if they cannot be read."""
    files = {name: data for name, data in state.items() if name.startswith(STATE)}
    if STATE not in files:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / Path(name).name).write_bytes(data)
        try:
            database = sqlite3.connect(Path(folder) / Path(STATE).name)
            if (verdict := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                return str(verdict)
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
            rows = database.execute("SELECT state FROM stream").fetchall() if "stream" in tables else []
            return sum(int(json.loads(row[0])["images"]) for row in rows)
        except sqlite3.Error as error:
            return str(error)
        finally:
            database.close()


class Serve(Scenario):
    name = "serve --state"
    #: Long enough for one commit while the server runs, in addition to the commit at its end.
    pause = 1.15
    arguments = ("serve", "in/guarded.onnx", "--port", "0", "--state", STATE, "--threads", "1")

    def __init__(self, driver: Driver, material: Path) -> None:
        super().__init__(driver, material)
        images = sorted((material / "in" / "calibration").iterdir())
        self.images = [path.read_bytes() for path in images]
        self.before = 0

    def start(self, folder: Path, around: Surroundings) -> Server:
        return Server(self.driver.start(self.arguments, folder, around))

    def run(self, folder: Path, around: Surroundings) -> Outcome:
        server = self.start(folder, around)
        statuses: list[int] = []
        if server.listens():
            for index, image in enumerate(self.images):
                if index == 5 and self.pause:
                    time.sleep(self.pause)
                statuses.append(server.score(image))
        code = server.end()
        # The log of the running server is not the final message of the command.
        said = "".join(line for line in server.lines if not LOGGED.match(line))
        lacked_memory = around.fault.kind == "malloc"
        ledger = self.driver.counted(folder, around)
        outcome = Outcome(code, said, ledger, answered=statuses.count(200), lacked_memory=lacked_memory)
        # Without memory, an internal error is the right answer.
        allowed = ANSWERS | {500} if lacked_memory else ANSWERS
        wrong = [status for status in statuses if status not in allowed]
        if wrong and (code is None or code >= 0):
            outcome.errors += f"oddity-test: answers with the status {wrong}\n"
        return outcome

    def learn(self) -> Outcome:
        folder = self.driver.folder(self.material)
        outcome = self.run(folder, Surroundings())
        self.new = contents(folder, "out", "tmp")
        self.before = int(watched_images(self.old))
        if watched_images(self.new) != self.before + len(self.images):
            raise SystemExit(f"the server's state holds {watched_images(self.new)} images")
        self.driver.remove(folder)
        return outcome

    def leftovers(self, state: State) -> list[str]:
        # SQLite's own files belong to the state.
        return [path for path in state if not path.startswith(STATE)]

    def state_problems(self, state: State, code: int | None) -> list[str]:
        images = watched_images(state)
        if isinstance(images, str):
            return [f"the state cannot be read: {images}"]
        # The maximum depends on the requests.
        return [] if images >= self.before else [f"the state holds {images} images of {self.before}"]

    def is_done(self, state: State, outcome: Outcome) -> bool:
        images = watched_images(state)
        if not isinstance(images, int):
            return False
        most = len(self.images) if outcome.lacked_memory else outcome.answered
        return outcome.answered <= images - self.before <= most

    def next_run_problems(self, folder: Path, before: State) -> list[str]:
        server = self.start(folder, Surroundings(is_counted=False))
        if not server.listens():
            server.end()
            return [f"the next server does not start: {''.join(server.lines).strip()[-200:]}"]
        status, body = server.ask("/v1/models/guarded/drift")
        code = server.end()
        sources = json.loads(body)["sources"] if status == 200 else []
        images = sum(source["images"] for source in sources)
        if status == 200 and images == watched_images(before) and code == 0:
            return []
        return [
            f"the next server answers {status}, knows {images} of {watched_images(before)}, ends with {code}"
        ]


def prepared_server(driver: Driver, material: Path) -> Path:
    """A copy of the material with the state that an earlier server left."""
    folder = driver.folder(material)
    if Serve(driver, folder).run(folder, Surroundings(is_counted=False)).code != 0:
        raise SystemExit("the server fails without a fault")
    shutil.rmtree(folder / "tmp")
    (folder / "tmp").mkdir()
    return folder


def server_scenario(driver: Driver, material: Path) -> Serve:
    made = Serve(driver, prepared_server(driver, material))
    made.learn()
    return made
