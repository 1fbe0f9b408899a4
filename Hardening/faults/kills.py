"""`kill -9` at random moments."""

from __future__ import annotations

import random
import signal
import time

from faults.driver import Outcome, Surroundings
from faults.interposer import Fault
from faults.judge import Judge
from faults.scenarios import Scenario, contents
from faults.server import PROMISED, Serve, watched_images
from faults.steps import Allowance, each

#: The delay that a busy machine may add to the second in which the server promises to commit, in addition to its slowest answers.
SLACK = 1.0
KILL = Fault("", "kill -9")


def moments(number: int, longest: float, seed: int) -> list[float]:
    generator = random.Random(seed)
    return sorted(generator.uniform(0, longest) for _ in range(number))


def kill_commands(scenario: Scenario, number: int, seed: int, allowance: Allowance) -> Judge:
    """Kills a command at random moments of its run, and lets the next run continue."""
    judge = Judge(scenario, planned=number)
    began = time.monotonic()
    folder = scenario.driver.folder(scenario.material)
    scenario.run(folder, Surroundings(is_counted=False))
    length = time.monotonic() - began
    scenario.driver.remove(folder)
    times = moments(number, 1.1 * length, seed)

    def kill(fault: Fault) -> None:
        folder = scenario.driver.folder(scenario.material)
        around = Surroundings(is_counted=False)
        process = scenario.driver.start(scenario.arguments, folder, around)
        time.sleep(times[fault.place])
        process.send_signal(signal.SIGKILL)
        outcome = scenario.driver.finish(process, folder, around)
        judge.look(folder, outcome, fault, may_die=True)
        scenario.driver.remove(folder)

    each(kill, [KILL.at(index) for index in range(number)], allowance)
    return judge


def kill_servers(scenario: Serve, number: int, seed: int, allowance: Allowance) -> Judge:
    """Kills a server during requests, and checks the age of its state."""
    judge = Judge(scenario, planned=number)
    times = moments(number, 4.0, seed)

    def kill(fault: Fault) -> None:
        folder = scenario.driver.folder(scenario.material)
        server = scenario.start(folder, Surroundings(is_counted=False))
        answered: list[float] = []
        asked, slowest = 0, 0.0
        last = time.monotonic() + times[fault.place]
        if server.listens():
            while time.monotonic() < last:
                asked += 1
                before = time.monotonic()
                if server.score(scenario.images[asked % len(scenario.images)]) == 200:
                    answered.append(time.monotonic())
                slowest = max(slowest, time.monotonic() - before)
                time.sleep(0.03)
        killed = time.monotonic()
        code = server.end(signal.SIGKILL)
        promised = sum(1 for moment in answered if moment < killed - PROMISED - SLACK - 2 * slowest)
        images = watched_images(contents(folder, "out"))
        problems = []
        if isinstance(images, int) and not scenario.before + promised <= images <= scenario.before + asked:
            problems.append(
                f"the state holds {images} images, and {scenario.before + promised} were promised"
            )
        judge.look(folder, Outcome(code, ""), fault, may_die=True, problems=problems)
        scenario.driver.remove(folder)

    each(kill, [KILL.at(index) for index in range(number)], allowance)
    return judge
