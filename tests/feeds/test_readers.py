"""Readers that others wrote expand both styles to exactly the schedule, through every clock change of a year.

Each of them brings its own parser, its own recurrence rules and its own idea of VTIMEZONE.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calendars import Series, faults, render, render_series

#: Two rules of the north, two of the south, three that yearly rules of plain weekdays cannot tell, and one without.
PLACES = {
    "America/New_York": True,
    "Europe/Berlin": True,
    "Europe/London": True,
    "Europe/Dublin": True,
    "Australia/Lord_Howe": True,
    "Asia/Kolkata": True,
    "Africa/Cairo": False,
    "America/Santiago": False,
    "Africa/Casablanca": False,
}
WEEKS = 44  # from February to December: American and European changes, in spring and in autumn
HOUR = timedelta(hours=1)
FIRST, AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
LIBICAL = """
import json, sys, gi
gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib as ical

def expanded(text):
    calendar, found, moved = ical.Component.new_from_string(text), {}, {}
    window = [ical.Time.new_from_string(year + "0101T000000Z") for year in ("2026", "2027")]
    event = calendar.get_first_component(ical.ComponentKind.VEVENT_COMPONENT)
    while event:
        spans, which = [], event.get_first_property(ical.PropertyKind.RECURRENCEID_PROPERTY)
        event.foreach_recurrence(*window, lambda _, span, *rest: spans.append((span.get_start(), span.get_end())))
        if which:
            at = which.get_datetime_with_component(event)
            moved[event.get_uid(), at.as_timet_with_zone(at.get_timezone())] = spans[0]
        else:
            found |= {(event.get_uid(), start): (start, end) for start, end in spans}
        event = calendar.get_next_component(ical.ComponentKind.VEVENT_COMPONENT)
    assert moved.keys() <= found.keys()
    return list((found | moved).values())

print(json.dumps([expanded(open(path).read()) for path in sys.argv[1:]]))
"""
SABRE = """
error_reporting(E_ERROR);
require '/usr/share/php/Sabre/VObject/autoload.php';
$all = [];
foreach (array_slice($argv, 1) as $path) {
    $calendar = Sabre\\VObject\\Reader::read(file_get_contents($path));
    $calendar = $calendar->expand(new DateTime('2026-01-01T00:00:00Z'), new DateTime('2027-01-01T00:00:00Z')) ?: $calendar;
    $found = [];
    foreach ($calendar->VEVENT as $event)
        $found[] = [$event->DTSTART->getDateTime()->getTimestamp(), $event->DTEND->getDateTime()->getTimestamp()];
    $all[] = $found;
}
echo json_encode($all);
"""
KHAL = """
[calendars]
[[all]]
path = {folder}/vdir
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def spans(of_files):
    return [[tuple(datetime.fromtimestamp(at, UTC) for at in span) for span in spans] for spans in of_files]


def shown(zone):
    return zone.replace("/", "-")


def works(*command):
    return (
        shutil.which(command[0]) is not None
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )


def recurring_ical_events(paths):
    import icalendar
    import recurring_ical_events

    calendars = [icalendar.Calendar.from_ical(path.read_bytes()) for path in paths]
    of_files = [recurring_ical_events.of(calendar).between(FIRST, AFTER) for calendar in calendars]
    return [[(each.start.astimezone(UTC), each.end.astimezone(UTC)) for each in events] for events in of_files]


def home_assistant(paths):
    pytest.importorskip("ical", reason="Home Assistant's reader is not here (pip install ical)")
    from ical.calendar_stream import IcsCalendarStream

    calendars = [IcsCalendarStream.calendar_from_ics(path.read_bytes().decode()) for path in paths]
    of_files = [list(calendar.timeline_tz(UTC).included(FIRST, AFTER)) for calendar in calendars]
    return [[(each.dtstart.astimezone(UTC), each.dtend.astimezone(UTC)) for each in events] for events in of_files]


def khal(paths):
    command = Path(sys.executable).with_name("khal")
    if not command.exists():
        pytest.skip("khal is not here (pip install khal)")
    folder = paths[0].parent
    (folder / "vdir").mkdir()
    settings = folder / "khal.conf"
    settings.write_text(KHAL.format(folder=folder))
    output(command, "-c", settings, "import", "--batch", *paths)
    form = ["--day-format", "", "--format", "{title}|{start}|{end}"]
    found = {path.stem: set() for path in paths}  # what lasts until tomorrow is listed on both days
    for line in filter(None, output(command, "-c", settings, "list", *form, "2026-01-01", "365d").splitlines()):
        name, *span = line.split("|")
        found[name].add(tuple(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in span))
    return list(found.values())


def libical(paths):
    python = "/usr/bin/python3"  # Debian's own, which finds Debian's bindings
    if not works(python, "-c", "import gi; gi.require_version('ICalGLib', '3.0')"):
        pytest.skip("libical is not here (apt install gir1.2-ical-3.0 python3-gi)")
    return spans(json.loads(output(python, "-c", LIBICAL, *paths)))


def sabre(paths):
    if not works("php", "-r", "exit((int) !is_file('/usr/share/php/Sabre/VObject/autoload.php'));"):
        pytest.skip("sabre/vobject is not here (apt install php-cli php-sabre-vobject)")
    return spans(json.loads(output("php", "-r", SABRE, "--", *paths)))


@pytest.fixture
def schedule(event):
    """What takes place in a zone, one hour on Tuesdays at 18:30, and how it was once planned."""

    def build(zone, cancelled):
        local = [datetime(2026, 2, 3, 18, 30, tzinfo=ZoneInfo(zone)) + timedelta(weeks=week) for week in range(WEEKS)]
        slots = [start.astimezone(UTC) for start in local]
        events = [
            event(list(PLACES).index(zone) * 100 + week, start=slot, end=slot + HOUR, title=shown(zone))
            for week, slot in enumerate(slots)
        ]
        moved = slots[6] + timedelta(days=2, hours=-3)
        events[6] = replace(events[6], start=moved, end=moved + HOUR, sequence=1)
        events[30] = replace(events[30], end=slots[30] + 1.5 * HOUR, sequence=1)
        for week in cancelled:
            events[week] = None
        return slots, events

    return build


@pytest.fixture
def files(schedule, feed, tmp_path):
    """The same schedule in every zone as a file of a style, with what a reader should find in it."""

    def build(style, cancelled=(5, 8, 39, 43)):
        paths, expected = [], []
        for zone, told_as_series in PLACES.items():
            slots, events = schedule(zone, cancelled)
            kept = [each for each in events if each]
            lantern = feed(*kept, timezone=zone)
            data = render(lantern)
            if style == "series":
                data = render_series(lantern, [series(zone, slots, events)])
                assert (b"RRULE:FREQ=WEEKLY" in data) is told_as_series
            assert faults(data) == []
            paths.append(tmp_path / f"{shown(zone)}.ics")
            paths[-1].write_bytes(data)
            expected.append([(each.start, each.end) for each in kept])
        return paths, expected

    return build


def series(zone, slots, events):
    usual = next(filter(None, events))
    return Series(
        uid=f"series-{shown(zone)}@pods.example".replace("_", "-"),
        zone=zone,
        slots=tuple(slots),
        events=tuple(events),
        title=usual.title,
        description=usual.description,
        conference=usual.conference,
        minutes=60,
        sequence=0,
        changed_at=usual.changed_at,
        created_at=usual.created_at,
        organizer_name=usual.organizer_name,
        organizer_address=usual.organizer_address,
    )


def by_name(reader):
    return reader.__name__


@pytest.mark.parametrize("style", ["flat", "series"])
@pytest.mark.parametrize("reader", [recurring_ical_events, home_assistant, khal, libical, sabre], ids=by_name)
def test_a_reader_finds_exactly_the_schedule(reader, style, files):
    paths, expected = files(style)
    found = [sorted(spans) for spans in reader(paths)]
    assert dict(zip(PLACES, found, strict=True)) == dict(zip(PLACES, map(sorted, expected), strict=True))


@pytest.mark.parametrize("reader", [recurring_ical_events, home_assistant, libical], ids=by_name)
def test_a_cancelled_first_week_stays_away(reader, files):
    # Not asked of sabre/vobject 2, which Debian 12 has: it shows DTSTART whatever EXDATE says. Its fourth edition does not.
    paths, expected = files("series", cancelled=(0, 1))
    assert [sorted(spans) for spans in reader(paths)] == [sorted(spans) for spans in expected]
