"""House rules that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_packaging import SOURCES

LONGEST_FUNCTION = 50
ROOT = Path(__file__).resolve().parents[1]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_long_function_says_why(source: Path) -> None:
    """Docstrings aside, a function past 50 lines has a comment ``# Long: the reason``."""
    text = source.read_text(encoding="utf-8")
    lines = text.splitlines()
    silent = []
    for function in functions(ast.parse(text)):
        body = lines[function.lineno - 1 : function.end_lineno]
        length = len(body)
        if ast.get_docstring(function) is not None:
            docstring = function.body[0]
            length -= (docstring.end_lineno or 0) - docstring.lineno + 1
        if length > LONGEST_FUNCTION and not any("# Long: " in line for line in body):
            silent.append(f"{function.name}: {length} lines")
    assert not silent
