"""``podsched outbox``, as typed by whoever runs the installation."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta

import builders
import pytest
from click.testing import CliRunner
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from podsched.cli import cli
from podsched.db import reading, writing
from podsched.jobs import queues
from podsched.models import AccessLink, MailKind, MailState, Membership, OutboxMail
from podsched.services import outbox as outbox_service

pytestmark = pytest.mark.usefixtures("time")
SECRETS = re.compile(r"https?://|/m/|/f/|/check-in/")


@pytest.fixture
def typed(house, environ):
    """Types a command; returns its status, what it printed and what it complained of."""

    def type_in(*words):
        found = CliRunner().invoke(cli, ["outbox", *words], env=environ)
        assert found.exception is None or isinstance(found.exception, SystemExit), found.output
        return found.exit_code, found.stdout, found.stderr

    return type_in


@pytest.fixture
def mails(house):
    """A pod's twelve mails, the last one dead; read again by name when asked."""
    with writing(house.engine) as session:
        builders.published(session, house.addresses)
        found = session.scalars(select(OutboxMail).order_by(OutboxMail.kind.desc(), OutboxMail.id)).all()
        found[-1].state, found[-1].attempts = MailState.DEAD, 3
        found[-1].reason = "550 no such \x1b[31mmailbox"
        return [mail.id for mail in found]


def row(house, mail_id):
    with reading(house.engine) as session:
        return session.get_one(OutboxMail, mail_id)


def put_in(house, mail_id, state):
    with writing(house.engine) as session:
        session.get_one(OutboxMail, mail_id).state = state


def test_alone_it_lists_what_waits_late_and_what_is_dead(typed, mails, time):
    time.set(builders.AT + timedelta(hours=1))
    status, text, _ = typed()
    lines = text.splitlines()
    assert (status, lines[0]) == (0, "waiting 11   claimed 0   sent 0   dropped 0   dead 1")
    assert len(lines) == 3 + 12
    starts = [re.match(r"(\S+ +)(\S+ +)(\S+ +)", line).groups() for line in lines[2:]]
    assert {tuple(map(len, start)) for start in starts} == {tuple(map(len, starts[0]))}
    dead = next(line for line in lines[2:] if " dead " in line)
    assert dead.split()[0] == mails[-1].hex[:8]
    assert dead.endswith("3      550 no such  [31mmailbox")
    assert typed("list")[1] == typed()[1]


def test_nothing_to_look_after_is_said(typed):
    assert typed()[:2] == (
        0,
        "waiting 0   claimed 0   sent 0   dropped 0   dead 0\n\nNothing waits late, and nothing is dead.\n",
    )
    assert typed("--state", "dead")[1].endswith("\n\nNo such mail.\n")


def test_filters_need_no_word_before_them_and_scripts_get_json(typed, mails):
    status, text, _ = typed("--state", "dead", "--json")
    found = json.loads(text)
    assert (status, found["counts"]) == (0, {"waiting": 11, "claimed": 0, "sent": 0, "dropped": 0, "dead": 1})
    assert [mail["id"] for mail in found["mails"]] == [str(mails[-1])]
    assert found["mails"][0]["reason"] == "550 no such \x1b[31mmailbox"
    one = json.loads(typed("--to", "member2@example.net", "--kind", "receipt", "--json")[1])["mails"]
    assert [(mail["to"], mail["kind"]) for mail in one] == [("member2@example.net", "receipt")]
    assert len(json.loads(typed("list", "--state", "waiting", "--limit", "2", "--json")[1])["mails"]) == 2
    assert typed("--state", "waiting", "--limit", "2")[1].endswith(
        "\n\nNo more than 2 are shown; --limit shows more.\n"
    )
    assert "--limit" not in typed("--state", "waiting")[1]


def test_why_tells_all_and_changes_nothing(typed, house, mails, rows_of):
    before = rows_of()
    status, text, _ = typed("why", mails[-1].hex[:10])
    facts = dict(re.split(r"  +| (?=yes)", line, maxsplit=1) for line in text.splitlines())
    assert status == 0
    assert facts["id"] == str(mails[-1])
    assert re.fullmatch(r"Member \d <member\d@example\.net>, Kitchen Table", facts["for"])
    assert facts["due"] == "Mon 4 Jan, 10:00 in Berlin (2027-01-04 09:00:00 UTC)"
    assert (facts["state"], facts["tries"], facts["claimed"]) == ("dead", "3", "by nobody")
    assert facts["last said"] == "550 no such  [31mmailbox"
    assert facts["wanted now"] == "yes: “Alder pod: Tue 18:00 your time (Berlin)”"
    assert rows_of() == before


@pytest.fixture
def rows_of(house):
    def read():
        with reading(house.engine) as session:
            return [repr(row) for table in (OutboxMail, AccessLink) for row in session.execute(select(table.__table__))]

    return read


def test_why_says_when_a_mail_is_wanted_no_more(typed, house, mails, time):
    first, last = mails[0], mails[-1]
    with writing(house.engine) as session:
        session.get_one(OutboxMail, first).about = {"enrolment": mails[0].hex}  # whom nobody knows
        session.get_one(OutboxMail, last).about = {}
    assert "wanted now  no: there is no reason for it any more\n" in typed("why", first.hex)[1]
    assert "wanted now  it cannot be written (KeyError)\n" in typed("why", last.hex)[1]
    put_in(house, first, MailState.SENT)
    assert "wanted now  no: it was sent\n" in typed("why", first.hex)[1]
    time.move(days=4)
    assert "but it is stale" in typed("why", mails[1].hex)[1]


def test_no_command_prints_a_link(typed, house, mails):
    with writing(house.engine) as session:
        host = session.scalars(select(Membership).order_by(Membership.created_at)).first()
        outbox_service.put(
            session,
            membership_id=host.id,
            kind=MailKind.SIGN_IN,
            occurrence="1",
            about={"browser": "x"},
            at=builders.AT,
        )
    found = json.loads(typed("--kind", "sign-in", "--state", "waiting", "--json")[1])["mails"]
    said = [typed()[1], typed("--json")[1], *(typed("why", mail)[1] for mail in (found[0]["id"], *map(str, mails)))]
    assert "Kitchen Table: your sign-in link" in "".join(said)
    assert [SECRETS.findall(text) for text in said] == [[]] * len(said)


def test_retry_lets_the_dead_wait_again_and_says_when_no_bell_rings(typed, house, mails, time):
    time.move(days=9)
    status, text, _ = typed("retry", mails[-1].hex[:8])
    assert (status, text) == (0, "1 mail to send again; Redis is away, so the clock sends, slower\n")
    mail = row(house, mails[-1])
    assert (mail.state, mail.due_at) == (MailState.WAITING, time.at)
    assert mail.expires_at > time.at
    assert typed("retry", "--dead")[:2] == (0, "0 mails to send again\n")


def test_every_fault_is_told_and_nothing_is_half_done(typed, house, mails):
    put_in(house, mails[0], MailState.SENT)
    put_in(house, mails[1], MailState.CLAIMED)
    status, out, complaint = typed("retry", "nothing", "0" * 32, mails[-1].hex)
    assert (status, out) == (2, "")
    assert [line.split(":")[1].strip() for line in complaint.splitlines()] == ["nothing", "0" * 32]
    status, out, complaint = typed("retry", mails[0].hex, mails[1].hex, mails[2].hex, mails[-1].hex)
    assert (status, out) == (2, "")
    assert sorted(complaint.splitlines()) == sorted(
        f"podsched: {mails[number].hex[:8]}: {why}"
        for number, why in enumerate(("was sent; it is not sent twice", "is being sent now", "waits already"))
    )
    assert row(house, mails[-1]).state is MailState.DEAD
    assert typed("cancel", mails[1].hex, mails[2].hex)[0] == 2
    assert row(house, mails[2]).state is MailState.WAITING


@pytest.mark.parametrize(
    "words", [("retry",), ("retry", "--dead", "abcd"), ("cancel",), ("cancel", "--kind", "recap", "ab")]
)
def test_one_way_to_choose_is_needed(typed, mails, words):
    status, out, complaint = typed(*words)
    assert (status, out, complaint.count("\n")) == (2, "", 1)


def test_cancel_drops_what_waits_and_leaves_what_may_be_on_the_wire(typed, house, mails):
    reveals = [mail for mail in mails if row(house, mail).kind is MailKind.POD_REVEAL]
    put_in(house, reveals[0], MailState.CLAIMED)
    assert typed("cancel", "--kind", "pod-reveal")[1] == "4 mails set aside; 1 mail may be on the wire and left alone\n"
    found = [row(house, mail) for mail in reveals]
    assert [mail.state.value for mail in found] == ["claimed", *["dropped"] * 4, "dead"]
    assert found[1].reason == "Set aside by whoever runs the installation."
    assert typed("cancel", mails[0].hex, mails[-1].hex)[1] == "2 mails set aside\n"


def test_the_installed_command_rings_the_bell(environ, valkey, valkey_url, request):
    environ["REDIS_URL"] = valkey_url
    house, mails = request.getfixturevalue("house"), request.getfixturevalue("mails")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PODSCHED_")}
    argv = [sys.executable, "-m", "podsched", "outbox", "retry", "--dead"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, env=kept | environ)
    assert done.stdout == "1 mail to send again\n"
    assert row(house, mails[-1]).state is MailState.WAITING
    with house.bells.connection() as connection:
        assert Queue(queues.MAIL, connection=connection, serializer=JSONSerializer).count == 1


def test_a_database_without_tables_is_one_line(tmp_path, environ):
    environ["PODSCHED_VAR"] = str(tmp_path / "elsewhere")
    found = CliRunner().invoke(cli, ["outbox"], env=environ)
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == "podsched: the database does not answer as it should; `podsched doctor` says why\n"
