"""From an outbox row to the letter it has become by now, or to None when it is no longer wanted."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

import calendars
from podsched.domain.availability import LEVEL_WORDS
from podsched.domain.letters import Invite, Letter
from podsched.domain.rhythm import prompt
from podsched.domain.words import clock_changes, day, day_and_year, here, moment, weekly
from podsched.domain.zones import local_day, place
from podsched.models import (
    CohortState,
    Enrolment,
    EnrolmentState,
    Invitation,
    MailKind,
    Meeting,
    OutboxMail,
    Pod,
    Recap,
)
from podsched.services import (
    access,
    addressing,
    boxes,
    checkins,
    feeds,
    leaving,
    people,
    proposals,
    reminder_letters,
    rotation,
    stops,
)
from podsched.services.availability import away_of, windows_of
from podsched.services.cohorts import takes_answers
from podsched.services.feed_events import PodCalendar
from podsched.services.letter_parts import Composer, enrolment_of, from_community, is_paused, letter_to, with_pod
from podsched.services.links import Addresses, NewAddress, hand_out_feed, make_sign_in
from podsched.services.rhythms import hour_changes, moved_by_hand, season


def compose(session: Session, mail: OutboxMail, addresses: Addresses, *, at: datetime) -> Letter | None:
    letter = _COMPOSERS[mail.kind](session, mail, addresses, at)
    if letter is None:
        return None
    return replace(letter, bounces_to=boxes.for_bounces(addresses, mail.id, letter.to_address))


def _sign_in(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter:
    values = {
        "link": make_sign_in(session, addresses, mail.membership, at=at),
        "browser": mail.about.get("browser", ""),
    }
    return from_community(mail.membership, "sign-in", values)


def _receipt(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = enrolment_of(session, mail)
    if enrolment is None or (mail.about.get("unless") == "times" and enrolment.times_saved_at is not None):
        return None
    cohort = enrolment.cohort
    return letter_to(
        session,
        "receipt",
        enrolment,
        addresses,
        at=at,
        values={
            "times": [f"{window} {LEVEL_WORDS[window.level]}" for window in windows_of(enrolment)],
            "away": [
                day(span.first) if span.first == span.last else f"{day(span.first)} to {day(span.last)}"
                for span in away_of(enrolment)
            ],
            "zone": place(enrolment.timezone),
            "goal": enrolment.goal,
            "waiting": enrolment.state is EnrolmentState.WAITING,
            "forming": cohort.state is CohortState.OPEN,
            "formed_after": day_and_year(cohort.answers_until),
            "starts": day_and_year(cohort.starts_on),
        },
    )


def _times_missing(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = enrolment_of(session, mail)
    if enrolment is None or enrolment.times_saved_at is not None:
        return None
    if stops.is_stopped(session, enrolment.membership_id, mail.kind):
        return None
    if not takes_answers(enrolment.cohort, at=at) or is_paused(enrolment, at):
        return None
    stop = addresses.stop(mail.kind, enrolment.membership_id)
    values = {"until": day_and_year(enrolment.cohort.answers_until), "stop": stop}
    return letter_to(session, "times-missing", enrolment, addresses, at=at, values=values, stop_url=stop)


def _pod_reveal(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = with_pod(session, mail)
    if enrolment is None or pod is None:
        return None
    starts = [meeting.starts_at for meeting in pod.meetings]
    roles = rotation.of_week(session, pod, 1)
    mates = [member for member in rotation.members(session, pod) if member.id != enrolment.id]
    seat = next(seat for seat in pod.seats if seat.enrolment_id == enrolment.id)
    letter = letter_to(
        session,
        "pod-reveal",
        enrolment,
        addresses,
        at=at,
        pod=pod,
        values={
            "weekly": f"{weekly(starts[0], enrolment.timezone)} your time ({place(enrolment.timezone)})",
            "first": here(starts[0], enrolment.timezone),
            "changes": clock_changes(starts, enrolment.timezone),
            "mates": [{"name": m.membership.person.name, "place": place(m.timezone), "goal": m.goal} for m in mates],
            "why": seat.why,
            "shared_goals": pod.shared_goals,
            "role": next((role.value for role, holder in roles.items() if holder.id == enrolment.id), None),
            "feed": hand_out_feed(session, addresses, enrolment, at=at),
        },
    )
    return replace(letter, meetings=feeds.events_file(session, pod, enrolment, addresses))


def _not_placed(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = enrolment_of(session, mail)
    lost = proposals.unplaced(session, enrolment) if enrolment else None
    if enrolment is None or lost is None or enrolment.seat is not None:
        return None
    values = {
        "why": lost.why,
        "change": [line.capitalize() for line in lost.change],
        "zone": place(enrolment.timezone),
    }
    return letter_to(session, "not-placed", enrolment, addresses, at=at, values=values)


def _check_in(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = with_pod(session, mail)
    asked = date.fromisoformat(mail.about["day"])
    if enrolment is None or pod is None or not checkins.is_wanted(session, enrolment, asked, at=at):
        return None
    coming = pod.next_meeting(at)
    box = boxes.for_check_in(addresses, enrolment.id, asked)
    letter = letter_to(
        session,
        "check-in",
        enrolment,
        addresses,
        at=at,
        pod=pod,
        stop_url=addresses.stop_check_ins(enrolment.id),
        values={
            "day": day(asked),
            "week": season(enrolment.cohort).week_of(asked),
            "weeks": enrolment.cohort.weeks,
            "question": prompt(asked),
            "goal": enrolment.goal,
            "answer": addresses.check_in(enrolment.id, asked),
            "pause": addresses.personal_page(enrolment, "pause"),
            "stop": addresses.stop_check_ins(enrolment.id),
            "next_meeting": moment(coming.starts_at, enrolment.timezone) if coming else None,
            "takes_replies": box is not None,
        },
    )
    return replace(letter, reply_to=box or letter.reply_to)


def _recap(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = with_pod(session, mail)
    recap = session.get(Recap, uuid.UUID(mail.about["recap"]))
    if enrolment is None or pod is None or recap is None or not recap.bullets:
        return None
    meeting = recap.retro.meeting
    coming = pod.next_meeting(max(at, meeting.ends_at))
    missed = any(absence.enrolment_id == enrolment.id for absence in recap.retro.absences)
    return letter_to(
        session,
        "recap",
        enrolment,
        addresses,
        at=at,
        pod=pod,
        values={
            "week": meeting.week,
            "weeks": enrolment.cohort.weeks,
            "bullets": recap.bullets,
            "missed": missed,
            "next_meeting": here(coming.starts_at, enrolment.timezone) if coming else None,
            "page": addresses.personal_page(enrolment, "pod"),
        },
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A meeting as it is now, and the member who is told of it."""

    enrolment: Enrolment
    pod: Pod
    meeting: Meeting
    invitation: Invitation | None


def _invitation(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    told = _about_meeting(session, mail, at=at)
    if told is None or told.meeting.is_cancelled or told.invitation is None:
        return None
    return _meeting_letter(session, "invitation", told, addresses, at=at, values={
        "moment": moment(told.meeting.starts_at, told.enrolment.timezone),
        "notes": _notes(told),
        "is_read": addresses.takes_replies,
        "calendar": addresses.personal_page(told.enrolment, "calendar"),
    })  # fmt: skip


def _notes(told: _Told) -> list[str]:
    """What is worth knowing about this week's hour."""
    zone = told.enrolment.timezone
    return [*moved_by_hand(told.meeting, zone), *hour_changes(told.meeting, zone)]


def _change(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    told = _about_meeting(session, mail, at=at)
    change = _what_changed(told.meeting, mail) if told else None
    if told is None or change is None:
        return None
    coming = told.pod.next_meeting(at)
    return _meeting_letter(session, "change", told, addresses, at=at, values={
        "change": change,
        "moment": moment(told.meeting.starts_at, told.enrolment.timezone),
        "was": here(datetime.fromisoformat(mail.about["before"]), told.enrolment.timezone),
        "next_meeting": here(coming.starts_at, told.enrolment.timezone)
        if coming and told.meeting.is_cancelled
        else None,
        "attached": told.invitation is not None,
        "subscribes": not told.enrolment.invites,
    })  # fmt: skip


def _what_changed(meeting: Meeting, mail: OutboxMail) -> str | None:
    """Between what this person last heard and now, whatever happened in between; None if all is as they know it."""
    if meeting.is_cancelled:
        return "cancelled"
    if meeting.starts_at != datetime.fromisoformat(mail.about["before"]):
        return "moved"
    return mail.about["change"] if mail.about["change"] in {"restored", "room"} else None


def _uninvited(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    """The end of an invitation for somebody who has left: their calendar would show the meeting for ever."""
    enrolment = session.get(Enrolment, uuid.UUID(mail.about["enrolment"]))
    meeting = session.get(Meeting, uuid.UUID(mail.about["meeting"]))
    if enrolment is None or meeting is None or enrolment.state is not EnrolmentState.LEFT:
        return None
    person = enrolment.membership.person
    event = PodCalendar(session, meeting.pod, addresses).for_invitation(meeting, enrolment)
    body = calendars.cancellation(event, name=person.name, mail=person.email)
    values = {"when": here(meeting.starts_at, enrolment.timezone)}
    letter = letter_to(session, "uninvited", enrolment, addresses, at=at, pod=meeting.pod, values=values)
    return replace(letter, invite=Invite("CANCEL", body))


def _clock_change(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    told = _about_meeting(session, mail, at=at)
    if told is None or told.meeting.is_cancelled or told.meeting.is_moved:
        return None
    changes = _notes(told)
    if not changes:  # they moved to another zone since
        return None
    return _meeting_letter(session, "clock-change", replace(told, invitation=None), addresses, at=at, values={
        "changes": changes,
        "first_day": day(local_day(told.meeting.starts_at, told.enrolment.timezone)),
        "weekly": weekly(told.meeting.starts_at, told.enrolment.timezone),
    })  # fmt: skip


def _about_meeting(session: Session, mail: OutboxMail, *, at: datetime) -> _Told | None:
    """None when there is nothing to tell any more: it has changed again, which has a mail of its own, or is over."""
    enrolment, pod = with_pod(session, mail)
    if enrolment is None or pod is None:
        return None
    meeting = session.get(Meeting, uuid.UUID(mail.about["meeting"]))
    if meeting is None or meeting.pod_id != pod.id or meeting.ends_at <= at:
        return None
    if mail.kind is not MailKind.CLOCK_CHANGE and str(meeting.sequence) != mail.about["sequence"]:
        return None
    return _Told(enrolment, pod, meeting, session.get(Invitation, (enrolment.id, meeting.id)))


def _meeting_letter(
    session: Session,
    template: str,
    told: _Told,
    addresses: Addresses,
    *,
    at: datetime,
    values: Mapping[str, object],
) -> Letter:
    letter = letter_to(
        session,
        template,
        told.enrolment,
        addresses,
        at=at,
        pod=told.pod,
        values={
            "week": told.meeting.week,
            "weeks": told.enrolment.cohort.weeks,
            "when": here(told.meeting.starts_at, told.enrolment.timezone),
            "room": told.pod.room_url,
            "page": addresses.personal_page(told.enrolment, "pod"),
            **values,
        },
    )
    if told.invitation is None:
        return letter
    return replace(letter, invite=_invite(session, told, told.invitation, addresses))


def _invite(session: Session, told: _Told, invitation: Invitation, addresses: Addresses) -> Invite:
    """The calendar message as things stand now, so that a mail that was held up carries no old SEQUENCE."""
    event = PodCalendar(session, told.pod, addresses).for_invitation(told.meeting, told.enrolment)
    person = told.enrolment.membership.person
    if told.meeting.is_cancelled:
        return Invite("CANCEL", calendars.cancellation(event, name=person.name, mail=person.email))
    partstat = invitation.partstat.value
    return Invite("REQUEST", calendars.request(event, name=person.name, mail=person.email, partstat=partstat))


def _leave(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = enrolment_of(session, mail)
    if enrolment is None:
        return None
    values = {
        "leave": addresses.leave(enrolment.id, at),
        "until": moment(at + leaving.LINK_LIVES, enrolment.timezone),
        "pause": addresses.personal_page(enrolment, "pause"),
    }
    pod = access.pod_for_member(session, enrolment)
    return letter_to(session, "leave", enrolment, addresses, at=at, pod=pod, values=values)


def _address(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    """To an address that may be mistyped: nothing in it opens anything of theirs."""
    membership = mail.membership
    asked = NewAddress(membership.id, mail.about["address"], mail.created_at)
    if addressing.is_done(membership.person, asked) or addressing.is_stale(membership.person, asked, at=at):
        return None
    return _elsewhere(session, "address", mail, {"confirm": addresses.new_address(asked)})


def _address_changed(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter:
    del addresses, at
    return _elsewhere(session, "address-changed", mail, {})


def _elsewhere(session: Session, template: str, mail: OutboxMail, values: Mapping[str, object]) -> Letter:
    """To an address that is not theirs, not yet or not any more."""
    membership = mail.membership
    reply_to = people.reply_address(session, membership.community_id)
    return from_community(membership, template, values, to_address=mail.about["address"], reply_to=reply_to)


_COMPOSERS: dict[MailKind, Composer] = {
    MailKind.SIGN_IN: _sign_in,
    MailKind.RECEIPT: _receipt,
    MailKind.TIMES_MISSING: _times_missing,
    MailKind.POD_REVEAL: _pod_reveal,
    MailKind.NOT_PLACED: _not_placed,
    MailKind.CHECK_IN: _check_in,
    MailKind.RECAP: _recap,
    MailKind.INVITATION: _invitation,
    MailKind.CHANGE: _change,
    MailKind.CLOCK_CHANGE: _clock_change,
    MailKind.LEAVE: _leave,
    MailKind.UNINVITED: _uninvited,
    **reminder_letters.COMPOSERS,
    MailKind.ADDRESS: _address,
    MailKind.ADDRESS_CHANGED: _address_changed,
}
