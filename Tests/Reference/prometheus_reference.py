"""Parses metrics in Prometheus's text format with its Python client: a JSON text to {family: {"type",
"samples"}}."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

families = {
    family.name: {
        "type": family.type,
        "samples": [
            {"name": s.name, "labels": s.labels, "value": "inf" if s.value == float("inf") else s.value}
            for s in family.samples
        ],
    }
    for family in text_string_to_metric_families(json.load(sys.stdin))
}
print(json.dumps(families))
