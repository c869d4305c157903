"""Our MIT metrics beside the genuine Matlab code, run by Octave, on the same maps and draws.

    python benchmarks/mit_octave.py CODE ROAD [OSIE]

CODE is ``code_forMetrics`` of the MIT saliency benchmark; ROAD the folder of the pictures
``saliency1``, ``saliency2``, ``fixation`` and ``other`` for which figures from Matlab are known.
Neither is part of this project. Random draws are made once and given to both.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import io

from foveola.benchmark import metrics
from foveola.fixation_maps.mit_kernel import mit_blurred_counts
from foveola.fixation_maps.osie import import_osie

SPLITS = 100
#: Matlab's figures for the road: from public tests. The random ones had other draws.
ROAD = {
    "AUC-Judd": 0.76289570,
    "AUC-Borji": 0.75449380,
    "sAUC-Borji": 0.79630240,
    "NSS": 0.94992533,
    "CC": 0.41267651,
    "SIM": 0.43001505,
}
#: What the code needs of Matlab's toolboxes where no size changes, and the draws in our order.
STUBS = {
    "imresize": "function y = imresize(x, s)\nassert(isequal(size(x), s)); y = x;\nend",
    "im2double": "function y = im2double(x)\ny = double(x);\nend",
    "corr2": "function r = corr2(a, b)\nr = corr(a(:), b(:));\nend",
    "randi": "function y = randi(varargin)\nglobal DRAWS; y = DRAWS;\nend",
    "randperm": "function y = randperm(n)\nglobal ORDERS SPLIT; SPLIT = SPLIT + 1;"
    " y = ORDERS(:, SPLIT);\nend",
}
PROGRAM = """
warning off; global DRAWS ORDERS SPLIT;
addpath(code); addpath(stubs); load(input); SPLIT = 0;
DRAWS = draws; ORDERS = orders;
judd = AUC_Judd(saliency, fixation, 0, 0);
borji = AUC_Borji(saliency, fixation, size(draws, 2), .1, 0);
shuffled = AUC_shuffled(saliency, fixation, other, size(orders, 2), .1, 0);
nss = NSS(saliency, fixation); cc = CC(saliency, second);
sim = similarity(saliency, second); kl = KLdiv(saliency, second);
gain = InfoGain(saliency, fixation, second); blurred = antonioGaussian(double(fixation > 0), 8);
save('-v7', output, 'judd', 'borji', 'shuffled', 'nss', 'cc', 'sim', 'kl', 'gain', 'blurred');
"""


def places(binary):
    return np.argwhere(binary)[:, ::-1]


def by_octave(code, case):
    """Run the Matlab code on a case; a dictionary of its results."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in STUBS.items():
            Path(folder, f"{name}.m").write_text(text)
        io.savemat(Path(folder, "in.mat"), case)
        names = {"code": code, "stubs": folder, "input": f"{folder}/in.mat"}
        names["output"] = f"{folder}/out.mat"
        head = "".join(f"{name} = '{value}';" for name, value in names.items())
        Path(folder, "program.m").write_text(head + PROGRAM)
        subprocess.run(
            ["octave-cli", "--quiet", "--no-init-file", f"{folder}/program.m"],  # noqa: S607
            check=True,
        )
        return io.loadmat(Path(folder, "out.mat"))


def our_draws(fixation, other, seed=0):
    """The draws of :func:`auc_borji`, as indices in Matlab's order of pixels."""
    height, width = fixation.shape
    matlab = np.arange(height * width).reshape(width, height).T.ravel() + 1
    positives = np.count_nonzero(fixation)
    rng = np.random.default_rng(seed)
    draws = matlab[rng.integers(0, fixation.size, (SPLITS, positives))]
    others = np.flatnonzero(other)
    orders = np.random.default_rng(seed).permuted(np.tile(others, (SPLITS, 1)), axis=1)
    found = np.sort(matlab[others])
    return draws.T.astype(float), (np.searchsorted(found, matlab[orders]) + 1).T.astype(float)


def ours(saliency, second, fixation, other):
    points = places(fixation)
    rows, columns = np.nonzero(fixation)
    return {
        "AUC-Judd": metrics.auc_judd(saliency, points, jitter=False),
        "AUC-Borji": metrics.auc_borji(saliency, points),
        "sAUC-Borji": metrics.auc_borji(saliency, points, other_fixations=places(other)),
        "NSS": metrics.nss(saliency, points, ddof=1),
        "CC": metrics.cc(saliency, second),
        "SIM": metrics.similarity(saliency, second, min_max=True),
        "KLDiv": metrics.kl_divergence(saliency, second),
        "IG": metrics.min_max_information_gain(saliency, points, second),
    }, mit_blurred_counts(rows, columns, fixation.shape)


def compare(code, name, saliency, second, fixation, other, known=None):
    draws, orders = our_draws(fixation, other)
    theirs = by_octave(
        code,
        {
            "saliency": saliency, "second": second, "fixation": fixation.astype(float),
            "other": other.astype(float), "draws": draws, "orders": orders,
        },
    )  # fmt: skip
    values, blurred = ours(saliency, second, fixation, other)
    keys = ("judd", "borji", "shuffled", "nss", "cc", "sim", "kl", "gain")
    for (metric, value), key in zip(values.items(), keys, strict=True):
        octave = float(theirs[key].item())
        known_value = f"{known[metric]:.8f}" if known and metric in known else ""
        print(
            f"{name:10s} {metric:11s} {value:.12f} {octave:.12f} {abs(value - octave):.1e} "
            f"{known_value}"
        )
    worst = np.abs(blurred - theirs["blurred"]).max() / theirs["blurred"].max()
    print(f"{name:10s} {'blur':11s} largest difference {worst:.1e} of the peak")


def main(code, road, osie=None):
    print(f"{'maps':10s} {'metric':11s} {'ours':14s} {'Octave':14s} {'diff.':7s} Matlab")
    maps = {
        name: np.asarray(Image.open(Path(road, f"{name}.png")).convert("L"), float) / 255
        for name in ("saliency1", "saliency2", "fixation", "other")
    }
    binary = [maps[name] > 0 for name in ("fixation", "other")]
    compare(code, "road", maps["saliency1"], maps["saliency2"], *binary, ROAD)
    if osie is None:
        return
    fixations = import_osie(osie)
    y, x = np.mgrid[:600, :800]
    centre = np.exp(-0.5 * (((x - 399.5) / 200) ** 2 + ((y - 299.5) / 150) ** 2))
    for index in range(3):
        tables = [fixations.of(index), fixations.of(index + 1)]
        binary = [np.zeros((600, 800), bool) for _ in tables]
        for one, table in zip(binary, tables, strict=True):
            one[table["y_px"].astype(int), table["x_px"].astype(int)] = True
        second = mit_blurred_counts(*np.nonzero(binary[0]), (600, 800))
        compare(code, f"OSIE {index}", centre, second, *binary)


if __name__ == "__main__":
    main(*sys.argv[1:])
