"""A proposal tells a host what a plan cannot: whose clock is changed in the night of a meeting."""

import builders
import pytest
from builders import AT

from podsched.services import forming, proposals


def proposed(session, first_meeting, **about):
    host = builders.found(session)
    cohort = builders.opened(session, host)
    builders.joined(session, cohort, 6, **about)
    run = forming.request(session, cohort, host, at=AT)
    taken = forming.take(session, run.id, at=AT)
    plan = builders.plan_of(run)
    plan["pods"][0]["meetings"][0] = first_meeting
    assert forming.adopt(session, taken, plan, at=AT)
    session.refresh(run)
    (pod,) = proposals.proposal(session, run).pods
    return pod


@pytest.mark.parametrize(
    ("first_meeting", "zone", "nights"),
    [
        ("2027-03-28T00:30:00Z", "Europe/Berlin", ("Sun 28 Mar",)),
        ("2027-03-28T16:30:00Z", "Europe/Berlin", ()),
        ("2027-11-07T06:30:00Z", "America/New_York", ("Sun 7 Nov",)),
        ("2027-11-07T06:30:00Z", "Europe/Berlin", ()),
    ],
)
def test_a_meeting_in_the_night_of_a_clock_change_is_named_with_its_day(session, first_meeting, zone, nights):
    assert proposed(session, first_meeting, timezone=zone).clock_change_nights == nights
