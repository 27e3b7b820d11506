"""What calendars raises: one error, whose text starts with the field that is wrong."""


class CalendarError(ValueError):
    """A value no calendar client could be given; `field` names it, `value` is what was offered, `reason` what it must be."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}, not {value!r}")
        self.field = field
        self.value = value
        self.reason = reason
