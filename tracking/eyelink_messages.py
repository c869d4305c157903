"""Messages as an EyeLink takes them: ASCII, one line, at most 130 characters."""

from __future__ import annotations

#: The link cuts what is longer, and says nothing.
LONGEST = 130


def message_parts(text: str) -> tuple[str, ...]:
    r"""Split a message so that nothing of it is lost.

    Other scripts and control characters become escapes (``\u4e2d``, ``\n``). What is longer
    than 130 characters is sent in parts, ``[1/3] ...``, ``[2/3] ...``, which joined after their
    brackets give the text again; no escape is torn.

    Examples
    --------
    >>> message_parts("TRIALID 1")
    ('TRIALID 1',)
    >>> message_parts("r\u00e9sum\u00e9\nof 1")
    ('r\\xe9sum\\xe9\\nof 1',)
    """
    pieces = [_escaped(character) for character in text]
    if sum(map(len, pieces)) <= LONGEST:
        return ("".join(pieces),)
    # The number of parts is part of each part: it grows until they fit.
    count = 2
    while len(parts := _split(pieces, LONGEST - len(f"[{count}/{count}] "))) > count:
        count += 1
    return tuple(f"[{i}/{len(parts)}] {part}" for i, part in enumerate(parts, 1))


def _escaped(character: str) -> str:
    if " " <= character <= "~":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _split(pieces: list[str], longest: int) -> list[str]:
    parts = [""]
    for piece in pieces:
        if len(parts[-1]) + len(piece) > longest:
            parts.append("")
        parts[-1] += piece
    return parts
