"""The commands, with their inputs, the existing files in the output folder, and the files that may exist afterwards."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

from faults.driver import Driver, Outcome, Surroundings

#: The content of the files of a folder, by their relative path.
State = dict[str, bytes]

#: The sources of `score`. Each contains five of the ten images.
SOURCES = (b"in/images", b"in/images.tar.gz")
OLD = b"what an earlier run left\n"
FITTED = (
    "in/net.onnx", "--id", "in/images", "in/images.tar.gz", "--calibration", "in/calibration",
    "--alpha", "0.2", "--preprocess", "cifar", "--score", "featurenorm,energy", "--batch", "4", "--threads", "1", "--quiet",
)  # fmt: skip


def contents(folder: Path, *parts: str) -> State:
    """The files in the named parts of a folder."""
    files: State = {}
    for part in parts:
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                files[str(path.relative_to(folder))] = path.read_bytes()
    return files


class Scenario:
    """A command that reads `in` and writes `out`. `tmp` is for its temporary files."""

    name = ""
    #: The arguments of the command.
    arguments: tuple[str, ...] = ()

    def __init__(self, driver: Driver, material: Path) -> None:
        self.driver = driver
        self.material = material
        self.old: State = contents(material, "out")
        self.inputs: State = contents(material, "in")
        #: The files of a run without a fault.
        self.new: State = {}
        self.seconds = 0.0

    def run(self, folder: Path, around: Surroundings) -> Outcome:
        process = self.driver.start(self.arguments, folder, around)
        return self.driver.finish(process, folder, around)

    def learn(self) -> Outcome:
        """Makes the run that all others are compared with. Its counts give the number of places for faults."""
        folder = self.driver.folder(self.material)
        outcome = self.run(folder, Surroundings())
        self.new = contents(folder, "out", "tmp")
        self.driver.remove(folder)
        return outcome

    def is_whole(self, path: str, data: bytes, code: int | None) -> bool:
        """Whether a file may have this content: the old one, the new one, or that of another correct run."""
        return data in (self.old.get(path), self.new.get(path))

    def state_problems(self, state: State, code: int | None) -> list[str]:
        """The problems of the output. The judge checks leftover files."""
        problems = [
            f"{path} is neither the old nor the new file"
            for path, data in state.items()
            if path in self.old | self.new and not self.is_whole(path, data, code)
        ]
        lost = [path for path in self.old if path not in state and path in self.new]
        return problems + [f"{path} is lost" for path in lost if not self.may_be_missing(path)]

    def may_be_missing(self, path: str) -> bool:
        return False

    def leftovers(self, state: State) -> list[str]:
        return [path for path in state if path not in self.old and path not in self.new]

    def is_done(self, state: State, outcome: Outcome) -> bool:
        """Whether the output is that of a run without a fault."""
        return state == self.new

    def is_right_without(self, state: State, outcome: Outcome) -> list[str]:
        """The problems of a run with exit code 1. It must report an input that failed, and the rest must be correct."""
        return []

    def next_run_problems(self, folder: Path, before: State) -> list[str]:
        """Runs the command again on the files that a fault has left."""
        outcome = self.run(folder, Surroundings(is_counted=False))
        after = contents(folder, "out", "tmp")
        return self.gone_on_problems(outcome, before, after)

    def gone_on_problems(self, outcome: Outcome, before: State, after: State) -> list[str]:
        known = {path: data for path, data in after.items() if path in self.new}
        if outcome.code != 0:
            return [f"the next run ended with {outcome.code}: {outcome.errors.strip()[-200:]}"]
        wrong = [path for path, data in self.new.items() if known.get(path) != data]
        return [f"the next run made another {path}" for path in wrong]


class SingleFile(Scenario):
    """A command whose result is one file, which must appear complete."""

    output = ""

    def is_whole(self, path: str, data: bytes, code: int | None) -> bool:
        # Without one of the images, the result differs but is complete. `is_right_without` checks it.
        return super().is_whole(path, data, code) or code == 1


class Fit(SingleFile):
    name = "fit"
    output = "out/guarded.onnx"
    arguments = (
        "fit",
        *FITTED,
        "--output",
        output,
    )

    def is_right_without(self, state: State, outcome: Outcome) -> list[str]:
        return guarded_problems(self.driver, self.material, state[self.output])


class Partial(SingleFile):
    name = "fit --partial"
    output = "out/part.state"
    arguments = (
        "fit",
        *FITTED,
        "--shard",
        "1/2",
        "--partial",
        output,
    )

    def is_right_without(self, state: State, outcome: Outcome) -> list[str]:
        folder = self.driver.folder(self.material)
        (folder / "in" / "part1.state").write_bytes(state[self.output])
        run = self.driver.start(Merge.arguments, folder, Surroundings(is_counted=False))
        code = self.driver.finish(run, folder, Surroundings(is_counted=False)).code
        self.driver.remove(folder)
        return [] if code == 0 else [f"the part cannot be merged: {code}"]


class Merge(SingleFile):
    name = "merge"
    output = "out/guarded.onnx"
    arguments = (
        "merge", "--model", "in/net.onnx", "in/part1.state", "in/part2.state", "--output", output,
        "--threads", "1", "--quiet",
    )  # fmt: skip

    def is_right_without(self, state: State, outcome: Outcome) -> list[str]:
        return ["the exit code is 1, and nothing that merge reads may fail by itself"]


def guarded_problems(driver: Driver, material: Path, model: bytes) -> list[str]:
    """Whether `oddity verify` accepts a guarded model."""
    folder = driver.folder(material)
    (folder / "out" / "checked.onnx").write_bytes(model)
    around = Surroundings(is_counted=False)
    run = driver.start(["verify", "out/checked.onnx", "--model", "in/net.onnx", "--quiet"], folder, around)
    outcome = driver.finish(run, folder, around)
    driver.remove(folder)
    return [] if outcome.code == 0 else [f"the guarded model does not pass verify: {outcome.errors.strip()}"]


class Score(Scenario):
    """A command that appends lines. The lines of an earlier run come first, followed by an incomplete line."""

    name = "score --resume"
    output = "out/lines.jsonl"
    arguments = (
        "score", "in/guarded.onnx", "in/images", "in/images.tar.gz", "--batch", "2", "--threads", "1",
        "--output", output, "--resume", "--quiet",
    )  # fmt: skip

    def is_whole(self, path: str, data: bytes, code: int | None) -> bool:
        expected = self.new[path].split(b"\n")
        lines = self._expanded(data.split(b"\n"))
        if len(lines) > len(expected):
            return False
        whole = all(same_line(line, right) for line, right in zip(lines[:-1], expected, strict=False))
        right = expected[len(lines) - 1]
        return whole and (right.startswith(lines[-1]) or is_error(right, lines[-1]) or not lines[-1])

    def _expanded(self, lines: list[bytes]) -> list[bytes]:
        """A source that cannot be opened gives one line for its five images. Here it is expanded to one line for each image."""
        result: list[bytes] = []
        for line in lines:
            source = next(
                (name for name in SOURCES if line.startswith(b'{"input":"%s","error":' % name)), None
            )
            if source is None:
                result.append(line)
                continue
            names = [right for right in self.new[self.output].splitlines() if b'"%s/' % source in right]
            for right in names:
                name = json.dumps(json.loads(right)["input"]).encode()
                result.append(line.replace(b'"%s"' % source, name, 1))
        return result

    def is_right_without(self, state: State, outcome: Outcome) -> list[str]:
        failed = [line for line in state[self.output].splitlines() if b'"error":' in line]
        return [] if failed else ["the exit code is 1, and no line holds an error"]

    def gone_on_problems(self, outcome: Outcome, before: State, after: State) -> list[str]:
        old_lines = before.get(self.output, b"").splitlines()
        failed = {
            index for index, line in enumerate(old_lines) if b'"error":' in line and line.endswith(b"}")
        }
        if outcome.code != (1 if failed else 0):
            return [f"the next run ended with {outcome.code}: {outcome.errors.strip()[-200:]}"]
        lines = after.get(self.output, b"").splitlines()
        expected = self.new[self.output].splitlines()
        if len(lines) != len(expected):
            return [f"after the next run there are {len(lines)} lines of {len(expected)} images"]
        wrong = [i for i, line in enumerate(lines) if line != expected[i] and i not in failed]
        return [f"after the next run line {i + 1} is another one" for i in wrong]


def same_line(line: bytes, expected: bytes) -> bool:
    return line == expected or is_error(expected, line)


def is_error(expected: bytes, line: bytes) -> bool:
    """Whether the line reports that the same image failed. The line may be cut."""
    if not expected:
        return False
    name = json.dumps(json.loads(expected)["input"]).encode()
    return line.startswith(b'{"input":%s,"error":' % name)


class Benchmark(Scenario):
    """A command whose tables each appear complete, and whose measurements remain if a run ends early."""

    name = "benchmark"
    arguments = (
        "benchmark",
        "in/suite.yaml",
        "--output",
        "out/results",
        "--batch",
        "2",
        "--threads",
        "1",
        "--quiet",
    )

    def is_whole(self, path: str, data: bytes, code: int | None) -> bool:
        # Without one of the images, the numbers differ, and the next run shows whether it measures them again. Only measurements
        # may remain of a run that failed later.
        if super().is_whole(path, data, code) or code in (1, -signal.SIGILL, -signal.SIGTRAP):
            return True
        return code is not None and code > 0 and "/measurements/" in path

    def may_be_missing(self, path: str) -> bool:
        # Tables of an earlier run are deleted before new ones are written, so that old and new ones are not mixed.
        return "/measurements/" not in path

    def next_run_problems(self, folder: Path, before: State) -> list[str]:
        whole = self._times(folder)
        problems = super().next_run_problems(folder, before)
        after = self._times(folder)
        again = [name for name, when in whole.items() if after.get(name) != when]
        return problems + [f"{name} was whole and was measured again" for name in again]

    def _times(self, folder: Path) -> dict[str, int]:
        """The modification times of measurements that equal those of a run without a fault."""
        times: dict[str, int] = {}
        for path in (folder / "out").rglob("*.npy"):
            pair = [path, path.with_suffix(".json")]
            names = [str(file.relative_to(folder)) for file in pair]
            if all(
                f.exists() and f.read_bytes() == self.new.get(n) for f, n in zip(pair, names, strict=True)
            ):
                times[names[0]] = path.stat().st_mtime_ns
        return times


def prepared(kind: type[Scenario], driver: Driver, material: Path, whole: State) -> Path:
    """A copy of the material with the `out` folder of an earlier run of this command."""
    folder = driver.folder(material)
    if kind is Score:
        text = whole[Score.output]
        end = [i for i, byte in enumerate(text) if byte == 10][2] + 20
        (folder / Score.output).write_bytes(text[:end])
    elif kind is Benchmark:
        for path, data in whole.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data if "id.fit." in path else OLD)
        for path in (folder / "out" / "results" / "measurements").rglob("*"):
            if path.is_file() and "id.fit." not in path.name:
                path.unlink()
    elif issubclass(kind, SingleFile):
        (folder / kind.output).write_bytes(OLD)
    return folder


def scenario(kind: type[Scenario], driver: Driver, material: Path) -> Scenario:
    """The scenario with an old output, and with the output of a run without faults for comparison."""
    empty = kind(driver, material)
    outcome = empty.learn()
    if outcome.code != 0:
        raise SystemExit(f"{kind.name} fails without a fault: {outcome.code}\n{outcome.errors}")
    made = kind(driver, prepared(kind, driver, material, empty.new))
    if made.learn().code != 0 or made.new != empty.new:
        raise SystemExit(f"{kind.name} has another result where an earlier run left something")
    return made


def complete(driver: Driver, material: Path) -> None:
    """Adds the guarded model and the parts, which other commands read."""
    for arguments, source, target in (
        (Fit.arguments, Fit.output, "in/guarded.onnx"),
        (Partial.arguments, Partial.output, "in/part1.state"),
        (tuple(word.replace("1/2", "2/2") for word in Partial.arguments), Partial.output, "in/part2.state"),
    ):
        folder = driver.folder(material)
        around = Surroundings(is_counted=False)
        outcome = driver.finish(driver.start(arguments, folder, around), folder, around)
        if outcome.code != 0:
            raise SystemExit(f"{' '.join(arguments)} fails without a fault:\n{outcome.errors}")
        shutil.copy(folder / source, material / target)
        driver.remove(folder)
