"""The command ``podsched``: run the service or one of its parts, set it up, look at it."""

import sys

import click

from podsched.cli import listen, operate, outbox, parts, serve, setup
from podsched.settings import SettingsError


@click.group()
def cli() -> None:
    """Pods of six to ten people, a weekly hour everyone can make, and a rhythm that holds."""


for command in (
    serve.serve,
    parts.web,
    parts.worker,
    parts.scheduler,
    listen.listen,
    operate.migrate,
    operate.doctor,
    outbox.outbox,
    setup.setup,
    setup.host_link,
    setup.sample,
):
    cli.add_command(command)


def main() -> None:
    """What the installed command calls: a wrong setting is a line each, not a traceback."""
    try:
        cli()
    except SettingsError as error:
        for fault in error.faults:
            click.echo(f"podsched: {fault}", err=True)
        sys.exit(2)
