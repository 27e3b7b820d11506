"""From an outbox row to the letter it has become by now, or to None when it is no longer wanted."""

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from podsched.domain.availability import LEVEL_WORDS
from podsched.domain.letters import Letter
from podsched.domain.rhythm import prompt
from podsched.domain.words import clock_changes, day, day_and_year, here, moment, weekly
from podsched.domain.zones import place
from podsched.models import (
    CohortState,
    Enrolment,
    EnrolmentState,
    MailKind,
    OutboxMail,
    Pod,
    Recap,
)
from podsched.services import access, checkins, forming, people, rotation
from podsched.services.availability import away_of, windows_of
from podsched.services.cohorts import takes_answers, today_in
from podsched.services.links import Addresses, hand_out_feed, hand_out_personal, make_sign_in
from podsched.services.rhythms import season

Composer = Callable[[Session, OutboxMail, Addresses, datetime], Letter | None]


def compose(session: Session, mail: OutboxMail, addresses: Addresses, *, at: datetime) -> Letter | None:
    return _COMPOSERS[mail.kind](session, mail, addresses, at)


def _sign_in(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter:
    membership = mail.membership
    return Letter(
        template="sign-in",
        to_name=membership.person.name,
        to_address=membership.person.email,
        from_name=membership.community.name,
        reply_to=None,
        values={
            "community": membership.community.name,
            "link": make_sign_in(session, addresses, membership, at=at),
            "browser": mail.about.get("browser", ""),
        },
    )


def _receipt(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = _enrolment(session, mail)
    if enrolment is None or (mail.about.get("unless") == "times" and enrolment.times_saved_at is not None):
        return None
    cohort = enrolment.cohort
    return _letter(
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
    enrolment = _enrolment(session, mail)
    if enrolment is None or enrolment.times_saved_at is not None:
        return None
    if not takes_answers(enrolment.cohort, at=at) or _is_paused(enrolment, at):
        return None
    values = {"until": day_and_year(enrolment.cohort.answers_until)}
    return _letter(session, "times-missing", enrolment, addresses, at=at, values=values)


def _pod_reveal(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = _with_pod(session, mail)
    if enrolment is None or pod is None:
        return None
    starts = [meeting.starts_at for meeting in pod.meetings]
    roles = rotation.of_week(session, pod, 1)
    mates = [member for member in rotation.members(session, pod) if member.id != enrolment.id]
    seat = next(seat for seat in pod.seats if seat.enrolment_id == enrolment.id)
    return _letter(
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


def _not_placed(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = _enrolment(session, mail)
    lost = forming.unplaced(session, enrolment) if enrolment else None
    if enrolment is None or lost is None or enrolment.seat is not None:
        return None
    values = {
        "why": lost.why,
        "change": [line.capitalize() for line in lost.change],
        "zone": place(enrolment.timezone),
    }
    return _letter(session, "not-placed", enrolment, addresses, at=at, values=values)


def _check_in(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = _with_pod(session, mail)
    asked = date.fromisoformat(mail.about["day"])
    if enrolment is None or pod is None or not checkins.is_wanted(session, enrolment, asked, at=at):
        return None
    coming = pod.next_meeting(at)
    return _letter(
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
        },
    )


def _recap(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = _with_pod(session, mail)
    recap = session.get(Recap, uuid.UUID(mail.about["recap"]))
    if enrolment is None or pod is None or recap is None or not recap.bullets:
        return None
    meeting = recap.retro.meeting
    coming = pod.next_meeting(max(at, meeting.ends_at))
    missed = any(absence.enrolment_id == enrolment.id for absence in recap.retro.absences)
    return _letter(
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


_COMPOSERS: dict[MailKind, Composer] = {
    MailKind.SIGN_IN: _sign_in,
    MailKind.RECEIPT: _receipt,
    MailKind.TIMES_MISSING: _times_missing,
    MailKind.POD_REVEAL: _pod_reveal,
    MailKind.NOT_PLACED: _not_placed,
    MailKind.CHECK_IN: _check_in,
    MailKind.RECAP: _recap,
}


def _letter(
    session: Session,
    template: str,
    enrolment: Enrolment,
    addresses: Addresses,
    *,
    at: datetime,
    values: Mapping[str, object],
    pod: Pod | None = None,
    stop_url: str | None = None,
) -> Letter:
    cohort = enrolment.cohort
    person = enrolment.membership.person
    common = {
        "name": person.name,
        "pod": pod.name if pod else None,
        "cohort": cohort.name,
        "purpose": cohort.purpose,
        "link": hand_out_personal(session, addresses, enrolment.membership, at=at),
        "today": day(today_in(enrolment.timezone, at)),
    }
    return Letter(
        template=template,
        to_name=person.name,
        to_address=person.email,
        from_name=f"{pod.name} pod" if pod else cohort.community.name,
        reply_to=people.reply_address(session, cohort.community_id),
        values={**common, **values},
        stop_url=stop_url,
        thread=f"pod-{pod.id.hex}" if pod else None,
    )


def _enrolment(session: Session, mail: OutboxMail) -> Enrolment | None:
    enrolment = session.get(Enrolment, uuid.UUID(mail.about["enrolment"]))
    return None if enrolment is None or enrolment.state is EnrolmentState.LEFT else enrolment


def _with_pod(session: Session, mail: OutboxMail) -> tuple[Enrolment | None, Pod | None]:
    enrolment = _enrolment(session, mail)
    if enrolment is None or enrolment.cohort.state is not CohortState.RUNNING:
        return None, None
    return enrolment, access.pod_for_member(session, enrolment)


def _is_paused(enrolment: Enrolment, at: datetime) -> bool:
    return enrolment.paused_until is not None and today_in(enrolment.timezone, at) < enrolment.paused_until
