"""Fields that clean what is typed; a bad one keeps the text and says what to change."""

from collections.abc import Callable
from datetime import date
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from podsched.domain.availability import BadTimes
from podsched.domain.text import BadText
from podsched.domain.zones import choices, is_known, label
from podsched.errors import Faults

LONGEST_ADDRESS = 254


class Line(StringField):
    value: Any = ""


class Text(TextAreaField):
    value: Any = ""


class Cleaned:
    """A validator that puts the cleaned value in ``field.value`` and leaves what was typed in ``field.data``."""

    def __init__(self, clean: Callable[[str], Any]) -> None:
        self._clean = clean

    def __call__(self, _form: FlaskForm, field: Line | Text) -> None:
        try:
            field.value = self._clean(field.data or "")
        except (BadText, BadTimes) as error:
            raise StopValidation(str(error)) from None


def email(text: str) -> str:
    """A mailbox this installation can write to, lower-cased."""
    text = text.strip()
    if not text:
        raise BadText("Please give the address your mail goes to.")
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or "%" in text:
        raise BadText("This cannot be a mail address. Write it like ana@example.org.")
    try:
        found = validate_email(
            text, check_deliverability=False, allow_quoted_local=False, allow_domain_literal=False, strict=True
        )
    except EmailNotValidError:
        raise BadText("This cannot be a mail address. Write it like ana@example.org.") from None
    if not found.local_part.isascii():
        raise BadText("Before the @, use plain letters without accents.")
    return str(found.normalized).lower()


def zone(text: str) -> str:
    if not is_known(text):
        raise BadText("Choose a place from the list, such as Europe – Lisbon.")
    return text


def zones_with(mine: str | None) -> tuple[tuple[str, str], ...]:
    """The list to choose from, with a legacy name that was given kept as it is and shown as it is called today."""
    listed = choices()
    return listed if not mine or any(name == mine for name, _ in listed) else ((mine, label(mine)), *listed)


class IsoDate(DateField):
    """A date as browsers send it; nothing else is guessed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = _read_date(text)
        if self.data is None:
            raise ValueError("Write the day as year-month-day, such as 2027-01-11." if text else "Choose a day.")


def _read_date(text: str) -> date | None:
    if len(text) != len("2027-01-11") or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Form(FlaskForm):
    def take(self, faults: Faults) -> None:
        """Shows faults that only a service could find beside their fields."""
        for name, sentence in faults.by_field.items():
            if sentence not in self[name].errors:
                self[name].errors = [*self[name].errors, sentence]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(field id, sentence) of every fault, for the summary on top."""
        return [(field.id, sentence) for field in self for sentence in field.errors]


__all__ = ["Cleaned", "Form", "IsoDate", "Line", "Text", "ValidationError", "email", "zone", "zones_with"]
