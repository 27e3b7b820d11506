"""The weekly retro: one hour, six items, a clock on each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    title: str
    minutes: int
    hint: str


AGENDA = (
    Item("check-in", "Check-in", 5, "One sentence each: how are you here today?"),
    Item("last-commitments", "Last week's commitments", 10, "Kept, partly or missed. No reasons needed."),
    Item("stuck", "Stuck", 15, "Who is stuck, and who has been there before?"),
    Item("wins", "Wins and thanks", 10, "One win each, however small. Thank somebody by name."),
    Item("new-commitments", "New commitments", 10, "One thing each, small enough to be done by next week."),
    Item("roles", "Roles for next week", 5, "Greeter, note-taker and curator for the next meeting."),
)
KEYS = tuple(item.key for item in AGENDA)
EXTRA_MINUTES = 2
