"""What takes occurrences away from a series or moves them: EXDATE and RECURRENCE-ID (RFC 5545 3.8.4.4, 3.8.5.1)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from calendars.bounds import Unread
from calendars.events import Entry
from calendars.moments import Length, Moment, later

_MOST_ONWARD = 20
_NOTHING = timedelta(0)


class Gone:
    """Moments that do not take place: instants, and whole dates where either side is a date."""

    def __init__(self, excluded: Iterable[Moment]) -> None:
        self._instants: set[datetime] = set()
        self._days: set[date] = set()
        self._dates: set[date] = set()
        for each in excluded:
            self._dates.add(each.wall.date())
            if each.all_day:
                self._days.add(each.wall.date())
            else:
                self._instants.add(each.utc())

    def __contains__(self, at: Moment) -> bool:
        if at.all_day:
            return at.wall.date() in self._dates
        return at.wall.date() in self._days or (bool(self._instants) and at.utc() in self._instants)


class Moves:
    """The overrides of one series. `longest` and `farthest` say how far from the weeks an occurrence may begin."""

    def __init__(self, overrides: list[Entry]) -> None:
        self.gone = Gone(event.replaces for event in overrides if event.replaces)
        onward = [(event.replaces.utc(), event) for event in overrides if event.onward and event.replaces]
        onward.sort(key=lambda each: each[0])
        self._from = [at for at, _ in onward]
        self._onward = [event for _, event in onward]
        self.longest = max((event.times.length.size for event in self._onward if event.times), default=_NOTHING)
        self.farthest = max((abs(_shift(event)) for event in self._onward), default=_NOTHING)

    def check(self) -> None:
        """Raise Unread when THISANDFUTURE changes the series more often than anybody does."""
        if len(self._onward) > _MOST_ONWARD:
            raise Unread(f"it changes from some day on more than {_MOST_ONWARD} times")

    def moved(self, at: Moment, lasts: Length) -> Iterator[tuple[Moment, Length]]:
        """The occurrence as the latest THISANDFUTURE at or before it says, else as it was; nothing when it is gone."""
        if at in self.gone:
            return
        place = bisect_right(self._from, at.utc()) - 1 if self._from else -1
        if place < 0:
            yield at, lasts
            return
        event = self._onward[place]
        if event.times is not None:
            first = event.times.first
            yield Moment(later(at.wall, _shift(event)), first.zone, first.all_day), event.times.length


def newest(group: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The versions of a series that count and its overrides, one for each RECURRENCE-ID (RFC 5546 2.1.4).

    Versions of equal rank all count: some programs give every event the same UID. Of equal overrides the last in the
    file counts, and a cancelled series takes along the overrides that are not newer.
    """
    series = [event for event in group if event.replaces is None]
    top = max((event.rank for event in series), default=(-1, False))
    overrides: dict[tuple[datetime, bool], Entry] = {}
    for event in sorted(group, key=lambda each: each.rank):
        if event.replaces is not None and not (top[1] and event.sequence <= top[0]):
            overrides[event.replaces.utc(), event.replaces.all_day] = event
    return [event for event in series if event.rank == top], list(overrides.values())


def _shift(event: Entry) -> timedelta:
    """How far an override moves its occurrence, on the wall clock."""
    return event.times.first.wall - event.replaces.wall if event.times and event.replaces else _NOTHING
