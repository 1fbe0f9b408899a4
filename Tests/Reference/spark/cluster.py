"""A Spark standalone cluster on loopback, from the package on PyPI: one master, and two workers with one core
each."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pyspark

HOME = pathlib.Path(pyspark.__file__).parent
DEADLINE = 600


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    """`with Cluster() as cluster:` runs the cluster during the block."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="oddity-spark-", ignore_cleanup_errors=True)
        self.environment = os.environ | {
            "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": self.folder.name,
            "SPARK_DAEMON_MEMORY": "256m", "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable,
        }  # fmt: skip
        self.processes, self.workers = [], []

    def __enter__(self):
        try:
            port = free_port()
            self.url = f"spark://127.0.0.1:{port}"
            master = self.start("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
            self.wait(master, "I have been elected leader")
            self.workers = [self.start_worker(number) for number in (1, 2)]
            for worker in self.workers:
                self.wait(worker, "Successfully registered with master")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process, _ in reversed(self.processes):
            self.kill(process)
        self.folder.cleanup()

    def start_worker(self, number):
        folder = pathlib.Path(self.folder.name, f"worker{number}")
        return self.start("worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                          "--work-dir", str(folder), self.url)  # fmt: skip

    def start(self, name, *arguments):
        log = pathlib.Path(self.folder.name, f"{len(self.processes)}.log")
        with log.open("w") as file:
            # A separate session, so that its executors and their Python processes can be killed with it.
            process = subprocess.Popen(
                [HOME / "bin/spark-class", f"org.apache.spark.deploy.{name}", *arguments], stdout=file, stderr=file,
                env=self.environment, start_new_session=True,
            )  # fmt: skip
        self.processes.append((process, log))
        return process, log

    def wait(self, started, text):
        process, log = started
        end = time.monotonic() + DEADLINE
        while text not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Spark did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)

    @staticmethod
    def kill(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def kill_worker(self):
        """Kills the first worker, with all its processes."""
        self.kill(self.workers[0][0])

    def submit(self, script, *arguments):
        """Starts a job. Its messages are written to a file."""
        log = pathlib.Path(self.folder.name, f"job{len(list(pathlib.Path(self.folder.name).glob('job*')))}.log")
        words = [word for setting in ("spark.ui.enabled=false", "spark.executor.memory=640m") for word in ("--conf", setting)]
        command = [HOME / "bin/spark-submit", "--master", self.url, *words, script, *arguments]
        with log.open("w") as file:
            return Job(subprocess.Popen(command, stdout=file, stderr=file, env=self.environment), log)


class Job:
    def __init__(self, process, log):
        self.process, self.log = process, log

    def wait(self, timeout=1200):
        """Waits until the job ends. Returns its messages."""
        if self.process.wait(timeout):
            raise RuntimeError(f"the job failed: {self.log.read_text()[-6000:]}")
        return self.log.read_text()

    def wait_until_half(self, output):
        """Waits until half of the tasks of the job that writes `output` are committed. Returns false if it
        ended before."""
        while self.process.poll() is None:
            total = re.findall(r"Submitting (\d+) missing tasks from ResultStage", self.log.read_text())
            committed = list(pathlib.Path(output).glob("_temporary/0/task_*"))
            if total and len(committed) >= int(total[-1]) / 2:
                return True
            time.sleep(0.05)
        return False
