"""The forms of the operators since set 11, according to the schemas of onnx, one line for each form, as in
OperatorForm+Table.swift.

A line contains the operator, the first set with this form, the number of inputs, and the attributes with
their types. A "!" marks a required attribute.
"""

import json

from onnx import defs

OLDEST = 11
LETTERS = {
    "FLOAT": "f", "FLOATS": "F", "INT": "i", "INTS": "I", "STRING": "s", "STRINGS": "S", "TENSOR": "t", "SPARSE_TENSOR": "p",
    "GRAPH": "g", "TYPE_PROTO": "y",
}  # fmt: skip


def form(schema):
    most = schema.max_input if schema.max_input < 1000 else "*"
    attributes = [
        f"{name}:{LETTERS[attribute.type.name]}{'!' if attribute.required else ''}"
        for name, attribute in sorted(schema.attributes.items())
    ]
    return " ".join([f"{schema.min_input}-{most}", *attributes])


def in_force(schemas):
    """The forms that set 11 or a later set has."""
    ends = [schema.since_version for schema in schemas[1:]] + [float("inf")]
    return [
        schema for schema, end in zip(schemas, ends) if end > OLDEST and not schema.deprecated
    ]


def lines():
    versions = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            versions.setdefault(schema.name, []).append(schema)
    for name, schemas in sorted(versions.items()):
        last = None
        for schema in in_force(sorted(schemas, key=lambda schema: schema.since_version)):
            if form(schema) != last:
                last = form(schema)
                yield f"{name} {max(OLDEST, schema.since_version)} {last}"


print(json.dumps(list(lines())))
