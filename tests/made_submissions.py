"""A set with pictures, and the same maps in every form that a model may be given in."""

from __future__ import annotations

import tarfile
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from made_fixations import made_set
from made_onnx import mean_of_colours
from PIL import Image
from scipy import io as scipy_io
from scipy.special import logsumexp

from foveola import data_schema as ds

SIZES = ((30, 40), (24, 48), (30, 40))
NAMES = ("a.png", "deep/b.jpg.png", "c é.png")


def pictured_set(folder: Path) -> ds.FixationSet:
    """Three stimuli with images on disk, one in a folder, one with an accent in its name."""
    made = made_set(sizes=SIZES)
    random = np.random.default_rng(5)
    stimuli = []
    for name, (height, width) in zip(NAMES, SIZES, strict=True):
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (height, width, 3), np.uint8)).save(path)
        stimuli.append(ds.image_stimulus(path, stimulus_id=name, relative_to=folder))
    return ds.fixation_set(
        made.info, tuple(stimuli), made.observers, made.table, ds.provenance(), folder
    )


def made_maps(log: bool = False) -> dict[str, np.ndarray]:
    """A map for each stimulus, or its log density."""
    random = np.random.default_rng(7)
    maps = {}
    for name, shape in zip(NAMES, SIZES, strict=True):
        values = random.integers(1, 250, shape).astype(float)
        maps[name] = values - logsumexp(values) if log else values
    return maps


def write_map(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".npy":
            np.save(path, values)
        case ".npz":
            np.savez_compressed(path, map=values)
        case ".mat":
            scipy_io.savemat(path, {"map": values}, do_compression=True)
        case ".tiff":
            Image.fromarray(values.astype(np.float32)).save(path)
        case ".jpg":
            Image.fromarray(values.astype(np.uint8)).save(path, quality=100)
        case _:
            Image.fromarray(values.astype(np.uint8)).save(path)


def folder_of(ending: str, log: bool = False) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        for name, values in made_maps(log).items():
            write_map(folder / "maps" / f"{name}{ending}", values)
        return str(folder / "maps")

    return make


def sixteen_bit(folder: Path) -> str:
    for name, values in made_maps().items():
        path = folder / "maps" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((values * 257).astype(np.uint16)).save(path)
    return str(folder / "maps")


def zipped(folder: Path) -> str:
    maps = Path(folder_of(".npy")(folder))
    with zipfile.ZipFile(folder / "maps.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(maps.rglob("*.npy")):
            archive.write(path, Path("submission", path.relative_to(maps)))
    return str(folder / "maps.zip")


def tarred(ending: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        maps = Path(folder_of(".png")(folder))
        mode = "w:" + ending.rpartition(".")[2].replace("tar", "")
        with tarfile.open(folder / f"maps{ending}", mode) as archive:
            archive.add(maps, ".")
        return str(folder / f"maps{ending}")

    return make


def fixation_maps(folder: Path) -> str:
    path = folder / "maps.h5"
    with ds.new_fixation_maps(path, ds.MapInfo(sigma_px=2.0), ds.provenance()) as writer:
        for name, values in made_maps().items():
            height, width = values.shape
            stimulus = ds.Stimulus(id=name, width_px=width, height_px=height)
            writer.append(stimulus, values / values.sum(), 3, 2)
    return str(path)


def data_sets(log: bool = False) -> Callable[[Path], str]:
    """An HDF5 file as pysaliency's ``export_model_to_hdf5`` writes it."""

    def make(folder: Path) -> str:
        with h5py.File(folder / "predictions.hdf5", "w") as file:
            for name, values in made_maps(log).items():
                file.create_dataset(name, data=values, compression=9)
        return str(folder / "predictions.hdf5")

    return make


def onnx(folder: Path) -> str:
    (folder / "network.onnx").write_bytes(mean_of_colours())
    return str(folder / "network.onnx")


CODE = """
    import numpy as np

    def brightness(image):
        return image.mean(axis=2)

    class Pysaliency:
        def log_density(self, stimulus):
            values = np.asarray(stimulus).mean(axis=2)
            return np.log(values + 1) - np.log((values + 1).sum())

    class PysaliencyMap:
        def saliency_map(self, stimulus):
            return np.asarray(stimulus).mean(axis=2)

    class Own:
        name = "own"
        kind = "saliency_map"

        def predict(self, view):
            return view.image.max(axis=2).astype(float)
"""
TORCH = """
    import torch

    class Mean(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, image):
            return self.weight * image.mean(1, keepdim=True)
"""
PROGRAM = """
    import sys
    import numpy as np
    from PIL import Image

    np.save(sys.argv[2], np.asarray(Image.open(sys.argv[1])).mean(axis=2))
"""


def code(name: str, source: str = CODE) -> Callable[[Path], str]:
    """Python code in a module of its own name, so that no test sees another's."""

    def make(folder: Path) -> str:
        module = f"made_{folder.name}".replace("-", "_")
        (folder / f"{module}.py").write_text(textwrap.dedent(source))
        return f"{module}:{name}"

    return make


def program(python: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / "predict.py").write_text(textwrap.dedent(PROGRAM))
        return f"command:'{python}' '{folder}/predict.py' {{image}} {{map}}.npy,name=program"

    return make
