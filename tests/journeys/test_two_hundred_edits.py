"""A pod's calendar through two hundred edits in random order, read by calendar programs that remember what they saw.

Each program model keeps what a real one keeps between polls, and must show the true schedule after every edit.
"""

import random
import zlib
from datetime import timedelta
from email.utils import parsedate_to_datetime

import builders
import pytest
from builders import AT
from icalendar import Calendar

from podsched.app import house_of
from podsched.db import reading, writing
from podsched.domain import subjects
from podsched.models import Enrolment, EnrolmentState, FeedStyle, Pod, StoredFeed
from podsched.services import feeds, leaving, meetings, rotation
from podsched.services.feed_events import UID_HOST

EDITS = 200
VERBS = (
    *("move",) * 4, *("cancel", "restore") * 2, *("rename", "room", "role", "nothing"), "leave", *("take back",) * 3,
)  # fmt: skip


class Program:
    """A calendar program: what it asks with, what it keeps of the answer, what it shows."""

    by_etag = by_date = gzipped = False

    def __init__(self, client):
        self.client, self.etag, self.date, self.events = client, None, None, {}

    def poll(self, path):
        headers = {"Accept-Encoding": "gzip"} if self.gzipped else {}
        if self.by_etag and self.etag:
            headers["If-None-Match"] = self.etag
        if self.by_date and self.date:
            headers["If-Modified-Since"] = self.date
        answer = self.client.get(path, headers=headers)
        assert answer.status_code in {200, 304}, answer.status
        self.etag, self.date = answer.headers["ETag"], answer.headers["Last-Modified"]
        if answer.status_code == 200:
            body = zlib.decompress(answer.data, 31) if self.gzipped else answer.data
            self.keep({str(event["UID"]): event for event in Calendar.from_ical(body).events})

    def keep(self, found):
        self.events = found

    def shows(self):
        return {uid: (event["DTSTART"].dt, str(event["SUMMARY"])) for uid, event in self.events.items()}

    def titles(self):
        """Of all it shows, masters and overrides alike."""
        return {str(event["SUMMARY"]) for event in self.events.values()}


class Thunderbird(Program):
    by_etag = gzipped = True


class Apple(Program):
    by_date = True


class Icsx5(Program):
    """Rewrites an event only when its LAST-MODIFIED is newer, and drops those that are gone."""

    by_etag = by_date = True

    def keep(self, found):
        kept = {
            uid: self.events[uid]
            for uid, event in found.items()
            if uid in self.events and event["LAST-MODIFIED"].dt <= self.events[uid]["LAST-MODIFIED"].dt
        }
        self.events = found | kept


class Gnome(Program):
    """Shows a change only when LAST-MODIFIED, DTSTAMP or SEQUENCE moved."""

    by_etag = True

    def keep(self, found):
        def version(event):
            return str(event["LAST-MODIFIED"].dt), str(event["DTSTAMP"].dt), int(event.get("SEQUENCE", 0))

        self.events = {
            uid: self.events[uid] if uid in self.events and version(self.events[uid]) == version(event) else event
            for uid, event in found.items()
        }


@pytest.fixture
def town(app, time):
    house = house_of(app)
    with writing(house.engine) as session:
        (pod,) = builders.published(session, house.addresses, members=7)
        member = builders.members_of(session, pod)[0]
        return house, pod.id, member.id, "/f/" + house.addresses.feed_token(member) + ".ics"


def truth(house, pod_id, member_id):
    """What the database says is planned, in the words a feed uses."""
    with reading(house.engine) as session:
        pod, member = session.get_one(Pod, pod_id), session.get_one(Enrolment, member_id)
        if member.state is EnrolmentState.LEFT:
            return {f"closed-feed-{member_id}@{UID_HOST}": "You left this pod"}
        planned = {
            f"{meeting.id}@{UID_HOST}": (
                meeting.starts_at,
                f"{pod.name} pod: week {meeting.week} of {pod.cohort.weeks}",
            )
            for meeting in pod.meetings
            if not meeting.is_cancelled
        }
        return planned or {f"closed-feed-{member_id}@{UID_HOST}": "No meeting is planned"}


def titles(house, pod_id, member_id):
    with reading(house.engine) as session:
        name = session.get_one(Pod, pod_id).name
    told = truth(house, pod_id, member_id)
    return set(told.values()) if next(iter(told)).startswith("closed") else {f"{name} pod"}


def edit(session, house, pod, member, dice, at):
    """One change that calendars show, or one that they must not be troubled with."""
    addresses, meeting = house.addresses, dice.choice(pod.meetings)
    verb = dice.choice(VERBS)
    if verb == "move" and not meeting.is_cancelled:
        meetings.move(
            session, meeting, meeting.slot_at + timedelta(hours=dice.choice((-20, -3, 0, 3, 20))), addresses, at=at
        )
    elif verb == "cancel":
        meetings.cancel(session, meeting, addresses, at=at)
    elif verb == "restore":
        meetings.restore(session, meeting, addresses, at=at)
    elif verb == "rename":
        pod.name = dice.choice(("Alder", "Birch", "Čáp; a, b"))
        for each in pod.meetings:
            rotation.mark_changed(each, at=at)
        feeds.refresh(session, pod, addresses, at=at)
    elif verb == "room":
        meetings.set_room(session, pod, dice.choice(("", "https://meet.example.org/a")), addresses, at=at)
    elif verb == "role":
        rotation.assign(session, pod, week=meeting.week, at=at)
        feeds.refresh(session, pod, addresses, at=at)
    elif verb == "leave":
        leaving.leave(session, member, addresses, at=at)
    elif verb == "take back":
        leaving.take_back(session, member, addresses, at=at)
    else:
        feeds.refresh(session, pod, addresses, at=at)


def test_every_program_shows_the_truth_after_every_edit(app, time, town):
    house, pod_id, member_id, path = town
    programs, weekly = ([kind(app.test_client()) for kind in (Thunderbird, Apple, Icsx5, Gnome)] for _ in range(2))
    dice, dates, bytes_of = random.Random(20261126), [], {}
    for number in range(EDITS):
        time.move(seconds=dice.choice((0, 0, 0.4, 1, 60, 7200)))  # many edits fall into one second
        at = time.now()
        with writing(house.engine) as session:
            pod, member = session.get_one(Pod, pod_id), session.get_one(Enrolment, member_id)
            edit(session, house, pod, member, dice, at)
        expected = truth(house, pod_id, member_id)
        for program in weekly:
            program.poll(f"{path}?style=series")
            assert program.titles() == titles(house, pod_id, member_id), (number, type(program).__name__)
        for program in programs:
            program.poll(path)
            shown = program.shows()
            shown = {
                uid: title if uid.startswith("closed") else (start, title) for uid, (start, title) in shown.items()
            }
            assert shown == expected, (number, type(program).__name__)
        dates.append(parsedate_to_datetime(programs[0].date))
        assert dates == sorted(dates), "Last-Modified never goes back"
        with reading(house.engine) as session:
            stored = session.get_one(StoredFeed, (subjects.member(member_id), FeedStyle.FLAT))
        assert bytes_of.setdefault(stored.etag, stored.body) == stored.body
    assert len(bytes_of) > EDITS / 4, "most edits were to be seen"
    assert time.now() - AT < timedelta(days=8), "no meeting was over before it could be edited"
