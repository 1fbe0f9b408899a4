"""Random splits of a pool, and the results of the procedure under each setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from promises import law, procedure
from promises.pools import Pool


@dataclass(frozen=True)
class Setting:
    """The settings of a calibration."""

    name: str
    #: The number of calibration images; None means half of the pool.
    calibration: int | None
    alpha: str
    confidence: float | None = None
    by_class: bool = False

    def size(self, pool: Pool) -> int:
        return self.calibration or pool.images // 2


SETTINGS = (
    Setting("5 %, 99 calibration images", 99, "0.05"),
    Setting("5 %, 1000 calibration images", 1000, "0.05"),
    Setting("5 %, half of the images", None, "0.05"),
    Setting("1 %, 1000 calibration images", 1000, "0.01"),
    Setting("by class, 5 %, half of the images", None, "0.05", by_class=True),
    Setting("5 % with confidence 0.9, 1000 calibration images", 1000, "0.05", confidence=0.9),
)

#: Computes k from n, alpha and the confidence.
Ranking = Callable[[int, str, float | None], int]


@dataclass(frozen=True)
class Method:
    """The decision procedure: Oddity's, or an incorrect one that the check must detect."""

    name: str = "as promised"
    ranking: Ranking = procedure.rank
    counting: procedure.Counting = procedure.count_at_most
    ignores_groups: bool = False


@dataclass
class Check:
    """One score of one network under one setting."""

    network: str
    score: str
    setting: str
    #: The false alarms of each split, and the number of fresh images of each.
    alarms: list[int] = field(default_factory=list)
    fresh: int = 0
    promised: float = 0
    p_value: float = 1
    adjusted: float = 1
    kept: int = 0
    expected_kept: float = 0
    largest_tie: int = 1

    @property
    def rate(self) -> float:
        return float(np.mean(self.alarms)) / self.fresh

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean over the splits, from their standard deviation."""
        error = 1.96 * float(np.std(self.alarms, ddof=1)) / self.fresh / len(self.alarms) ** 0.5
        return self.rate - error, self.rate + error


class Resplits:
    """Seeded splits of one network's images, and the distribution of false alarms under each setting. All scores share them."""

    def __init__(self, pool: Pool, setting: Setting, splits: int, seed: int) -> None:
        self.pool, self.setting = pool, setting
        self.n = setting.size(pool)
        random = np.random.default_rng([seed, len(pool.network.name), *setting.name.encode()])
        self.orders = [random.permutation(pool.images).astype(np.int32) for _ in range(splits)]
        groups = np.zeros(len(pool.fit_counts), int)
        if setting.by_class:
            groups = procedure.groups_of_classes(pool.fit_counts, self.n, setting.alpha)
        self.groups = groups[pool.classes]
        self.group_count = int(groups.max()) + 1
        self._parts = [
            [self._part(order, group) for group in range(self.group_count)] for order in self.orders
        ]
        self.laws = [self._law(group) for group in range(self.group_count)]

    def parts(self, split: int, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Calibration and fresh images of a group."""
        return self._parts[split][group]

    def _part(self, order: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray]:
        if self.group_count == 1:
            return order[: self.n], order[self.n :]
        mine = self.groups[order] == group
        return order[: self.n][mine[: self.n]], order[self.n :][mine[self.n :]]

    def rank(self, n: int) -> int:
        return procedure.rank(n, self.setting.alpha, self.setting.confidence)

    def _law(self, group: int) -> law.Total:
        sizes = [tuple(map(len, parts[group])) for parts in self._parts]
        return law.Total((fresh, self.rank(n), n) for n, fresh in sizes)

    def check(self, name: str, scores: np.ndarray, method: Method = Method()) -> Check:
        alarms = np.array([self._alarms(scores, split, method) for split in range(len(self.orders))])
        check = Check(self.pool.network.name, name, self.setting.name, fresh=self.pool.images - self.n)
        check.alarms = [int(total) for total in alarms.sum(axis=1)]
        check.promised = sum(law.expected for law in self.laws) / len(self.orders) / check.fresh
        ties = [self._largest_tie(scores[self.groups == group]) for group in range(self.group_count)]
        check.largest_tie = max(ties)
        p_values = [
            chance.p_value(int(alarms[:, group].sum()), (ties[group] - 1) * len(self.orders))
            for group, chance in enumerate(self.laws)
        ]
        if self.setting.confidence is not None:
            p_values.append(self._judge_kept(check))
        # For several tests, the p-value is the smallest one times the number of tests.
        check.p_value = min(1.0, min(p_values) * len(p_values))
        return check

    def _alarms(self, scores: np.ndarray, split: int, method: Method) -> list[int]:
        """The false alarms in each group."""
        alarms = []
        for group in range(self.group_count):
            calibration, fresh = self.parts(split, group)
            if method.ignores_groups:
                calibration = self.orders[split][: self.n]
            k = method.ranking(len(calibration), self.setting.alpha, self.setting.confidence)
            if method.counting is procedure.count_at_most:
                alarms.append(procedure.count_flagged(scores[calibration], scores[fresh], k))
            else:
                alarms.append(
                    int(procedure.flags(scores[calibration], scores[fresh], k, method.counting).sum())
                )
        return alarms

    def _judge_kept(self, check: Check) -> float:
        """Tests whether enough calibration sets keep the rate."""
        alpha = float(self.setting.alpha)
        chance = law.chance_kept(check.fresh, self.rank(self.n), self.n, alpha)
        check.kept = sum(total <= alpha * check.fresh + 1e-9 for total in check.alarms)
        check.expected_kept = chance
        return law.p_value_of_kept(check.kept, len(check.alarms), chance, check.largest_tie > 1)

    @staticmethod
    def _largest_tie(scores: np.ndarray) -> int:
        return int(np.unique(scores, return_counts=True)[1].max(initial=1))
