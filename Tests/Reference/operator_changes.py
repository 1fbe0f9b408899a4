"""The operator sets since 9 that removed attributes from operators or changed their defaults, according to
the schemas of onnx."""

import collections
import json

import onnx
from onnx import defs


def default(attribute):
    value = attribute.default_value
    return onnx.helper.get_attribute_value(value) if value.name else None


versions = collections.defaultdict(list)
for schema in defs.get_all_schemas_with_history():
    if schema.domain == "":
        versions[schema.name].append(schema)
changes = collections.defaultdict(list)
for name, schemas in versions.items():
    schemas.sort(key=lambda schema: schema.since_version)
    for old, new in zip(schemas, schemas[1:]):
        changed = any(
            key not in new.attributes or default(attribute) != default(new.attributes[key])
            for key, attribute in old.attributes.items()
        )
        if changed and new.since_version >= 9:
            changes[name].append(new.since_version)
print(json.dumps(changes))
