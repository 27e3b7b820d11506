"""Who gets in, by which link, to what: the member, her pod-mate, the host, and the stranger who must see nothing."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import inspect, select

from podsched.errors import NotFound
from podsched.models import AccessLink, Base, EnrolmentState, FormingRun, LinkKind, Membership, RoleAssignment
from podsched.services import access, joining, links, retros, sessions

LATER = AT + timedelta(days=30)


@dataclass
class Cast:
    host: Membership
    member: Membership
    mate: Membership
    neighbour: Membership  # in the other pod of the same cohort
    stranger: Membership  # in a pod of another community
    foreign_host: Membership


@pytest.fixture
def pods(session, house):
    return builders.published(session, house.addresses, members=14, pods=2)


@pytest.fixture
def cast(session, house, pods):
    first, second = (builders.members_of(session, pod) for pod in pods)
    foreign_host = builders.found(session, "Other Table", "Tomas Rey")
    cohort = builders.opened(session, foreign_host)
    strangers = [
        joining.join(session, cohort, builders.joiner(number), at=AT).enrolment.membership for number in range(30, 37)
    ]
    host = session.scalars(select(Membership).order_by(Membership.created_at)).first()
    return Cast(host, first[0].membership, first[1].membership, second[0].membership, strangers[0], foreign_host)


@pytest.fixture
def recap(session, house, pods):
    meeting = pods[0].meetings[0]
    retros.start(session, meeting, at=meeting.starts_at)
    return retros.close(session, meeting, house.addresses, at=meeting.ends_at)


def let_in(load, *, things):
    """Who of the cast gets each thing without NotFound."""

    def is_found(who, thing):
        try:
            load(who, thing)
        except NotFound:
            return False
        return True

    return [{name for name, who in vars(things[0]).items() if is_found(who, thing)} for thing in things[1:]]


def test_hosts_of_the_community_and_nobody_else_reach_what_is_for_hosts(session, cast, pods):
    run = session.scalars(select(FormingRun)).one()
    enrolment = builders.members_of(session, pods[0])[0]
    loads = [
        (access.cohort_for_host, pods[0].cohort_id),
        (access.run_for_host, run.id),
        (access.enrolment_for_host, enrolment.id),
        (access.pod_for_host, pods[0].id),
    ]
    for load, thing in loads:
        assert let_in(lambda who, it: load(session, who, it), things=[cast, thing]) == [{"host"}]  # noqa: B023  called at once
        assert let_in(lambda who, it: load(session, who, it), things=[cast, uuid.uuid4()]) == [set()]  # noqa: B023  called at once


def test_an_enrolment_is_for_the_member_it_belongs_to(session, cast, pods):
    mine = builders.members_of(session, pods[0])[0]
    load = lambda who, it: access.enrolment_for_member(session, who, it)  # noqa: E731  one of several questions
    assert let_in(load, things=[cast, mine.id, uuid.uuid4()]) == [{"member"}, set()]
    mine.state = EnrolmentState.LEFT
    session.flush()
    assert let_in(load, things=[cast, mine.id]) == [set()]
    assert access.enrolments_of(session, cast.member) == []


def test_a_meeting_is_for_its_pod_and_for_a_host_who_signed_in_as_one(session, cast, pods):
    def load(as_host):
        return lambda who, it: access.meeting_for(session, who, it, as_host=as_host)

    meeting = pods[0].meetings[0].id
    assert let_in(load(True), things=[cast, meeting]) == [{"host", "member", "mate"}]
    assert let_in(load(False), things=[cast, meeting]) == [{"member", "mate"}]


def test_a_retro_and_its_recap_are_led_by_the_host_or_by_the_note_taker_of_that_week(session, cast, pods, recap):
    roles = session.scalars(select(RoleAssignment).where(RoleAssignment.pod_id == pods[0].id, RoleAssignment.week == 1))
    taker = next(row.enrolment.membership_id for row in roles if row.role.value == "note-taker")
    expected = {"host"} | {name for name, who in vars(cast).items() if who.id == taker}
    meeting = pods[0].meetings[0].id
    by_meeting = lambda who, it: access.retro_for_leader(session, who, it, as_host=True)  # noqa: E731  one of several questions
    by_recap = lambda who, it: access.recap_for_leader(session, who, it, as_host=True)  # noqa: E731  one of several questions
    assert let_in(by_meeting, things=[cast, meeting]) == [expected]
    assert let_in(by_recap, things=[cast, recap.id, uuid.uuid4()]) == [expected, set()]


def test_a_member_who_left_reaches_no_meeting_of_the_pod(session, cast, pods):
    builders.members_of(session, pods[0])[0].state = EnrolmentState.LEFT
    session.flush()
    with pytest.raises(NotFound):
        access.meeting_for(session, cast.member, pods[0].meetings[0].id, as_host=False)


def test_a_cohort_is_found_by_its_exact_code_only(session, pods):
    code = pods[0].cohort.code
    assert access.cohort_by_code(session, code) is pods[0].cohort
    for other in ("", code.upper(), code[:-1], f"{code} ", "%"):
        with pytest.raises(NotFound):
            access.cohort_by_code(session, other)


def test_no_token_stands_anywhere_in_the_database(session, house, cast, pods):
    member = builders.members_of(session, pods[0])[0]
    token = links.make_sign_in(session, house.addresses, cast.host, at=AT).rpartition("/")[2]
    cookie = sessions.open_session(session, cast.member, host_tools=False, at=AT)
    secrets = [token, cookie, house.addresses.feed_token(member), house.addresses.personal_token(cast.member)]
    links.hand_out_personal(session, house.addresses, cast.member, at=AT)
    everything = [
        str(value) for mapper in Base.registry.mappers for row in session.scalars(select(mapper.class_))
        for value in (getattr(row, column.key) for column in inspect(type(row)).column_attrs)
    ]  # fmt: skip
    assert [secret for secret in secrets if any(secret in value for value in everything)] == []
    assert links.hashed(token) in everything


def test_the_personal_address_is_the_same_in_every_mail_and_remembered_once(session, house, cast):
    given = {links.hand_out_personal(session, house.addresses, cast.member, at=AT) for _ in range(3)}
    assert given == {house.addresses.personal(cast.member)}
    rows = select(AccessLink).where(AccessLink.membership_id == cast.member.id, AccessLink.kind == LinkKind.PERSONAL)
    assert len(session.scalars(rows).all()) == 1


def test_a_revoked_link_opens_nothing_and_ends_every_browser_session_of_that_member_only(session, house, cast):
    old = links.hand_out_personal(session, house.addresses, cast.member, at=AT).rpartition("/")[2]
    hers = sessions.open_session(session, cast.member, host_tools=False, at=AT)
    mates = sessions.open_session(session, cast.mate, host_tools=False, at=AT)
    new = links.revoke_personal(session, house.addresses, cast.member, at=AT + timedelta(hours=1)).rpartition("/")[2]
    now = AT + timedelta(hours=1, seconds=1)
    with pytest.raises(NotFound):
        links.find(session, old, LinkKind.PERSONAL, at=now)
    assert links.find(session, new, LinkKind.PERSONAL, at=LATER).membership_id == cast.member.id
    session.expire_all()
    assert sessions.find_session(session, hers, at=now) is None
    assert sessions.find_session(session, mates, at=now).membership_id == cast.mate.id


def test_a_token_opens_only_the_kind_it_was_made_for(session, house, cast, pods):
    feed = house.addresses.feed_token(builders.members_of(session, pods[0])[0])
    personal = links.hand_out_personal(session, house.addresses, cast.member, at=AT).rpartition("/")[2]
    for token, right in ((feed, LinkKind.FEED), (personal, LinkKind.PERSONAL)):
        for kind in LinkKind:
            if kind is right:
                links.find(session, token, kind, at=AT)
                continue
            with pytest.raises(NotFound):
                links.find(session, token, kind, at=AT)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "é" * 5000, "../..", "%00"])
def test_a_token_nobody_made_opens_nothing(session, token):
    for kind in LinkKind:
        with pytest.raises(NotFound):
            links.find(session, token, kind, at=AT)


def test_a_sign_in_link_works_once_for_ten_minutes_and_voids_the_others(session, house, cast):
    tokens = [links.make_sign_in(session, house.addresses, cast.host, at=AT).rpartition("/")[2] for _ in range(3)]
    just, over = AT + timedelta(minutes=10, seconds=-1), AT + timedelta(minutes=10)
    with pytest.raises(NotFound):
        links.find(session, tokens[0], LinkKind.SIGN_IN, at=over)
    links.use_up(session, links.find(session, tokens[0], LinkKind.SIGN_IN, at=just), at=just)
    session.expire_all()
    for token in tokens:
        with pytest.raises(NotFound):
            links.find(session, token, LinkKind.SIGN_IN, at=just)


def test_a_signed_link_speaks_for_one_member_one_day_and_one_purpose(house):
    enrolment, day = uuid.uuid4(), builders.FIRST_DAY
    check_in = house.addresses.check_in(enrolment, day).rpartition("/")[2]
    stop = house.addresses.stop_check_ins(enrolment).rpartition("/")[2]
    assert house.addresses.read_check_in(check_in) == (enrolment, day)
    assert house.addresses.read_stop(stop) == enrolment
    for read, token in ((house.addresses.read_stop, check_in), (house.addresses.read_check_in, stop)):
        for evil in (token, token[:-1], token[:-1] + "\ud800", "", "a.b", "."):
            with pytest.raises(NotFound):
                read(evil)


def test_another_installation_reads_none_of_our_links(house):
    other = replace(house.addresses, secret_key="another-secret-of-another-installation-42")
    with pytest.raises(NotFound):
        other.read_stop(house.addresses.stop_check_ins(uuid.uuid4()).rpartition("/")[2])


def test_a_browser_session_ends_when_idle_and_in_any_case_after_ninety_days(session, cast):
    token = sessions.open_session(session, cast.member, host_tools=False, at=AT)
    hosts = sessions.open_session(session, cast.host, host_tools=True, at=AT)
    assert sessions.find_session(session, hosts, at=AT + timedelta(hours=24)) is None
    at = AT
    for _ in range(7):
        at += timedelta(days=13)
        if at < AT + timedelta(days=90):
            sessions.touch(session, token, at=at)
            assert sessions.find_session(session, token, at=at) is not None
    assert sessions.find_session(session, token, at=AT + timedelta(days=90)) is None
    assert sessions.find_session(session, f"{token}x", at=AT) is None
