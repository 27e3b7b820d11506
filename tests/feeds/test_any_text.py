"""Any Unicode in any text field, in every form of a feed, read back by two parsers that share no code."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from calendars import Series, faults, render, render_series
from calendars.text import clean, escape, one_line

thorough = settings(database=None, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: Pieces that a parser cares for, among every code point there is, surrogate halves too.
PIECES = [
    "\r\n",
    "\r",
    "\n",
    "\n ",
    "\\",
    "\\n",
    "\\N",
    ";",
    ",",
    ":",
    '"',
    "^n",
    "^'",
    "\x00",
    "\x0b",
    "\x85",
    "\u2028",
]
PIECES += [
    "BEGIN:VEVENT",
    "END:VCALENDAR",
    "ATTENDEE:mailto:eve@example.org",
    "RRULE:FREQ=DAILY",
    "🕯",
    "שלום",
    " " * 80,
]
anything = st.lists(st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=()), max_size=20)).map("".join)
visible = anything.map(lambda text: f"{text}x")
FIELDS = ("name", "about", "title", "description", "location", "organizer")
texts = st.fixed_dictionaries(dict.fromkeys(FIELDS, visible))
HOSTILE = dict.fromkeys(FIELDS, 'a"\r\nEND:VEVENT\r\nBEGIN:VEVENT\u2028UID:2\x85ATTENDEE;CN="x":mailto:e@example.org\\')


@pytest.fixture
def written(event, feed):
    """Both styles of a feed with the given words."""

    def build(name, about, title, description, location, organizer):
        held = event(title=title, description=description, location=location, organizer_name=organizer, conference=None)
        whole = feed(held, name=name, description=about)
        series = Series(
            uid="series-1@pods.example",
            zone="Europe/Berlin",
            slots=(held.start,),
            events=(held,),
            title=title,
            description=description,
            location=location,
            minutes=60,
            sequence=0,
            changed_at=held.changed_at,
            created_at=held.created_at,
            organizer_name=organizer,
            organizer_address=held.organizer_address,
        )
        return render(whole), render_series(whole, [series])

    return build


def wanted(words):
    """The text of an event as cleaned, once for both parsers."""
    return one_line(words["title"]), clean(words["description"]), one_line(words["location"])


def structure(data):
    """The names of properties, and of components, in order."""
    unfolded = data.decode().replace("\r\n ", "").split("\r\n")
    return [line if line.startswith(("BEGIN", "END")) else line.split(":")[0].split(";")[0] for line in unfolded]


@thorough
@given(words=texts)
@example(words=HOSTILE)
def test_icalendar_reads_any_text_as_cleaned(written, words):
    for data in written(**words):
        calendar = Calendar.from_ical(data)
        (event,) = calendar.events
        assert (str(event["SUMMARY"]), str(event["DESCRIPTION"]), str(event["LOCATION"])) == wanted(words)
        # icalendar knows no type of NAME and leaves its escapes.
        assert str(calendar["NAME"]) == escape(one_line(words["name"]))
        assert str(calendar["DESCRIPTION"]) == clean(words["about"])


@thorough
@given(words=texts)
@example(words=HOSTILE)
def test_home_assistants_parser_reads_any_text_as_cleaned(written, words):
    stream = pytest.importorskip(
        "ical.calendar_stream", reason="Home Assistant's reader is not here (pip install ical)"
    )
    for data in written(**words):
        (event,) = stream.IcsCalendarStream.calendar_from_ics(data.decode()).events
        assert (event.summary, event.description, event.location) == wanted(words)


@thorough
@given(words=texts)
@example(words=HOSTILE)
def test_no_text_creates_a_property_or_a_component(written, words):
    plain = written(**dict.fromkeys(FIELDS, "plain"))
    assert [structure(data) for data in written(**words)] == [structure(data) for data in plain]
    assert [faults(data) for data in written(**words)] == [[], []]
