"""Looking after an installation."""

import sys
from dataclasses import dataclass

import click
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from podsched import clock, migrations
from podsched import settings as settings_module
from podsched.db import engine_for, writing
from podsched.house import House, build
from podsched.jobs.queues import Bells
from podsched.services import feeds, zone_rules
from podsched.settings import Settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    bring_up_to_date(build(settings_module.read()))


def bring_up_to_date(house: House) -> None:
    """The newest schema, and in it whatever the version before had no place for, by the rules of time zones as they are."""
    migrations.upgrade(house.engine)
    with writing(house.engine) as session:
        feeds.complete(session, house.addresses, at=clock.now())
        zone_rules.follow(session, house.addresses, at=clock.now())


@dataclass(frozen=True, slots=True)
class Finding:
    ok: bool
    subject: str
    says: str


@click.command()
def doctor() -> None:
    """Say what is configured, what can be reached and what is wrong."""
    findings = [*examine(settings_module.read())]
    for finding in findings:
        click.echo(f"{'ok   ' if finding.ok else 'WRONG'} {finding.subject}: {finding.says}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def examine(settings: Settings) -> list[Finding]:
    return [_database(settings), _schema(settings), _redis(settings), _mail(settings), _address(settings)]


def _database(settings: Settings) -> Finding:
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        with engine_for(settings.database_url).connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Finding(ok=False, subject="database", says=f"{shown} cannot be reached: {_first_line(error)}")
    return Finding(ok=True, subject="database", says=shown)


def _schema(settings: Settings) -> Finding:
    try:
        found = migrations.revision_of(engine_for(settings.database_url))
    except SQLAlchemyError:
        return Finding(ok=False, subject="schema", says="unknown, because the database cannot be reached")
    newest = migrations.newest()
    if found == newest:
        return Finding(ok=True, subject="schema", says=f"revision {found}, the newest")
    return Finding(ok=False, subject="schema", says=f"revision {found or 'none'}; run: podsched migrate")


def _redis(settings: Settings) -> Finding:
    kind = "embedded, runs with `podsched serve`" if settings.embedded_redis else "from REDIS_URL"
    if Bells(settings.redis_url).is_reachable():
        return Finding(ok=True, subject="redis", says=kind)
    return Finding(
        ok=False, subject="redis", says=f"{kind}: no answer. Mail goes out slower and pods wait to be formed."
    )


def _mail(settings: Settings) -> Finding:
    server = settings.mail_server
    if server is not None:
        return _smtp(server.host, server.port)
    kept = f"no server set: nothing is sent, mail is kept in {settings.mailbox}"
    return Finding(
        ok=settings.shows_mailbox, subject="mail", says=kept if settings.is_local else f"{kept}; set MAIL_URL"
    )


def _smtp(host: str, port: int) -> Finding:
    import smtplib  # noqa: PLC0415  only when a server is set

    try:
        with smtplib.SMTP(host, port, timeout=5) if port != 465 else smtplib.SMTP_SSL(host, port, timeout=5) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(ok=False, subject="mail", says=f"{host}:{port} does not answer: {error}")
    return Finding(ok=True, subject="mail", says=f"{host}:{port}")


def _address(settings: Settings) -> Finding:
    note = " (only this machine can open the links; set PODSCHED_BASE_URL)" if settings.is_local else ""
    return Finding(ok=settings.secure or settings.is_local, subject="address", says=f"{settings.base_url}{note}")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
