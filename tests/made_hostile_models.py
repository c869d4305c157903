"""Networks, code, commands and densities that are hostile or broken, by kind and name."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from made_hostile_maps import PNG, SHAPE, npy
from made_hostile_places import SOUND, folder
from made_onnx import (
    DOUBLE,
    ints,
    mean_of_colours,
    model,
    node,
    number,
    text,
    value_info,
)

UNIFORM = np.full(SHAPE, -np.log(192))


def densities(values) -> object:
    make = folder(("a.npy", npy(values)), ("b.npy", npy(UNIFORM)), sound=())
    return lambda place: f"{make(place)},kind=log_density"


def pictures(place: Path) -> str:
    return f"{folder(('a.png', PNG), sound=('b.npy',))(place)},kind=log_density"


DENSITIES = {
    "sums to 2": (densities(UNIFORM + np.log(2)), "sum of its probabilities is 0.6931"),
    "sums to 1.002": (densities(UNIFORM + 0.002), "sum of its probabilities is 0.002"),
    "sums to 0.998": (densities(UNIFORM - 0.002), "sum of its probabilities is -0.002"),
    "of no mass": (densities(np.full(SHAPE, -np.inf)), "sum of its probabilities is -inf"),
    "of nan": (densities(UNIFORM * np.nan), "192 of its values are NaN"),
    "of infinity": (densities(UNIFORM + np.inf), "192 of its values are NaN"),
    "probabilities, not logarithms": (densities(np.exp(UNIFORM)), "sum of its probabilities is"),
    "grey picture": (pictures, "sum of its probabilities is .* say kind saliency_map"),
}


def onnx(content: bytes, options: str = "") -> object:
    def make(place: Path) -> str:
        (place / "net.onnx").write_bytes(content)
        return f"{place / 'net.onnx'}{options}"

    return make


MEAN = node("ReduceMean", ("image",), "grey", ints("axes", 1))


def constant(name: str, *values: int) -> bytes:
    """An initializer of 64 bit whole numbers."""
    dims = number(1, len(values))
    return dims + number(2, 7) + text(9, np.array(values, "<i8").tobytes()) + text(8, name)


def stored_outside() -> bytes:
    where = text(13, text(1, "location") + text(2, "/etc/passwd"))
    tensor = number(1, 1) + number(2, 1) + text(8, "weight") + where + number(14, 1)
    return model(MEAN, node("Mul", ("grey", "weight"), "map"), initializers=(tensor,))


def expanding(*shape: int) -> bytes:
    """A network that asks for an array of any size."""
    expand = node("Expand", ("grey", "size"), "map")
    return model(MEAN, expand, initializers=(constant("size", *shape),))


def endless() -> bytes:
    """A network of a loop that ends in ages."""
    keep = node("Identity", ("go",), "go_on")
    inner = text(1, keep) + text(1, node("Sqrt", ("x",), "y")) + text(2, "body")
    inner += text(11, value_info("i", (), 7)) + text(11, value_info("go", (), 9))
    inner += text(11, value_info("x", (1, 1, "H", "W")))
    inner += text(12, value_info("go_on", (), 9)) + text(12, value_info("y", (1, 1, "H", "W")))
    body = text(5, text(1, "body") + text(6, inner) + number(20, 5))
    times = number(2, 7) + text(9, np.array(2**60, "<i8").tobytes()) + text(8, "times")
    return model(MEAN, node("Loop", ("times", "", "grey"), "map", body), initializers=(times,))


IMAGE = value_info("image", (1, 3, "H", "W"))
GOOD = mean_of_colours()
NETWORKS = {
    "empty": (onnx(b""), "damaged"),
    "text": (onnx(b"hello" * 99), "damaged"),
    "cut": (onnx(GOOD[: len(GOOD) // 2]), "damaged"),
    "weights in another file": (onnx(stored_outside()), "weights in another file"),
    "of two inputs": (
        onnx(model(node("Add", ("image", "x"), "map"), inputs=(IMAGE, value_info("x", (1,))))),
        "its inputs are",
    ),
    "of doubles": (
        onnx(
            model(
                node("ReduceMean", ("image",), "map", ints("axes", 1)),
                inputs=(value_info("image", (1, 3, "H", "W"), DOUBLE),),
                output=value_info("map", (1, 1, "H", "W"), DOUBLE),
            )
        ),
        "its inputs are",
    ),
    "of vectors": (
        onnx(model(node("Relu", ("image",), "map"), inputs=(value_info("image", (1, "N")),))),
        "its inputs are|damaged",
    ),
    "of an unknown operator": (onnx(model(node("Evil", ("image",), "map"))), "damaged"),
    "of a missing wire": (onnx(model(node("Relu", ("gone",), "map"))), "damaged"),
    "of three maps": (
        onnx(model(node("Relu", ("image",), "map"), output=value_info("map", (1, 3, "H", "W")))),
        "of net.onnx has shape",
    ),
    "of one number": (
        onnx(
            model(
                node("GlobalAveragePool", ("grey",), "map"),
                inputs=(IMAGE,),
                output=value_info("map", (1, 1, 1, 1)),
            )
        ),
        "damaged",
    ),
    "of a fixed size": (
        onnx(
            model(
                node("ReduceMean", ("image",), "map", ints("axes", 1)),
                inputs=(value_info("image", (1, 3, 7, 7)),),
                output=value_info("map", (1, 1, 7, 7)),
            )
        ),
        "fails on an image of 16 x 12 pixels .* say so: ,multiple=32",
    ),
    "asking for terabytes": (onnx(expanding(10**4, 10**4, 12, 16)), "fails on|memory|ended"),
    "endless": (onnx(endless(), ",seconds=1"), "took too long"),
    "of nan": (
        onnx(
            model(
                MEAN, node("Sub", ("grey", "grey"), "nought"), node("Div", ("nought",) * 2, "map")
            )
        ),
        "values that are NaN",
    ),
}

CODE = """
    import numpy as np

    number = 3

    def of_another_size(image):
        return np.zeros((3, 4))

    def of_nan(image):
        return np.full(image.shape[:2], np.nan)

    def of_colours(image):
        return image

    def of_words(image):
        return np.full(image.shape[:2], "x")

    def nothing(image):
        return None

    def failing(image):
        raise RuntimeError("no weights")
"""


def code(name: str, source: str = CODE) -> object:
    def make(place: Path) -> str:
        module = f"hostile_{place.name}".replace("-", "_")
        (place / f"{module}.py").write_text(textwrap.dedent(source))
        return f"{module}:{name}"

    return make


PROGRAMS = {
    "number": (code("number"), "is a int, which is no model"),
    "not in the module": (code("gone"), "the module has no 'gone'"),
    "no module": (lambda _: "gone_module:predict", "there is no module 'gone_module'"),
    "module that fails": (code("x", "raise RuntimeError('no GPU')"), "no GPU"),
    "map of another size": (code("of_another_size"), r"has \(height, width\) \(3, 4\)"),
    "map of nan": (code("of_nan"), "NaN or infinite"),
    "map of colours": (code("of_colours"), r"has shape \(12, 16, 3\)"),
    "map of words": (code("of_words"), "holds <U1 values"),
    "no map": (code("nothing"), "holds object values"),
    "failing": (code("failing"), "RuntimeError: no weights"),
}


def shell(script: str, options: str = "") -> object:
    return lambda _: f"command:sh -c '{script}' {{image}} {{map}}.npy{options}"


COMMANDS = {
    "of no map": (shell("true"), "wrote no map"),
    "failing": (shell("echo out of memory >&2; exit 3"), "exit code 3: 'out of memory'"),
    "endless": (shell("sleep 100", ",seconds=1"), "took longer than 1 s"),
    "of no sound map": (shell('echo hello > "$1"'), "no sound NPY"),
    "of a link": (shell('ln -s /etc/passwd "$1"'), "wrote no map"),
    "of an endless map": (shell('head -c 9000000 /dev/zero > "$1"'), "larger than any map"),
    "not there": (lambda _: "command:gone_program {image} {map}.npy", "can't be started"),
    "without an image": (lambda _: "command:true {map}.npy", "names no image"),
    "without a map": (lambda _: "command:true {image}", "no map to write"),
    "of no words": (lambda _: "command:'true {image} {map}.npy", "can't be split"),
}


def file(name: str, content: bytes) -> object:
    def make(place: Path) -> str:
        (place / name).write_bytes(content)
        return str(place / name)

    return make


OTHERS = {
    "pickled network": (file("net.pt", b"\x80\x04."), "may hold a pickle"),
    "pickle": (file("maps.pkl", b"\x80\x04."), "may hold a pickle"),
    "rar": (file("maps.rar", b"Rar!"), "neither a model nor"),
    "one map alone": (file("a.npy", SOUND), "neither a model nor"),
    "nothing": (lambda place: str(place / "gone.zip"), "neither a model nor"),
    "unknown kind": (lambda place: f"{folder()(place)},kind=density", "no option of a model"),
    "unprintable name": (lambda place: f"{folder()(place)},name=\x1b[2J", "no option of a model"),
    "name that can't be seen": (file("a\u202eb.zip", b""), "can't be a model's"),
    "size of nothing": (lambda _: "net.onnx,size=0x0", "no option of a model"),
}

MODELS = {
    "log density": DENSITIES, "onnx": NETWORKS, "code": PROGRAMS, "command": COMMANDS,
    "other": OTHERS,
}  # fmt: skip
