"""How does an operator check, grow and hand out the log from a terminal?"""

from pathlib import Path

import click
from flask.cli import AppGroup

from kernel.actor import Actor
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.settings import in_use
from supervision.transparency import actions, reads
from supervision.transparency.rules import Tile, tiles_of

group = AppGroup("transparency", help="The transparency log: extend, verify, export, key.")
_OPERATOR = Actor.system("cli")
SOUND = N_("日志完好：{size} 条记录、{checkpoints} 个检查点全部核对无误。")
BROKEN = N_("发现 {count} 处不符：")


@group.command("extend")
def extend() -> None:
    """Number every committed event and sign a checkpoint now."""
    key = actions.log_key(in_use())
    with transaction() as session:
        actions.extend_log(session, _OPERATOR, key)
        click.echo(reads.get_latest_checkpoint(session).note, nl=False)


@group.command("key")
def show_key() -> None:
    """Print the verification key that proofs are checked with."""
    click.echo(str(actions.log_key(in_use()).verification_key))


@group.command("verify")
def verify() -> None:
    """Compare every fact, the whole tree and every checkpoint; exit 1 when anything is wrong."""
    verification_key = actions.log_key(in_use()).verification_key
    with transaction() as session:
        report = reads.check_log(session, verification_key)
    if report.is_sound:
        click.echo(say(SOUND, size=report.size, checkpoints=report.checkpoints))
        return
    click.echo(say(BROKEN, count=len(report.faults)), err=True)
    for fault in report.faults:
        place = "-" if fault.index is None else fault.index
        click.echo(f"  {place}  {fault.event_id}  {translate(fault.kind.label)}", err=True)
    raise SystemExit(1)


@group.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Write the newest checkpoint and all tiles, facts included, for checking offline."""
    with transaction() as session:
        checkpoint = reads.get_latest_checkpoint(session)
        note, size = reads.cosigned_note(session, checkpoint), checkpoint.size
    for tile in tiles_of(size):
        with transaction() as session:
            _write(folder / tile.address(), reads.get_tile(session, tile))
            if tile.level == 0:
                place = Tile(0, tile.index, tile.width).address().removeprefix("tile/0/")
                facts = reads.get_entries(session, _OPERATOR, tile)
                _write(folder / "tile" / "entries" / place, facts)
    _write(folder / "checkpoint", note.encode())
    click.echo(f"{size} → {folder}")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
