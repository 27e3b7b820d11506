"""All mail of a journey, sorted by kind and by each person's own days; and which of it there should be, from the zones."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

KINDS = (
    (r" pod: recap of week ", "recap"),
    (r" pod: from .* for you$", "clock-change"),
    (r" pod: retro tomorrow, ", "retro-tomorrow"),
    (r" pod: how are you\?$", "missed"),
    (r" pod: .*[?.]$", "check-in"),
)


class Post:
    def __init__(self) -> None:
        #: (person, kind, subject, when) of every mail to a member.
        self._mails: list = []
        #: When the hosts' digest came, on the clock of the community: it was set up without a zone, so in UTC.
        self.to_host: list[datetime] = []
        #: (week of the mail, week of a promise it repeats).
        self.promises: set[tuple[int, int]] = set()

    def take(self, person, message, now: datetime) -> str:
        if person is None:
            assert re.match(r"Makers: \d+ things? to look after this week", message["Subject"]), message["Subject"]
            self.to_host.append(now)
            return "digest"
        kind = next(kind for pattern, kind in KINDS if re.search(pattern, message["Subject"]))
        self._mails.append((person, kind, message["Subject"], now.astimezone(ZoneInfo(person.zone))))
        if kind == "retro-tomorrow":
            self._read_promises(message)
        return kind

    def _read_promises(self, message) -> None:
        text = message.get_body(("plain",)).get_content()
        week = int(re.search(r"Week (\d+) of", text)[1])
        self.promises |= {(week, int(found)) for found in re.findall(r"- promise of week (\d+)", text)}

    def _of(self, *kinds: str):
        return [mail for mail in self._mails if mail[1] in kinds]

    def subjects(self, kind: str) -> Counter:
        return Counter((person.email, subject) for person, _, subject, _ in self._of(kind))

    def days(self, kind: str) -> Counter:
        return self.by_day(kind)

    def by_day(self, *kinds: str) -> Counter:
        return Counter((person.email, at.date()) for person, _, _, at in self._of(*kinds))

    def hours(self, *kinds: str) -> set[int]:
        return {at.hour for *_, at in self._of(*kinds)}

    def by_week(self, wanted, first: date) -> tuple[Counter, Counter]:
        """How many mails a person got in each week: the usual ones, and those out of the ordinary."""
        usual, more = Counter(), Counter()
        for person, kind, _, at in self._mails:
            if person is wanted:
                (more if kind in {"missed", "clock-change"} else usual)[(at.date() - first).days // 7] += 1
        return usual, more


def day_before_mails(person, meetings: list[datetime], quiet_week: int) -> list[tuple[str, date]]:
    """On the day before each meeting that is not in the quiet week, unless they are away on the day of it.

    A pause is decided on its first day, so the mail of the day before that has left.
    """
    found = []
    for week, start in enumerate(meetings, 1):
        day = start.astimezone(ZoneInfo(person.zone)).date()
        before = day - timedelta(days=1)
        is_out = person.away is not None and person.away[0] <= day <= person.away[1]
        is_paused = person.paused is not None and person.paused[0] <= before <= person.paused[1]
        if week != quiet_week and not is_out and not is_paused:
            found.append((person.email, before))
    return found


def missed_mails(person, first: date, weeks: int) -> list[tuple[str, date]]:
    """The day after the second of two asked days without an answer: once for each row of them, fourteen days apart."""
    found: list[tuple[str, date]] = []
    row: list[date] = []
    told_in_row = False
    for day in (first + timedelta(days=number) for number in range(7 * weeks)):
        if not person.is_asked(day):
            continue
        if day in person.answered:
            row, told_in_row = [], False
            continue
        row.append(day)
        if len(row) >= 2 and not told_in_row and (not found or day - found[-1][1] >= timedelta(days=14)):
            found.append((person.email, day + timedelta(days=1)))
            told_in_row = True
    return found
