"""``podsched outbox``: what waits and what is dead, why, once more, and set aside."""

import sys
import uuid
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from podsched import clock
from podsched import settings as settings_module
from podsched.cli import outbox_words
from podsched.db import reading, trying, writing
from podsched.domain.words import count
from podsched.errors import Faults
from podsched.house import House, build
from podsched.models import MailKind, MailState
from podsched.services import outbox_desk
from podsched.services.outbox_desk import Wish

STATES = click.Choice([state.value for state in MailState])
KINDS = click.Choice([kind.value for kind in MailKind])
SET_ASIDE = "Set aside by whoever runs the installation."


class ListsByItself(click.Group):
    """``podsched outbox`` alone, or followed by options, means ``podsched outbox list``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        means_list = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        return super().parse_args(ctx, ["list", *args] if means_list else args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DBAPIError:
            click.echo("podsched: the database does not answer as it should; `podsched doctor` says why", err=True)
            sys.exit(1)


@click.group(cls=ListsByItself)
def outbox() -> None:
    """Look after the mail: list it, ask why, send it again, set it aside."""


@outbox.command("list")
@click.option("--state", "states", type=STATES, multiple=True, help="Only mail in this state; may be repeated.")
@click.option("--kind", "kinds", type=KINDS, multiple=True, help="Only mail of this kind; may be repeated.")
@click.option("--to", metavar="ADDRESS", help="Only mail to this address, whatever its state.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, for scripts.")
def list_mail(states: tuple[str, ...], kinds: tuple[str, ...], to: str | None, limit: int, as_json: bool) -> None:  # noqa: FBT001  click passes the flag so
    """List mail, the longest due first. Without --state and --to: what waits late and what is dead."""
    wish = Wish(tuple(map(MailState, states)), tuple(map(MailKind, kinds)), to, limit)
    with reading(_house().engine) as session:
        counts = outbox_desk.counts(session)
        mails = outbox_desk.listed(session, wish, at=clock.now())
    click.echo(outbox_words.as_json(counts, mails) if as_json else outbox_words.as_table(counts, mails, wish))


@outbox.command()
@click.argument("mail_id", metavar="ID")
def why(mail_id: str) -> None:
    """Tell all about one mail, and whether it is still wanted. Nothing is sent and nothing changes."""
    house = _house()
    try:
        with trying(house.engine) as session:
            (mail,) = outbox_desk.named(session, [mail_id])
            zone = outbox_desk.zone_of(session, mail)
            told = outbox_words.all_about(mail, zone)
            wanted = outbox_words.is_wanted(session, mail, house.addresses, at=clock.now())
    except Faults as faults:
        _refuse(faults)
    click.echo(f"{told}\n{wanted}")


@outbox.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--dead", "all_dead", is_flag=True, help="Every mail that could not be delivered.")
def retry(ids: tuple[str, ...], all_dead: bool) -> None:  # noqa: FBT001  click passes the flag so
    """Let dead or dropped mail wait again, due now. Before it leaves it is asked once more whether it is wanted."""
    if bool(ids) == all_dead:
        _refuse(Faults({"retry": "name mails by their ids, or all dead ones by --dead"}))
    house = _house()
    try:
        with writing(house.engine) as session:
            chosen = outbox_desk.dead_ids(session) if all_dead else _ids(session, ids)
            number = outbox_desk.retry(session, chosen, at=clock.now())
    except Faults as faults:
        _refuse(faults)
    is_rung = not number or house.bells.ring_mail()
    click.echo(f"{_mails(number)} to send again" + ("" if is_rung else "; Redis is away, so the clock sends, slower"))


@outbox.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--kind", type=KINDS, help="Every waiting mail of this kind.")
def cancel(ids: tuple[str, ...], kind: str | None) -> None:
    """Drop mail that waits or is dead. What is being sent in this moment is left alone: it may be on the wire."""
    if bool(ids) == bool(kind):
        _refuse(Faults({"cancel": "name mails by their ids, or the waiting ones of a kind by --kind"}))
    try:
        with writing(_house().engine) as session:
            chosen = outbox_desk.waiting_ids(session, MailKind(kind)) if kind else _ids(session, ids)
            number = outbox_desk.set_aside(session, chosen, reason=SET_ASIDE)
            left = outbox_desk.on_the_wire(session, MailKind(kind)) if kind else 0
    except Faults as faults:
        _refuse(faults)
    click.echo(f"{_mails(number)} set aside" + (f"; {_mails(left)} may be on the wire and left alone" if left else ""))


def _house() -> House:
    return build(settings_module.read())


def _ids(session: Session, texts: tuple[str, ...]) -> list[uuid.UUID]:
    return [mail.id for mail in outbox_desk.named(session, texts)]


def _mails(number: int) -> str:
    return count(number, "mail")


def _refuse(faults: Faults) -> NoReturn:
    """Every fault in a line of its own; nothing was changed."""
    for subject, sentence in faults.by_field.items():
        click.echo(f"podsched: {outbox_words.plain(subject)}: {sentence}", err=True)
    sys.exit(2)
