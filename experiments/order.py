"""The order of images: fixed, random, or balanced over observers; with repeats, in blocks."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from foveola.data_schema import FoveolaError

Order = Literal["random", "fixed", "counterbalanced"]


class Place(NamedTuple):
    """A place in the order: which image, how often it was shown before, and in which block."""

    image: int
    repeat: int
    block: int


def observer_generator(seed: int, *words: str) -> np.random.Generator:
    """Generator that depends on a seed and on words, as the observer's id, alone."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def observer_number(observer: str) -> int:
    """Number of an observer, which chooses the row of a balanced square.

    The first number in the id, without its check digit; where there is none, a number made from
    its letters.

    Examples
    --------
    >>> observer_number("P012"), observer_number("3-b")
    (12, 3)
    """
    found = re.search(r"\d+", observer)
    if found:
        return int(found.group())
    return int.from_bytes(hashlib.sha256(observer.encode()).digest()[:4], "big")


def balanced_row(size: int, row: int) -> list[int]:
    """Row of a balanced Latin square (Williams 1949, Aust. J. Sci. Res. A 2, 149-168).

    Over ``size`` rows (twice as many where it is odd) each number stands once at each place, and
    follows each other number equally often.

    Parameters
    ----------
    size : int
        How many numbers, from 0.
    row : int
        Any number from 0; rows come round.

    Examples
    --------
    >>> [balanced_row(4, row) for row in range(4)]
    [[0, 1, 3, 2], [1, 2, 0, 3], [2, 3, 1, 0], [3, 0, 2, 1]]
    """
    zigzag = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(size)]
    numbers = [(one + row) % size for one in zigzag]
    return numbers[::-1] if size % 2 and row // size % 2 else numbers


def ordered(
    images: int,
    order: Order,
    *,
    repeats: int = 1,
    block_trials: int = 0,
    block_count: int = 0,
    seed: int,
    row: int,
    generator: np.random.Generator,
) -> list[Place]:
    """Order the images of an observer's session.

    Every image has been shown once before any is shown again, and none comes twice in a row.

    Parameters
    ----------
    images : int
        How many there are.
    order : {"random", "fixed", "counterbalanced"}
        Random, as they come, or by a balanced Latin square over observers: of the blocks, each a
        group of images that is the same for all observers and shuffled for each; where there is
        one block, of the images themselves.
    repeats : int
        How often each is shown.
    block_trials, block_count : int
        Trials of each block, or number of blocks; both 0: one block.
    seed : int
        Seed of what is the same for all observers.
    row : int
        Row of the balanced square, as :func:`observer_number` gives it.
    generator : numpy.random.Generator
        Of this observer and session, as :func:`observer_generator` makes it.

    Raises
    ------
    FoveolaError
        If a single image can't but be repeated in a row, or balanced blocks do not hold whole
        repeats.
    """
    if images == 1 and repeats > 1:
        raise FoveolaError(
            "One image alone can't be repeated without being shown twice in a row.",
            remedy="Set repeats = 1, or add images.",
        )
    if order == "counterbalanced" and (block_trials or block_count > 1):
        if block_count % repeats:
            raise FoveolaError(
                f"{block_count} blocks can't be balanced over {repeats} repeats of the images.",
                remedy="Set blocks.count to a multiple of repeats.",
            )
        groups = _groups(images, block_trials, block_count // repeats, seed)
        turn = [groups[one] for one in balanced_row(len(groups), row)]
        return _places(
            [[group[one] for one in generator.permutation(len(group))] for group in turn * repeats]
        )
    passes = [_pass(images, order, seed, row, generator) for _ in range(repeats)]
    sequence = [image for one in _never_twice(passes) for image in one]
    return _places(_cut(sequence, block_lengths(len(sequence), block_trials, block_count)))


def block_lengths(trials: int, each: int, count: int) -> list[int]:
    """Trials of each block: so many each, or so many blocks about equally long, or one block.

    Examples
    --------
    >>> block_lengths(10, 4, 0), block_lengths(10, 0, 3), block_lengths(10, 0, 0)
    ([4, 4, 2], [4, 3, 3], [10])
    """
    if count:
        count = min(count, trials)
        return [trials // count + (block < trials % count) for block in range(count)]
    each = each or trials
    return [min(each, trials - first) for first in range(0, trials, each)]


def _pass(
    images: int, order: Order, seed: int, row: int, generator: np.random.Generator
) -> list[int]:
    """Every image once."""
    if order == "fixed":
        return list(range(images))
    if order == "random":
        return [int(one) for one in generator.permutation(images)]
    base = observer_generator(seed, "square").permutation(images)
    return [int(base[one]) for one in balanced_row(images, row)]


def _groups(images: int, each: int, count: int, seed: int) -> list[list[int]]:
    """Groups of images, the same for all observers."""
    common = observer_generator(seed, "groups").permutation(images)
    return _cut([int(one) for one in common], block_lengths(images, each, count))


def _cut(sequence: list[int], lengths: Sequence[int]) -> list[list[int]]:
    ends = np.cumsum(lengths)
    return [sequence[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _never_twice(parts: Sequence[list[int]]) -> list[list[int]]:
    """Parts whose first image, where it was the last of the part before, comes one later."""
    kept: list[list[int]] = []
    for part in parts:
        if kept and part[0] == kept[-1][-1] and len(part) > 1:
            part = [part[1], part[0], *part[2:]]
        kept.append(part)
    return kept


def _places(blocks: Sequence[list[int]]) -> list[Place]:
    shown: Counter[int] = Counter()
    places = []
    for block, images in enumerate(_never_twice(blocks)):
        for image in images:
            places.append(Place(image, shown[image], block))
            shown[image] += 1
    return places
