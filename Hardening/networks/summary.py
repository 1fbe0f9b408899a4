"""Counts outcomes, and writes them as a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from record import Record

from .trial import Outcome

#: The outcomes of a network, in the order of the table.
ACCEPTED: tuple[tuple[str, str], ...] = (
    ("equal", "accepted, and all numbers are those of ONNX Runtime and NumPy"),
    (
        "equal by definition",
        "accepted although ONNX Runtime refuses it, with the numbers that its nodes define",
    ),
    ("uncompared", "accepted although ONNX Runtime refuses it, and without a reference for its numbers"),
    ("hopeless", "accepted, but rounding alone moves its numbers by more than 5 %"),
    ("failed", "crash, hang, memory, wrong numbers, or not one line"),
)

#: The reasons of Oddity's refusals, by its message. The first match counts.
REFUSALS: tuple[tuple[str, str], ...] = (
    (r"is not an ONNX model|is guarded already|metadata that is damaged", "the file is not a plain ONNX model"),
    (r"no spatial block|not that of a classifier|no classifier|--logits|no logits", "it finds no block or no logits"),
    (r"several image inputs|no image input|image input|--input", "it finds no image among the inputs"),
    (r"has a cycle|no node writes|written twice|twice|writes no tensor|lacks one of|reads '", "the wiring contradicts itself"),
    (r"operator set|opset_import|local function|experimental", "the operator set or a function cannot be used"),
    (r"external data|holds weights|keeps the weights|weights of", "weights are in an invalid file"),
    (r"training mode|random numbers|all images of a batch|over the batch|images of a batch|neighbours|other images",
     "an image's numbers would depend on its neighbours or on chance"),
    (r"engine computes wrongly|the engine does not compute|between one thread", "the engine would compute it wrongly"),
    (r"does not have the operator", "the engine does not have an operator"),
    (r"not finite|finite numbers", "logits or scores are not finite"),
    (r"the engine cannot|engine", "the engine cannot read or run it"),
    (r"already has a tensor called", "a tensor has a name that Oddity would give"),
    (r"\[N, C|shape|size|height|channels|dims", "a shape does not fit"),
    (r"score|featurenorm|norm", "the score is not defined there"),
)  # fmt: skip


def fill(record: Record, outcomes: list[Outcome], missed: list[str], stopped: bool) -> Record:
    generated = [o for o in outcomes if o.is_generated]
    mutated = [o for o in outcomes if not o.is_generated]
    record.columns = ["outcome", "generated", "mutated"]
    record.rows = [row for row in rows(generated, mutated) if any(row[1:])]
    count_all(record, outcomes, generated, mutated)
    told = [f"{o.name} ({o.story}): {line}" for o in outcomes for line in o.failures]
    record.failures = missed + [without_paths(line) for line in told]
    record.listed = list(listed(outcomes))
    record.left_out = left_out(len(outcomes), stopped)
    return record


def rows(generated: list[Outcome], mutated: list[Outcome]) -> Iterable[list]:
    def row(what: str, fits: Callable[[Outcome], bool]) -> list:
        return [what, sum(map(fits, generated)), sum(map(fits, mutated))]

    for kind, what in ACCEPTED:
        yield row(what, lambda o, kind=kind: o.kind == kind)
    yield row("refused by Oddity and by ONNX Runtime", lambda o: o.kind == "refused" and bool(o.other))
    for _, why in (*REFUSALS, ("", OTHER)):
        yield row(
            f"refused by Oddity alone: {why}",
            lambda o, why=why: o.kind == "refused" and not o.other and reason(o.line) == why,
        )


OTHER = "another reason"


def without_paths(line: str) -> str:
    """Removes folder names, because records must not contain paths of a machine."""
    return re.sub(r"(/[\w.+-]+){2,}", "…", line)


def reason(line: str) -> str:
    return next((why for pattern, why in REFUSALS if re.search(pattern, line)), OTHER)


def count_all(
    record: Record, outcomes: list[Outcome], generated: list[Outcome], mutated: list[Outcome]
) -> None:
    record.count("generated networks", len(generated))
    record.count("mutated networks", len(mutated))
    compared = [o for o in outcomes if o.largest]
    record.count("networks whose numbers were compared", len(compared))
    own = [o for o in compared if o.kind == "equal"]
    same = sum(o.identical for o in own)
    record.count(
        "of these, the classifier's own outputs are the same bits with the guard", f"{same} of {len(own)}"
    )
    for precision, name in (("float32", "float32"), ("float16", "float16"), ("int8", "8-bit")):
        shares = [share for o in compared if o.precision == precision for share in o.largest.values()]
        if shares:
            record.count(
                f"largest difference of a number, {name} networks", f"{max(shares):.0e} of the largest number"
            )
    for what in ("most processor seconds of one command", "most memory of one command, MiB"):
        values = [o.seconds if "seconds" in what else o.memory for o in outcomes]
        record.count(what, round(max(values, default=0), 1))
    record.count("crashes, hangs, wrong numbers or bad lines", sum(bool(o.failures) for o in outcomes))


def listed(outcomes: list[Outcome]) -> Iterable[dict]:
    lost = [o for o in outcomes if o.kind == "uncompared" and "LRN" in o.why]
    if lost:
        yield {
            "what": "ONNX Runtime gives NaN, and Oddity numbers",
            "why": "ONNX Runtime's LRN adds a channel's square to a running sum and subtracts it later, so that it loses small"
            " numbers beside large ones. According to NumPy, Oddity's numbers were correct.",
            "count": len(lost),
        }
    undefined = [o for o in outcomes if o.kind == "uncompared" and o not in lost]
    if undefined:
        yield {
            "what": "Oddity accepts networks that ONNX Runtime refuses and that have no defined meaning",
            "why": "OpenVINO reads them: " + "; ".join(sorted({cause(o.other) for o in undefined})),
            "count": len(undefined),
        }
    meant = [o for o in outcomes if o.kind == "equal by definition"]
    if meant:
        yield {
            "what": "Oddity accepts networks that ONNX Runtime refuses",
            "why": "The error does not affect the relevant nodes. It is, for example, a wrong declared size of an inner "
            "tensor, a wrong type of an output, an unused node, or an attribute that an operator does not have. The "
            "numbers are those that ONNX Runtime or ONNX's reference implementation gives for the relevant nodes.",
            "count": len(meant),
        }


#: Short forms of ONNX Runtime's errors.
CAUSES: tuple[tuple[str, str], ...] = (
    (r"Unrecognized attribute", "a node has an attribute that its operator does not have"),
    (r"Mismatched attribute type", "an attribute has another type than its operator wants"),
    (
        r"with schema|input size|output size",
        "a node has more or fewer inputs or outputs than its operator set allows",
    ),
    (r"group must be|group count", "a convolution has no groups"),
    (r"No Op registered|not a registered|opset", "the operator set does not have an operator"),
    (r"Type Error|type", "types do not fit"),
    (r"[Ss]hape|dimension|rank|axis", "shapes or axes do not fit"),
    (r"name|Missing|NodeArg|initializer", "names or weights do not fit"),
)


def cause(line: str) -> str:
    return next((why for pattern, why in CAUSES if re.search(pattern, line)), "another reason")


NUMBERS = (
    "ONNX Runtime computes feature maps in float32, and NumPy computes FeatureNorms from them in float64. Whole "
    "networks were not computed in float64. If images that differ by a millionth have different numbers, the tolerance "
    "grows by eight times that difference."
)
SCORES = (
    "FeatureNorm and the scores `energy` and `msp` were compared, and NormRatio of all blocks for half of the networks."
    " The channel axis is that in Oddity's report."
)

HANGING = (
    "A command counts as hanging after 20 seconds of processor time, or after two minutes of wall-clock time without an"
    " answer. A busy machine can reach the second limit."
)


def left_out(count: int, stopped: bool) -> list[str]:
    lines = [
        NUMBERS,
        SCORES,
        HANGING,
        "Only one thread was tested, with one engine for the fit (OpenVINO) and two for the guarded file, and only on the processor.",
    ]
    if stopped:
        lines.append(
            f"The run was stopped by the clock after {count} networks. With the same `--log` it goes on."
        )
    return lines
