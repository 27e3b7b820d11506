"""What a member fills in."""

from datetime import date
from functools import partial

from wtforms import BooleanField, FileField, RadioField, SelectField
from wtforms.validators import AnyOf, InputRequired

from podsched.domain import text
from podsched.domain.availability import Away, Window, read_away, read_times
from podsched.models import Answer, CheckIn, Enrolment
from podsched.services.joining import About, Joiner
from podsched.web.forms.fields import Cleaned, Form, IsoDate, Line, Text, email, zone, zones_with

CADENCES = [("5", "Every weekday"), ("3", "Mon, Wed and Fri"), ("1", "Wednesdays")]
HOURS = [(str(minute), f"{minute // 60:02d}:{minute % 60:02d}") for minute in range(0, 24 * 60, 30)]
ALARMS = [("", "never"), ("10", "10 minutes before"), ("30", "half an hour before"), ("60", "an hour before"),
          ("1440", "a day before")]  # fmt: skip
_hours = [value for value, _ in HOURS]
_cadences = [value for value, _ in CADENCES]


class AboutForm(Form):
    timezone = Line("Where are you?", validators=[Cleaned(zone)])
    goal = Text("What do you want to get done?", validators=[Cleaned(partial(text.paragraph, longest=text.GOAL))])
    tags = Line("Goal tags", validators=[Cleaned(text.tags)])
    cadence = RadioField("How often may we ask how it goes?", choices=dict(CADENCES), default="5", validate_choice=False,
                         validators=[AnyOf(_cadences, "Choose one of the three.")])  # fmt: skip
    checkin_minute = SelectField("At what time of your day?", choices=dict(HOURS), default="540", validate_choice=False,
                                 validators=[AnyOf(_hours, "Choose a time from the list.")])  # fmt: skip

    @property
    def zones(self) -> tuple[tuple[str, str], ...]:
        return zones_with(self.timezone.data)

    def about(self) -> About:
        return About(
            timezone=self.timezone.value,
            goal=self.goal.value,
            tags=self.tags.value,
            cadence=int(self.cadence.data),
            checkin_minute=int(self.checkin_minute.data),
        )

    @classmethod
    def of(cls, enrolment: Enrolment) -> "AboutForm":
        return cls(
            data={
                "timezone": enrolment.timezone,
                "goal": enrolment.goal,
                "tags": ", ".join(tag.tag for tag in enrolment.tags),
                "cadence": str(enrolment.cadence),
                "checkin_minute": str(enrolment.checkin_minute),
            }
        )


class JoinForm(AboutForm):
    name = Line("Your name", validators=[Cleaned(text.name)])
    email = Line("Your mail address", validators=[Cleaned(email)])
    rules = BooleanField("I accept the rules", validators=[InputRequired("Please read the rules and tick the box.")])

    def command(self) -> Joiner:
        return Joiner(name=self.name.value, email=self.email.value, about=self.about())


class TimesForm(Form):
    times = Text("When could you meet?", validators=[Cleaned(read_times)])
    away = Text("Dates you are away", validators=[Cleaned(read_away)])
    #: Read by its own press, and never kept.
    file = FileField("A calendar file")

    def command(self) -> tuple[tuple[Window, ...], tuple[Away, ...]]:
        return self.times.value, self.away.value


class CheckInForm(Form):
    answer = Line("How did it go?", validators=[AnyOf([answer.value for answer in Answer], "Press one of the three.")])
    line = Line("One line, if you like", validators=[Cleaned(partial(text.line, longest=text.LINE, required=False))])
    stuck = BooleanField("I am stuck and could use help")

    def filled(self, answered: CheckIn | None) -> "CheckInForm":
        """What was sent stays in the form, so that another press does not lose the line."""
        if answered is not None and not self.is_submitted():
            self.line.data, self.stuck.data = answered.line, answered.stuck
        return self

    def command(self) -> tuple[Answer, str, bool]:
        return Answer(str(self.answer.data)), self.line.value, bool(self.stuck.data)


class AlarmForm(Form):
    minutes = SelectField("Remind me", choices=dict(ALARMS), default="", validate_choice=False,
                          validators=[AnyOf([value for value, _ in ALARMS], "Choose a time from the list.")])  # fmt: skip

    def command(self) -> int | None:
        return int(self.minutes.data) if self.minutes.data else None


class PauseForm(Form):
    until = IsoDate("Start again on")

    def command(self) -> date:
        assert self.until.data is not None
        return self.until.data


class MailForm(Form):
    retro = BooleanField("A mail the day before my pod meets, with my role and what I promised")
    nudges = BooleanField("One reminder, five hours later, if a check-in is still open")
    missed = BooleanField("A private mail when two check-ins in a row went by")


class AddressForm(Form):
    email = Line("Your mail address", validators=[Cleaned(email)])


class LinkForm(Form):
    email = Line("Your mail address", validators=[Cleaned(email)])
