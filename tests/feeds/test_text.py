import recurring_ical_events
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from calendars import faults, render
from calendars.text import clean, one_line

thorough = settings(database=None, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: Every code point, surrogate halves too, and the pieces an attacker or a parser would care for more often.
nasty = st.sampled_from(
    ["\r\n", "\r", "\n", "\\", "\\N", "\\n", ";", ",", ":", '"', "^", "^n", " " * 80, "\x00", "\u2028"]
)
anything = st.text(alphabet=st.characters(exclude_categories=())) | st.lists(nasty | st.text()).map("".join)
visible = anything.map(lambda text: f"{text}x")


def read(data):
    return next(recurring_ical_events.of(Calendar.from_ical(data)).all())


def property_names(data):
    unfolded = data.decode().replace("\r\n ", "")
    return [line.split(":")[0].split(";")[0] for line in unfolded.split("\r\n")]


@thorough
@given(title=visible, description=visible, location=visible, organizer=visible)
@example(title="C:\\New", description="\\N\\\\n\\", location="a;b,c:d", organizer="\"^^'n")
def test_any_text_is_read_back_as_cleaned(event, feed, title, description, location, organizer):
    held = event(title=title, description=description, location=location, organizer_name=organizer, conference=None)
    seen = read(render(feed(held)))
    assert str(seen["SUMMARY"]) == one_line(title)
    assert str(seen["DESCRIPTION"]) == clean(description)
    assert str(seen["LOCATION"]) == one_line(location)
    assert seen["ORGANIZER"].params["CN"] == one_line(organizer).replace("\\", "/")


@thorough
@given(text=visible)
@example(text="Sprint\r\nATTENDEE:mailto:eve@example.org\r\nx")
@example(text='"\r\nATTENDEE;CN="')
@example(text="x\r\nEND:VEVENT\rBEGIN:VEVENT\u2028BEGIN:VALARM\x0bUID:2\x85x")
def test_no_text_creates_a_property(event, feed, text):
    def names(words):
        held = event(title=words, description=words, location=words, organizer_name=words)
        return property_names(render(feed(held, name=words, description=words)))

    assert names(text) == names("harmless")


@thorough
@given(text=visible)
@example(text="🕯" * 60)
@example(text="שלום, مرحبا; " * 20)
@example(text="a" * 47 + "\\" * 60 + "\n" * 3 + "b")
@example(text="x" + " " * 400 + "x" + "\u3000" * 90)
@example(text="\ud83d lone")
def test_every_line_of_any_text_is_one_clients_can_read(event, feed, text):
    held = event(title=text, description=text, location=text, organizer_name=text)
    assert faults(render(feed(held, name=text, description=text))) == []


@thorough
@given(text=anything)
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)


def test_controls_go_and_foreign_line_ends_become_spaces():
    assert clean("a\x00b\x07c\x1bd\x7fe\x9bf\ufeffg") == "abcdefg"
    assert clean("a\rb\x85c\u2028d\u2029e") == "a b c d e"
    assert clean("a\r\nb\n\nc\td") == "a\nb\n\nc\td"


def test_letters_marks_and_directions_stay():
    assert clean("שלום \u200fA\u200e e\u0301 👩‍👩‍👧") == "שלום \u200fA\u200e e\u0301 👩‍👩‍👧"


def test_a_link_is_written_in_ascii(event, feed):
    data = render(feed(event(conference="https://meet.example/Küche?x=%20&y=1")))
    assert b"CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/K%C3%BCche?x=%20&y=1\r\n" in data.replace(
        b"\r\n ", b""
    )


def test_an_escape_is_never_folded_in_half(event, feed):
    for padding in range(80):
        data = render(feed(event(title="a" * padding + ";" * 80)))
        assert b"\\\r\n" not in data
