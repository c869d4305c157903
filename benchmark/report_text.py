"""Numbers and names as a report writes them for people."""

from __future__ import annotations

import math
import unicodedata

#: Needed inside words of several scripts, and unable to reorder or hide text.
JOINERS = "\u200c\u200d\u00ad"


def figure(value: float, digits: int = 3) -> str:
    """Write a number: a true minus sign, no minus before zero, nothing for NaN.

    Examples
    --------
    >>> figure(-0.1234), figure(-0.0001), figure(float("inf")), figure(1e9), figure(float("nan"))
    ('−0.123', '0.000', '∞', '1e+09', '')
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:,.{digits}f}" if abs(value) < 1e6 else f"{value:.3g}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", "−") if text.startswith("-") else text


def counted(n: int, one: str, many: str = "") -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "image"), counted(1200, "image")
    ('1 image', '1,200 images')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def shown(name: str) -> str:
    r"""Write a name so that nothing in it is invisible or turns the text around.

    Control characters, and marks that reorder or hide their neighbours, become their code in
    brackets: a name that ends in an override and ``gpj.exe`` must not read as a picture's.
    Letters of any script stay, and browsers lay them out by themselves.

    Examples
    --------
    >>> shown("image.jpg"), shown("a\u202egpj"), shown("  ")
    ('image.jpg', 'a[U+202E]gpj', '[U+0020][U+0020]')
    """
    if not name.strip():
        return "".join(map(_code, name)) or "[empty]"
    return "".join(_code(character) if _is_hidden(character) else character for character in name)


def _is_hidden(character: str) -> bool:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return hidden and character not in JOINERS


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"
