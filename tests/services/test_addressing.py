"""Two people who press at the same moment, on both databases: an address is one person's, and one press counts."""

from datetime import timedelta

import builders
import pytest
from builders import AT, at_once
from sqlalchemy import func, select

from podsched.db import reading, writing
from podsched.errors import Refused
from podsched.models import MailKind, Membership, OutboxMail, Person
from podsched.services import addressing
from podsched.services.links import NewAddress

LATER = AT + timedelta(hours=1)


@pytest.fixture
def two(each_house):
    with writing(each_house.engine) as session:
        cohort = builders.opened(session, builders.found(session))
        return [enrolment.membership_id for enrolment in builders.joined(session, cohort, 2)]


def press(house, membership_id, email):
    """A call that confirms an address in a transaction of its own."""

    def call():
        with writing(house.engine) as session:
            membership = session.get_one(Membership, membership_id)
            addressing.confirm(session, membership, NewAddress(membership_id, email, AT), at=LATER)

    return call


def owners(house, email):
    with reading(house.engine) as session:
        return session.scalar(select(func.count()).select_from(Person).where(Person.email == email))


def test_of_two_people_who_want_one_address_one_gets_it(each_house, two):
    results = at_once(*[press(each_house, one, "ivy@example.org") for one in two])
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Refused"]
    assert owners(each_house, "ivy@example.org") == 1


def test_two_presses_of_one_link_tell_the_old_address_once(each_house, two):
    assert at_once(*[press(each_house, two[0], "ivy@example.org")] * 2) == [None, None]
    with reading(each_house.engine) as session:
        told = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.ADDRESS_CHANGED)).all()
    assert [mail.about["address"] for mail in told] == ["member1@example.net"]


def test_an_address_that_is_somebodys_stays_theirs(each_house, two):
    with pytest.raises(Refused, match="Somebody here has this address already"):
        press(each_house, two[0], "member2@example.net")()
    assert (owners(each_house, "member1@example.net"), owners(each_house, "member2@example.net")) == (1, 1)
