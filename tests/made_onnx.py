"""Small ONNX files, written byte by byte: the package onnx is not needed to run networks."""

from __future__ import annotations

FLOAT, DOUBLE = 1, 11


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, content: bytes | str) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def value_info(name: str, dims: tuple[int | str, ...], element: int = FLOAT) -> bytes:
    shape = b"".join(
        text(1, number(1, dim) if isinstance(dim, int) else text(2, dim)) for dim in dims
    )
    return text(1, name) + text(2, text(1, number(1, element) + text(2, shape)))


def ints(name: str, *values: int) -> bytes:
    return text(5, text(1, name) + b"".join(number(8, one) for one in values) + number(20, 7))


def node(operator: str, inputs: tuple[str, ...], output: str, *attributes: bytes) -> bytes:
    named = b"".join(text(1, one) for one in inputs)
    return named + text(2, output) + text(4, operator) + b"".join(attributes)


def model(
    *nodes: bytes,
    inputs: tuple[bytes, ...] = (value_info("image", (1, 3, "H", "W")),),
    output: bytes = value_info("map", (1, 1, "H", "W")),
    initializers: tuple[bytes, ...] = (),
) -> bytes:
    graph = b"".join(text(1, one) for one in nodes) + text(2, "graph")
    graph += b"".join(text(5, one) for one in initializers)
    graph += b"".join(text(11, one) for one in inputs) + text(12, output)
    return number(1, 8) + text(8, number(2, 13)) + text(7, graph)


def mean_of_colours() -> bytes:
    """A network whose map is the mean of red, green and blue."""
    return model(node("ReduceMean", ("image",), "map", ints("axes", 1)))
