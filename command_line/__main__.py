"""Run the command as ``python -m foveola.command_line``."""

from .main import main

main()
