"""A pod's meetings as calendar events: for each member in their own words, for hosts with the names of all."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import calendars
from podsched.domain.agenda import AGENDA
from podsched.domain.words import count
from podsched.models import Cohort, Enrolment, Meeting, Pod, Recap, Retro, Role
from podsched.services import rotation
from podsched.services.links import Addresses
from podsched.services.rhythms import hour_changes, moved_by_hand, why_quiet

log = logging.getLogger(__name__)

#: Part of every UID for ever, whatever the address of the site.
UID_HOST = "podsched"
#: A change so shortly before its meeting may be missed by a calendar that looks as rarely as usual.
SHORTLY = timedelta(hours=48)
AGENDA_LINE = " · ".join(item.title for item in AGENDA)

#: The lines that somebody reads about a meeting.
Describe = Callable[[Meeting], list[str]]


@dataclass(frozen=True)
class PodCalendar:
    """What the events of one pod are made from; read once, told to each in their own words."""

    session: Session
    pod: Pod
    addresses: Addresses

    @cached_property
    def members(self) -> list[Enrolment]:
        return rotation.members(self.session, self.pod)

    @cached_property
    def _roles(self) -> dict[int, dict[Role, Enrolment]]:
        return rotation.of_weeks(self.session, self.pod)

    @cached_property
    def _recaps(self) -> dict[int, list[str]]:
        rows = (
            select(Meeting.week, Recap.bullets)
            .join(Retro, Retro.meeting_id == Meeting.id)
            .join(Recap, Recap.retro_id == Retro.id)
            .where(Meeting.pod_id == self.pod.id, Recap.sent_at.is_not(None))
        )
        return dict(self.session.execute(rows).all())

    def for_member(self, enrolment: Enrolment) -> list[calendars.Event]:
        events = self._events(lambda meeting: self._to_member(meeting, enrolment))
        own = enrolment.feed_changed_at
        return [
            replace(event, alarm=enrolment.alarm_minutes, changed_at=max(event.changed_at, own or event.changed_at))
            for event in events
        ]

    def for_hosts(self) -> list[calendars.Event]:
        return self._events(self._to_hosts)

    @cached_property
    def unsettled_until(self) -> datetime | None:
        """Until when a calendar may still show a meeting as it was before a change shortly ahead of it."""
        return max((over for meeting in self.pod.meetings if (over := unsettled_until(meeting))), default=None)

    def for_invitation(self, meeting: Meeting, enrolment: Enrolment) -> calendars.Event:
        """The event of one meeting, cancelled or not, as its member is told of it by mail."""
        event = self._event(meeting, self._to_member(meeting, enrolment))
        return replace(event, organizer_address=self.addresses.organizer(enrolment.id, meeting.id))

    def series(self, events: Iterable[calendars.Event], description: str) -> list[calendars.Series]:
        """The weekly hour as one recurring event, if a calendar can be told so; ``events`` are those of this pod."""
        try:
            return [self._series(events, description)]
        except calendars.CalendarError:
            log.exception("pod %s is told week by week", self.pod.id)
            return []

    def _series(self, events: Iterable[calendars.Event], description: str) -> calendars.Series:
        by_uid = {event.uid: event for event in events}
        meetings = sorted(self.pod.meetings, key=lambda meeting: meeting.slot_at)
        # A week that is moved or cancelled changes the series too: some programs look at nothing else.
        return calendars.Series(
            uid=calendars.occurrence_uid(self.pod.id, UID_HOST),
            zone=self.pod.timezone,
            slots=tuple(meeting.slot_at for meeting in meetings),
            events=tuple(by_uid.get(calendars.occurrence_uid(meeting.id, UID_HOST)) for meeting in meetings),
            title=f"{self.pod.name} pod",
            description=description,
            conference=self.pod.room_url,  # and LOCATION, as many programs ignore CONFERENCE
            alarm=next((event.alarm for event in by_uid.values()), None),
            minutes=int((meetings[0].ends_at - meetings[0].starts_at).total_seconds()) // 60,
            sequence=sum(meeting.sequence for meeting in meetings),
            changed_at=max(meeting.changed_at for meeting in meetings),
            created_at=min(meeting.created_at for meeting in meetings),
            organizer_name=f"{self.pod.name} pod",
            organizer_address=self.addresses.mail_from,
        )

    def about(self, page: str) -> str:
        """What is true of every week."""
        return f"{self._people()}: {AGENDA_LINE}.\nYour pod: {page}"

    def _events(self, describe: Describe) -> list[calendars.Event]:
        """One for each meeting that is held; what no calendar could be given is left out and logged."""
        events = []
        for meeting in self.pod.meetings:
            if meeting.is_cancelled:
                continue
            try:
                events.append(self._event(meeting, describe(meeting)))
            except calendars.CalendarError:
                log.exception("meeting %s is left out of calendars", meeting.id)
        return events

    def _event(self, meeting: Meeting, description: list[str]) -> calendars.Event:
        return calendars.Event(
            uid=calendars.occurrence_uid(meeting.id, UID_HOST),
            start=meeting.starts_at,
            end=meeting.ends_at,
            title=f"{self.pod.name} pod: week {meeting.week} of {self.pod.cohort.weeks}",
            description="\n".join(description),
            conference=self.pod.room_url,  # and LOCATION, as many programs ignore CONFERENCE
            sequence=meeting.sequence,
            changed_at=meeting.changed_at,
            created_at=meeting.created_at,
            organizer_name=f"{self.pod.name} pod",
            organizer_address=self.addresses.mail_from,
            status=calendars.Status.CANCELLED if meeting.is_cancelled else calendars.Status.CONFIRMED,
        )

    def _to_member(self, meeting: Meeting, enrolment: Enrolment) -> list[str]:
        mine = [role.value for role, holder in self._roles.get(meeting.week, {}).items() if holder.id == enrolment.id]
        return [
            *_optional(meeting),
            *hour_changes(meeting, enrolment.timezone),
            *moved_by_hand(meeting, enrolment.timezone),
            *([f"You are {mine[0]} this week."] if mine else []),
            *self._what_happens(meeting),
            f"Your pod: {self.addresses.page(f'/me/{enrolment.id}')}",
            f"Pause: {self.addresses.page(f'/me/{enrolment.id}/pause')}",
        ]

    def _to_hosts(self, meeting: Meeting) -> list[str]:
        return [
            *_optional(meeting),
            *moved_by_hand(meeting, self.pod.cohort.timezone),
            *self._what_happens(meeting),
            f"Retro room: {self.addresses.page(f'/retro/{meeting.id}')}",
        ]

    def _what_happens(self, meeting: Meeting) -> list[str]:
        held = [
            f"{role.value}: {holder.membership.person.name}"
            for role, holder in self._roles.get(meeting.week, {}).items()
        ]
        recap = self._recaps.get(meeting.week, [])
        return [
            f"{self._people()}: {AGENDA_LINE}.",
            *([f"Roles: {', '.join(held)}."] if held else []),
            *(["What came out of it:", *(f"- {bullet}" for bullet in recap)] if recap else []),
        ]

    def _people(self) -> str:
        return f"{count(len(self.members), 'person', 'people')} and one hour"


def _optional(meeting: Meeting) -> list[str]:
    why = why_quiet(meeting)
    return [f"{why}: this meeting is optional."] if why else []


def unsettled_until(meeting: Meeting) -> datetime | None:
    """The end of the hour that a late change concerns: the usual one or the new one, whichever is earlier."""
    concerned = min(meeting.slot_at, meeting.starts_at)
    if meeting.sequence == 0 or concerned - meeting.changed_at > SHORTLY:
        return None
    return concerned + (meeting.ends_at - meeting.starts_at)


def pods_of(session: Session, cohorts: Iterable[Cohort]) -> list[Pod]:
    rows = select(Pod).where(Pod.cohort_id.in_([cohort.id for cohort in cohorts])).order_by(Pod.cohort_id, Pod.number)
    return [*session.scalars(rows.options(selectinload(Pod.meetings)))]
