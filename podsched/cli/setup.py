"""The first host, a way in for a host who lost it, and the sample community."""

import json
import sys

import click

from podsched import clock, migrations
from podsched import settings as settings_module
from podsched.db import reading, writing
from podsched.domain import text
from podsched.domain.text import BadText
from podsched.domain.zones import is_known
from podsched.house import House, build
from podsched.models import Rank
from podsched.services import people
from podsched.services.links import TERMINAL_LINK_LIVES, make_sign_in


def open_house() -> House:
    """The house with its schema up to date."""
    house = build(settings_module.read())
    migrations.upgrade(house.engine)
    return house


def fail(*lines: str) -> None:
    for line in lines:
        click.echo(f"podsched: {line}", err=True)
    sys.exit(2)


@click.command()
@click.argument("community")
@click.argument("email")
@click.option("--name", default="", help="The host's name (default: the part of the address before the @).")
@click.option("--timezone", default="UTC", show_default=True, help="The community's home zone, such as Europe/Lisbon.")
def setup(community: str, email: str, name: str, timezone: str) -> None:
    """Found COMMUNITY with its first host EMAIL, and print the link that opens the host's pages."""
    from podsched.web.forms.fields import email as checked_email  # noqa: PLC0415  brings Flask

    faults, cleaned = [], {}
    for field, value, clean in (
        ("COMMUNITY", community, text.name),
        ("EMAIL", email, checked_email),
        ("--name", name or email.partition("@")[0], text.name),
    ):
        try:
            cleaned[field] = clean(value)
        except BadText as error:
            faults.append(f"{field}: {error}")
    if not is_known(timezone):
        faults.append(f"--timezone: {timezone!r} is no IANA zone such as Europe/Lisbon")
    if faults:
        fail(*faults)
    house = open_house()
    with writing(house.engine) as session:
        if people.first_host(session) is not None:
            fail("a host is set up already; `podsched host-link EMAIL` prints a new way in")
        founded = people.found_community(session, name=cleaned["COMMUNITY"], timezone=timezone, at=clock.now())
        host = people.add_host(session, founded, email=cleaned["EMAIL"], name=cleaned["--name"], at=clock.now())
        link = make_sign_in(session, house.addresses, host, at=clock.now(), lives=TERMINAL_LINK_LIVES)
    click.echo(link)


@click.command("host-link")
@click.argument("email")
def host_link(email: str) -> None:
    """Print a link that opens the host pages of EMAIL: it works once, within 24 hours."""
    house = open_house()
    with writing(house.engine) as session:
        hosts = [m for m in people.memberships_with(session, email) if m.rank is Rank.HOST]
        if not hosts:
            fail(f"{email} is no host here")
        link = make_sign_in(session, house.addresses, hosts[0], at=clock.now(), lives=TERMINAL_LINK_LIVES)
    click.echo(link)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the links as JSON.")
def sample(as_json: bool) -> None:  # noqa: FBT001  click passes the flag so
    """Load the sample community into an empty database, form its pods for real, and print the links."""
    from podsched.sample import load  # noqa: PLC0415  brings OR-Tools

    house = open_house()
    with reading(house.engine) as session:
        known = people.first_host(session) is not None
    if known and not load.is_loaded(house):
        fail("this database is in use already; the sample community goes into an empty one")
    links = load.links(house) if known else load.load(house)
    click.echo(json.dumps(links, indent=2) if as_json else in_words(links))


def in_words(links: dict[str, object]) -> str:
    members = links["members"]
    assert isinstance(members, list)
    home, form = members[0], members[-1]
    return "\n".join(
        (
            f"  Host's pages        {links['host']}",
            f"  A member's form     {form['link']}",
            f"  A pod member's home {home['link']}",
            f"  That member's feed  {home['feed']}",
            f"  The mail sent       {links['mailbox']}",
        )
    )
