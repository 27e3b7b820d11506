"""A country changes its clocks: the process that starts with the new rules moves what was reckoned by the old ones."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import select

import calendars
from podsched.domain import subjects
from podsched.models import Enrolment, FeedStyle, StoredFeed, ZoneRules
from podsched.services import joining, zone_rules

HOUR = timedelta(hours=1)
NINE = datetime(2027, 1, 18, 8, tzinfo=UTC)  # of the first Monday in Berlin


@pytest.fixture
def rules(tmp_path):
    """Gives a zone the clocks of another, as an update of the zone files would."""

    def become(zone, like):
        file = tmp_path / zone
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(calendars.zone_file(like))
        _start_with([tmp_path, *zoneinfo.TZPATH])

    usual = zoneinfo.TZPATH
    yield become
    _start_with(usual)


def _start_with(folders):
    """What a new process knows."""
    zoneinfo.reset_tzpath([str(folder) for folder in folders])
    zoneinfo.ZoneInfo.clear_cache()
    calendars.zone_rules._rule.cache_clear()


@pytest.fixture
def pod(session, house):
    (pod,) = builders.published(session, house.addresses)
    zone_rules.follow(session, house.addresses, at=AT)
    return pod


def due(session):
    return set(session.scalars(select(Enrolment.next_checkin_at)))


def told(session, pod):
    """The weekly hour as a recurring event with its zone."""
    mine = (subjects.member(pod.seats[0].enrolment_id), FeedStyle.SERIES)
    return session.get_one(StoredFeed, mine, populate_existing=True).body


def test_check_ins_come_at_the_same_minute_of_the_new_clocks(session, house, pod, rules):
    assert due(session) == {NINE}
    rules("Europe/Berlin", like="Europe/Lisbon")
    zone_rules.follow(session, house.addresses, at=AT)
    assert due(session) == {NINE + HOUR}
    zone_rules.follow(session, house.addresses, at=AT)
    assert due(session) == {NINE + HOUR}


def test_a_check_in_whose_hour_has_passed_by_the_new_clocks_comes_at_once(session, house, pod, rules):
    rules("Europe/Berlin", like="Europe/Helsinki")
    late = NINE - HOUR / 2
    zone_rules.follow(session, house.addresses, at=late)
    assert due(session) == {late}


def test_calendars_tell_the_new_rules_and_meetings_stay(session, house, pod, rules):
    before = told(session, pod)
    starts = [meeting.starts_at for meeting in pod.meetings]
    rules("Europe/Berlin", like="Europe/Lisbon")
    zone_rules.follow(session, house.addresses, at=AT)
    after = told(session, pod)
    assert (b"TZNAME:CET" in before, b"TZNAME:CET" in after, b"TZNAME:WET" in after) == (True, False, True)
    assert [meeting.starts_at for meeting in pod.meetings] == starts


def test_a_zone_that_is_new_in_use_changes_nothing(session, house, pod):
    member = builders.members_of(session, pod)[0]
    member.timezone = "Asia/Kathmandu"
    joining.resume(session, member, at=AT)
    planned = due(session)
    zone_rules.follow(session, house.addresses, at=AT)
    assert due(session) == planned
    assert set(session.scalars(select(ZoneRules.zone))) == {"Europe/Berlin", "Asia/Kathmandu"}
