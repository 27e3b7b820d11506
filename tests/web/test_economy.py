"""Pages cost the same number of queries whether they list one thing or many, and the web stays light."""

import os
import subprocess
import sys
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from podsched.db import writing
from podsched.models import Enrolment, EnrolmentState, MailState, OutboxMail, Pod


@pytest.fixture
def queries(house):
    """The number of statements a request sends."""

    def count(mine, path):
        mine.get(path)
        sent = []
        listen = lambda *args: sent.append(args[2])  # noqa: E731  the event wants a name to remove
        event.listen(house.engine, "before_cursor_execute", listen)
        assert mine.get(path).status_code == 200
        event.remove(house.engine, "before_cursor_execute", listen)
        return [statement for statement in sent if not statement.startswith(("BEGIN", "PRAGMA"))]

    return count


def thin_out(house, town, letters):
    """Leave two members of each pod or cohort: somebody, and one other."""
    with writing(house.engine) as session:
        for letter in letters:
            for number in range(2, 7):
                if f"{letter}{number}" in town.id:
                    session.get_one(Enrolment, uuid.UUID(town.id[f"{letter}{number}"])).state = EnrolmentState.LEFT


def enough_mail_dead(house, count):
    with writing(house.engine) as session:
        for mail in session.scalars(select(OutboxMail).order_by(OutboxMail.created_at).limit(count)):
            mail.state, mail.reason = MailState.DEAD, "550"


@pytest.mark.parametrize(
    ("who", "host", "path"),
    [
        ("hana", True, "/host/cohorts/{makers}"),
        ("hana", True, "/host/cohorts/{writers}"),
        ("hana", True, "/host/runs/{makers-run}"),
        ("hana", True, "/host/runs/{writers-run}"),
        ("hana", True, "/host/pods/{alder}"),
        ("hana", True, "/retro/{alder-1}"),
        ("hana", True, "/retro/{alder-2}"),
        ("hana", True, "/retro/{alder-3}"),
        ("a0", False, "/me/{a0}"),
        ("a0", False, "/me/{a0}/pod"),
        ("a0", False, "/me/{a0}/calendar"),
        ("w0", False, "/me/{w0}/times"),
    ],
)
def test_a_page_about_many_costs_what_it_costs_about_two(signed_in, queries, house, town, who, host, path):
    mine, path = signed_in(who, host=host), path.format(**town.id)
    many = queries(mine, path)
    thin_out(house, town, "abw")
    two = queries(mine, path)
    assert len(many) <= len(two), many


def test_the_list_of_cohorts_and_dead_mail_costs_the_same_for_one_and_three(signed_in, queries, house):
    host = signed_in("hana", host=True)
    enough_mail_dead(house, 1)
    one = queries(host, "/host")
    enough_mail_dead(house, 12)
    assert len(queries(host, "/host")) == len(one)


def test_a_feed_is_one_look_up_by_the_driver_itself(browser, queries, house, town, path_of):
    path = path_of(town.feed["a0"])
    browser().get(path).close()  # the visit is noted, once an hour
    assert queries(browser(), path) == []
    traced = []
    held = house.engine.raw_connection()  # the one connection that this thread's pool will hand out next
    held.driver_connection.set_trace_callback(traced.append)
    held.close()
    assert browser().get(path).status_code == 200
    assert [statement.split()[0] for statement in traced] == ["SELECT"]


def test_recaps_and_promises_of_many_weeks_cost_the_same(signed_in, queries, house, town, time):
    from podsched.services import recaps, retros

    host = signed_in("hana", host=True)
    mine = signed_in("b0")
    page = f"/me/{town.id['b0']}/pod"
    one = queries(mine, page)
    host.press(f"/retro/{town.id['birch-2']}/close")
    with writing(house.engine) as session:
        pod = session.get_one(Pod, uuid.UUID(town.id["birch"]))
        for meeting in pod.meetings[1:4]:
            at = meeting.starts_at
            if retros.of_meeting(session, meeting) is None:
                retros.start(session, meeting, at=at)
            for seat in pod.seats:
                if meeting.week > 2:
                    retros.commit_to(session, meeting, seat.enrolment_id, "ship", at=at)
            recaps.send(
                session,
                retros.close(session, meeting, house.addresses, at=at + timedelta(hours=1)),
                house.addresses,
                at=at,
            )
    assert len(queries(mine, page)) == len(one)


WALK = """
import sys
from podsched.app import create_app
app = create_app()
client = app.test_client()
for rule in app.url_map.iter_rules():
    if "GET" in rule.methods and not rule.arguments:
        client.get(rule.rule)
for path in sys.argv[1:]:
    print(client.get(path).status_code)
heavy = {"ortools", "pandas", "numpy", "matching.engine"} & set(sys.modules)
assert not heavy, heavy
"""


def test_the_web_process_never_loads_the_solver(lived_in, house, town, path_of):
    """OR-Tools would double the memory of every web process."""
    environ = {"PODSCHED_VAR": str(house.settings.var), "PODSCHED_SECRET_KEY": house.settings.secret_key}
    paths = [path_of(town.link["a0"]), path_of(town.feed["a0"]), f"/c/{town.code['writers']}"]
    argv = [sys.executable, "-W", "error", "-c", WALK, *paths]
    path = {"PATH": os.environ["PATH"], "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(argv, env=environ | path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["200", "200", "200"]), done.stderr
