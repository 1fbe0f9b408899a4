"""Checks the rules of Benchmarks/claims.py for the paper's claims on synthetic results."""

import json
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Benchmarks"))

import claims  # noqa: E402


def network(fpr95, auroc, lost=0.0, kinds=None):
    gains = [
        {"method": "featurenorm", "fpr95_ci95": fpr95, "auroc_ci95": auroc},
        {"method": "energy+norm", "fpr95_ci95": [-0.2, -0.1], "auroc_ci95": [0.01, 0.02]},
        {"method": "msp+norm", "fpr95_ci95": [0.1, 0.2], "auroc_ci95": [-0.02, -0.01]},
        {"method": "knn+norm", "fpr95_ci95": [-0.1, 0.1], "auroc_ci95": None},
    ]
    predictions = [{"kind": kind, "auroc_lost": value} for kind, value in (kinds or {"jigsaw:3": 0.0}).items()]
    report = {"table": {"gains": gains}, "blocks": {"predictions": predictions}}
    return types.SimpleNamespace(report=report, lost=lost, best_block={"mean_auroc": 0.9}, aurocs=[0.5, 0.9, 0.8])


def main():
    better, worse, unsure = network([-0.2, -0.1], [0.1, 0.2]), network([0.1, 0.2], [-0.2, -0.1]), network([-0.1, 0.1], None)
    assert [claims.lower_fpr95(n, "featurenorm") for n in (better, worse, unsure)] == [True, False, None]
    assert [claims.higher_auroc(n, "featurenorm") for n in (better, worse, unsure)] == [True, False, None]
    assert claims.effects_of_norm(better) == (1, 1, 3)
    assert [claims.selects_well(network(None, None, lost=loss)) for loss in (0.0, 0.01, 0.02)] == [True, True, False]
    kinds = [{"jigsaw:3": 0.1, "blur": 0.1, "rotation": None}, {"jigsaw:3": 0.1, "blur": 0.0}, {"jigsaw:3": None, "blur": 0.0}]
    assert [claims.jigsaw_selects_best(network(None, None, kinds=k)) for k in kinds] == [True, False, None]
    grids = claims.Grids(better, {"images": 9, "selected": {"2": 0, "3": 1, "4": 2, "5": None}})
    assert abs(grids.lost("2") - 0.4) < 1e-12 and grids.lost("5") is None and grids.three_is_best()
    assert not claims.Grids(better, {"images": 9, "selected": {"2": 1, "3": 2}}).three_is_best()
    claim = claims.Claim.of({"a": True, "b": False, "c": None})
    assert [claim.on(name) for name in "abc"] == ["confirmed", "contradicted", "open"]
    assert claim.counts == "1 of 3" and claim.others == "contradicted by b; open on c"
    json.dump({"checked": True}, sys.stdout)


if __name__ == "__main__":
    main()
