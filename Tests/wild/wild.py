"""Tries Oddity on public networks and prints a Markdown table. The script `run` beside it shows how to call
this."""

import sys
import tempfile
from pathlib import Path

import trial
from networks import NETWORKS, SMALLEST, Network

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / ".build-wild"


def main(arguments: list[str]) -> int:
    chosen = choose(arguments)
    if not chosen:
        print(f"wild: no network is called {' or '.join(arguments)}", file=sys.stderr)
        return 2
    print(trial.HEADER, flush=True)
    outcomes = []
    for network in chosen:
        with tempfile.TemporaryDirectory() as folder:
            outcome = trial.run(prepared(network), network.fits, Path(folder))
        print(outcome.row(), flush=True)
        outcomes.append(outcome)
    wrong = [outcome.name for outcome in outcomes if not outcome.right]
    if wrong:
        print(f"wild: not as expected: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def choose(arguments: list[str]) -> list[Network]:
    if not arguments:
        return [network for network in NETWORKS if network.name in SMALLEST]
    if arguments == ["--all"]:
        return NETWORKS
    return [network for network in NETWORKS if any(part in network.name for part in arguments)]


def prepared(network: Network) -> trial.Trial:
    """The trial of the network. Its file is created or downloaded if it does not exist."""
    return trial.Trial(
        network.name, network.source.make(WORK), network.blocks, network.size, network.preprocess, network.flags,
        network.tolerance or trial.TOLERANCE, network.refused,
    )


sys.exit(main(sys.argv[1:]))
