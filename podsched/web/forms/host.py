"""What a host fills in."""

from datetime import date, time
from functools import partial
from typing import TypedDict, TypeVar

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from podsched.domain import text
from podsched.domain.recap import BULLET
from podsched.services.cohorts import CohortDraft, CohortSetup
from podsched.services.quiet import HolidayDraft
from podsched.web.forms.fields import Cleaned, Form, IsoDate, Line, Text, ValidationError, zone, zones_with

Given = TypeVar("Given")


def _number(label: str, low: int, high: int, default: int) -> IntegerField:
    fault = f"Choose a whole number from {low} to {high}."
    return IntegerField(label, default=default, validators=[InputRequired(fault), NumberRange(low, high, fault)])


def _given(value: Given | None) -> Given:
    assert value is not None, "the form was validated"
    return value


class CohortForm(Form):
    name = Line("Name of the cohort", validators=[Cleaned(text.name)])
    purpose = Line("Purpose, in one sentence", validators=[Cleaned(text.one_sentence)])
    audience = Line("Who it is for", validators=[Cleaned(text.one_sentence)])
    timezone = Line("Home time zone", validators=[Cleaned(zone)])
    starts_on = IsoDate("First day")
    weeks = _number("Weeks", 6, 8, 8)
    answers_until = IsoDate("Members can send times until")
    meeting_minutes = _number("Minutes of the weekly meeting", 30, 120, 60)
    pod_min = _number("Smallest pod", 6, 10, 6)
    pod_max = _number("Largest pod", 6, 10, 8)
    cap = _number("Seats in the cohort", 6, 150, 150)

    @property
    def zones(self) -> tuple[tuple[str, str], ...]:
        return zones_with(self.timezone.data)

    def validate_meeting_minutes(self, field: IntegerField) -> None:
        if field.data is not None and field.data % 15:
            raise ValidationError("Choose a number of quarter hours, such as 45, 60 or 90.")

    def draft(self) -> CohortDraft:
        """What can be judged although other fields are wrong."""
        sound = {name: None if self[name].errors else self[name].data for name in CohortDraft.__slots__}
        return CohortDraft(**sound)

    def command(self) -> CohortSetup:
        return CohortSetup(
            name=self.name.value,
            purpose=self.purpose.value,
            audience=self.audience.value,
            timezone=self.timezone.value,
            starts_on=_given(self.starts_on.data),
            answers_until=_given(self.answers_until.data),
            weeks=_given(self.weeks.data),
            meeting_minutes=_given(self.meeting_minutes.data),
            pod_min=_given(self.pod_min.data),
            pod_max=_given(self.pod_max.data),
            cap=_given(self.cap.data),
        )


class HolidayGiven(TypedDict):
    name: str
    first: date
    last: date


class HolidayForm(Form):
    name = Line("What it is called", validators=[Cleaned(text.name)])
    first_day = IsoDate("First day")
    last_day = IsoDate("Last day")

    def draft(self) -> HolidayDraft:
        """What can be judged although other fields are wrong."""
        return HolidayDraft(self.name.value or None, self.first_day.data, self.last_day.data)

    def command(self) -> HolidayGiven:
        first, last = _given(self.first_day.data), _given(self.last_day.data)
        return {"name": self.name.value, "first": first, "last": last}


class NoteForm(Form):
    text = Line("Note", validators=[Cleaned(partial(text.line, longest=text.LINE))])


class RoomForm(Form):
    url = Line("Where the pod meets online", validators=[Cleaned(text.web_address)])


class MoveForm(Form):
    day = IsoDate("Day")
    hour = Line("Hour", validators=[Cleaned(text.time_of_day)])

    def command(self) -> tuple[date, time]:
        return _given(self.day.data), self.hour.value


class RecapForm(Form):
    bullets = Text("One bullet a line", validators=[Cleaned(partial(text.paragraph, longest=4000, required=False))])

    def command(self) -> list[str]:
        return [line.strip(" -•") for line in self.bullets.value.split("\n") if line.strip(" -•")]

    def validate_bullets(self, _field: Text) -> None:
        if any(len(line) > BULLET for line in self.command()):
            raise ValidationError(f"Keep each bullet under {BULLET} characters.")
