"""A reader of vector tiles, written from version 2.1 of the specification, for tests.

The bytes are taken apart by the protobuf library, from the schema of the specification; commands
are then followed one by one, with nothing in common with how tiles are written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_KIND = descriptor_pb2.FieldDescriptorProto
_NAMES = {1: "Point", 2: "LineString", 3: "Polygon"}
_SCHEMA: dict[str, list[tuple[str, int, int, str]]] = {
    "Value": [
        ("string_value", 1, _KIND.TYPE_STRING, ""),
        ("float_value", 2, _KIND.TYPE_FLOAT, ""),
        ("double_value", 3, _KIND.TYPE_DOUBLE, ""),
        ("int_value", 4, _KIND.TYPE_INT64, ""),
        ("uint_value", 5, _KIND.TYPE_UINT64, ""),
        ("sint_value", 6, _KIND.TYPE_SINT64, ""),
        ("bool_value", 7, _KIND.TYPE_BOOL, ""),
    ],
    "Feature": [
        ("id", 1, _KIND.TYPE_UINT64, ""),
        ("tags", 2, _KIND.TYPE_UINT32, "many"),
        ("type", 3, _KIND.TYPE_UINT32, ""),
        ("geometry", 4, _KIND.TYPE_UINT32, "many"),
    ],
    "Layer": [
        ("version", 15, _KIND.TYPE_UINT32, ""),
        ("name", 1, _KIND.TYPE_STRING, ""),
        ("features", 2, _KIND.TYPE_MESSAGE, "many Feature"),
        ("keys", 3, _KIND.TYPE_STRING, "many"),
        ("values", 4, _KIND.TYPE_MESSAGE, "many Value"),
        ("extent", 5, _KIND.TYPE_UINT32, ""),
    ],
    "Tile": [("layers", 3, _KIND.TYPE_MESSAGE, "many Layer")],
}

Ring = list[tuple[int, int]]


@dataclass(frozen=True)
class Feature:
    """One feature.

    Attributes:
        id: Its id.
        kind: Point or Polygon.
        paths: Rings without a repeated end, or the points in one list.
        properties: Values by key.
    """

    id: int
    kind: str
    paths: list[Ring]
    properties: dict[str, object]

    def polygons(self) -> list[list[Ring]]:
        """Parts of a polygon, each its outer ring, of positive area, and its inner ones."""
        parts: list[list[Ring]] = []
        for ring in self.paths:
            if doubled_area(ring) > 0:
                parts.append([ring])
            else:
                parts[-1].append(ring)
        return parts


@dataclass(frozen=True)
class Layer:
    """One layer; the attributes are named as in the specification."""

    version: int
    extent: int
    keys: list[str]
    values: list[object]
    features: list[Feature]


def doubled_area(ring: Ring) -> int:
    """Twice the area by the surveyor's formula."""
    following = [*ring[1:], ring[0]]
    return sum(a * d - c * b for (a, b), (c, d) in zip(ring, following, strict=True))


def read(data: bytes) -> dict[str, Layer]:
    """Layers of a tile by name."""
    tile = _message("Tile").FromString(data)
    out = {}
    for layer in tile.layers:
        values = [_value(value) for value in layer.values]
        keys = list(layer.keys)
        features = [_feature(feature, keys, values) for feature in layer.features]
        assert layer.name not in out
        assert features
        out[layer.name] = Layer(layer.version, layer.extent, keys, values, features)
    return out


def _feature(feature: Any, keys: list[str], values: list[object]) -> Feature:
    numbers = list(feature.tags)
    properties = {keys[k]: values[v] for k, v in zip(numbers[::2], numbers[1::2], strict=True)}
    kind = _NAMES[feature.type]
    return Feature(feature.id, kind, _paths(list(feature.geometry), kind), properties)


def _paths(words: list[int], kind: str) -> list[Ring]:
    """Follow the pen."""
    at, x, y = 0, 0, 0
    paths: list[Ring] = []
    while at < len(words):
        command, count = words[at] & 7, words[at] >> 3
        at += 1
        if command == 7:
            assert count == 1
            assert kind == "Polygon"
            continue
        assert count >= 1
        assert command in {1, 2}
        if command == 1:
            paths.append([])
        for _ in range(count):
            x, y = x + _unfolded(words[at]), y + _unfolded(words[at + 1])
            paths[-1].append((x, y))
            at += 2
        if command == 2:
            assert words[at] == 15
    return paths


def _unfolded(word: int) -> int:
    return (word >> 1) ^ -(word & 1)


def _value(value: Any) -> object:
    ((_, found),) = [(field.name, content) for field, content in value.ListFields()]
    return found


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(name))


def _pool() -> descriptor_pool.DescriptorPool:
    # Presence of a value has to be told from its being zero, so this is proto2 as it was specified.
    file = descriptor_pb2.FileDescriptorProto(name="vector_tile.proto", syntax="proto2")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field, number, kind, note in fields:
            many = note.startswith("many")
            added = message.field.add(name=field, number=number, type=kind)
            added.label = _KIND.LABEL_REPEATED if many else _KIND.LABEL_OPTIONAL
            if kind == _KIND.TYPE_MESSAGE:
                added.type_name = "." + note.removeprefix("many ")
            elif many and kind != _KIND.TYPE_STRING:
                added.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


_POOL = _pool()
