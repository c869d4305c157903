"""``foveola withdraw``: remove one observer everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    observer: Annotated[str, typer.Argument(help="Id of the observer who withdraws.")],
    folders: Annotated[list[Path], typer.Argument(help="Every folder that may hold their data.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove one observer everywhere: sessions, fixations, exports; maps are made again without.

    Nothing is done where a file can't be read, since it may be theirs. An interrupted run is gone
    on with by the same command. A tombstone stays: a salted hash of the id, the day and counts.
    """
    from foveola.data_schema import FoveolaError
    from foveola.data_schema.tombstones import read_tombstones

    from .withdrawal import command_of_scores, withdraw
    from .withdrawal_plan import plan_withdrawal
    from .words import number_of

    for folder in folders:
        if not folder.is_dir():
            raise FoveolaError(f"{folder} is no folder.", remedy="Give the folders of the data.")
    folders = [folder.resolve() for folder in folders]
    plan = plan_withdrawal(observer, folders)
    steps = plan.in_order()
    for step in steps:
        typer.echo(f"{step.what}: {step.path}")
    for words in plan.redo:
        typer.echo(words)
    for step in steps:
        if step.what == "mark stale":
            typer.echo(f"Stale: {step.path}. Redo it: {command_of_scores(step.path)}")
    if plan.unsure:
        for words in plan.unsure:
            typer.secho(words, err=True, fg="red")
        raise FoveolaError(
            "Nothing was done, since these may hold something of the observer.",
            remedy="Mend or move them, then give the command again.",
        )
    if not steps:
        before = [read_tombstones(folder).find(observer) for folder in folders]
        days = sorted({one.day for one in before if one})
        typer.echo(f"Withdrawn on {days[0]}; nothing is left." if days else "Nothing was found.")
        raise typer.Exit(0 if days else 1)
    if dry_run:
        typer.echo(f"{number_of(len(steps), 'step')}; nothing was done.")
        return
    if not yes and not typer.confirm("Do this? It can't be undone."):
        raise FoveolaError("Nothing was done.", remedy="Answer y, or give --yes.")
    withdraw(observer, folders, plan, lambda _: None)
    typer.echo(f"Done: {number_of(len(steps), 'step')}. Copies elsewhere are yours to remove.")
