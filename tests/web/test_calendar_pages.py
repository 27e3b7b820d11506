"""A member's and a host's pages about calendars, and reading one's own, as a browser meets them."""

import gzip
import io

import pytest
from icalendar import Calendar

FILE = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//elsewhere//EN\r
BEGIN:VEVENT\r
UID:work\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Prague:20270104T090000\r
DTEND;TZID=Europe/Prague:20270104T100000\r
RRULE:FREQ=WEEKLY;BYDAY=MO\r
SUMMARY:Secret project with Zed\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def feed(browser, town, path_of):
    path = path_of(town.feed["a0"])
    return lambda of=path, **headers: browser().client.get(
        of, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.fixture
def busy_path(town, path_of):
    return path_of(town.feed["a0"]).removesuffix(".ics") + "/busy.ics"


def test_gzip_holds_the_same_bytes_under_a_validator_of_its_own(feed):
    plain, zipped = feed(), feed(Accept_Encoding="gzip, deflate")
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] == plain.headers["ETag"][:-1] + '-gzip"'
    assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"
    for etag in (plain.headers["ETag"], zipped.headers["ETag"]):
        assert feed(Accept_Encoding="gzip", If_None_Match=etag).status_code == 304
    assert "Content-Encoding" not in feed(Accept_Encoding="gzip;q=0").headers


def test_busy_and_series_are_calendars_too(feed, busy_path, town, path_of):
    busy, components = feed(busy_path), feed(f"{busy_path}?style=freebusy")
    series = feed(path_of(town.feed["a0"]) + "?style=series")
    assert {str(event["SUMMARY"]) for event in Calendar.from_ical(busy.data).events} == {"Busy"}
    assert b"BEGIN:VFREEBUSY" in components.data
    assert b"RRULE:FREQ=WEEKLY" in series.data
    for answer in (busy, components, series):
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_the_address_to_subscribe_to_ends_in_the_name_of_the_pod(feed, signed_in, town, path_of):
    page = signed_in("a0").text(f"/me/{town.id['a0']}/calendar")
    address = page.split('<code class="copy" tabindex="0">')[1].split("<")[0]
    assert address.endswith("/alder-pod.ics")
    assert feed(path_of(address)).data == feed().data


def test_the_page_tells_which_program_asked(feed, signed_in, town):
    mine = signed_in("a0")
    page = f"/me/{town.id['a0']}/calendar"
    assert "No calendar has asked for it so far." in mine.text(page)
    feed(User_Agent="Google-Calendar-Importer").close()
    assert "<strong>Google Calendar</strong> asked within the last hour." in mine.text(page)


def test_one_meeting_as_a_file(signed_in, town):
    answer = signed_in("a1").get(f"/me/{town.id['a1']}/calendar/{town.id['alder-3']}/event.ics")
    (event,) = Calendar.from_ical(answer.data).events
    assert str(event["UID"]) == f"{town.id['alder-3']}@podsched"
    assert answer.headers["Content-Disposition"] == "attachment; filename=week-3.ics"


def test_invitations_are_chosen_and_stopped(signed_in, town):
    mine, page = signed_in("a1"), f"/me/{town.id['a1']}/calendar"
    assert mine.press(f"{page}/invitations", invites="yes").status_code == 303
    assert "You get one invitation a week" in mine.text(page)
    mine.press(f"{page}/invitations", invites="no")
    assert "one invitation a week, which you answer" in mine.text(page)


def test_a_reminder_is_in_ones_own_feed_alone(signed_in, town, feed, path_of):
    mine, page = signed_in("a0"), f"/me/{town.id['a0']}/calendar"
    assert b"VALARM" not in feed().data
    mine.press(f"{page}/alarm", minutes="10")
    mates = feed(path_of(town.feed["a1"])).data
    mine.press(f"{page}/alarm", minutes="30")
    assert feed(path_of(town.feed["a1"])).data == mates
    assert feed().data.count(b"TRIGGER:-PT30M\r\n") == 8
    assert feed(path_of(town.feed["a0"]) + "?style=series").data.count(b"BEGIN:VALARM") == 1
    assert '<option value="30" selected>' in mine.text(page)
    for nonsense in ("31", "-5", "x"):
        mine.press(f"{page}/alarm", minutes=nonsense)
    assert feed().data.count(b"TRIGGER:-PT30M") == 8
    mine.press(f"{page}/alarm", minutes="")
    assert b"VALARM" not in feed().data


def test_a_host_gets_an_address_by_pressing_and_not_by_looking(signed_in, browser, town, rows, path_of):
    host = signed_in("hana", host=True)
    page = f"/host/pods/{town.id['alder']}/calendar"
    before = rows()
    assert "Make my address" in host.text(page)
    assert rows() == before
    host.press(page)
    address = host.text(page).split('<code class="copy" tabindex="0">')[1].split("<")[0]
    events = Calendar.from_ical(browser().get(path_of(address)).data).events
    assert {str(event["UID"]) for event in events} >= {f"{town.id['alder-3']}@podsched"}
    host.press("/host/calendar/rotate")
    assert b"This calendar address was replaced" in browser().get(path_of(address)).data


def test_a_meeting_that_suits_not_everybody_is_moved_by_a_second_press(signed_in, town, feed):
    host, page = signed_in("hana", host=True), f"/host/meetings/{town.id['alder-4']}"
    asked = host.press(page, day="2027-02-03", hour="03:00")
    assert asked.status_code == 200
    assert "is outside of what" in asked.text
    assert "20270203T020000Z" not in feed().text
    agreed = asked.text.split('name="agreed" value="')[1].split('"')[0]
    assert host.press(page, day="2027-02-03", hour="03:00", agreed=agreed).status_code == 303
    assert "DTSTART:20270203T020000Z" in feed().text


def test_another_hour_than_the_one_agreed_to_is_asked_about_again(signed_in, town):
    host, page = signed_in("hana", host=True), f"/host/meetings/{town.id['alder-4']}"
    agreed = host.press(page, day="2027-02-03", hour="03:00").text.split('name="agreed" value="')[1].split('"')[0]
    assert host.press(page, day="2027-02-03", hour="03:30", agreed=agreed).status_code == 200


@pytest.mark.parametrize(
    ("day", "hour", "sentences"),
    [
        ("", "", ["Choose a day.", "Write the hour like 18:30."]),
        ("2027-02-09", "24:00", ["Write the hour like 18:30."]),
        ("2027-03-09", "18:00", ["Stay within six days"]),
    ],
)
def test_all_that_is_wrong_with_a_move_is_said_at_once(signed_in, town, day, hour, sentences):
    host, page = signed_in("hana", host=True), f"/host/meetings/{town.id['alder-4']}"
    answer = host.press(page, day=day, hour=hour)
    assert answer.status_code == 422
    assert [sentence for sentence in sentences if sentence not in answer.text] == []


def test_cancelling_and_putting_back(signed_in, town, feed):
    host, page = signed_in("hana", host=True), f"/host/meetings/{town.id['alder-4']}"
    uid = f"UID:{town.id['alder-4']}@podsched"
    for verb, is_there in (("cancel", False), ("restore", True)):
        assert host.press(f"{page}/{verb}").status_code == 303
        assert (uid in feed().text) is is_there
    assert "cancelled" not in host.text(f"/host/pods/{town.id['alder']}")


@pytest.fixture
def times(signed_in, town):
    mine = signed_in("a0")
    return mine, f"/me/{town.id['a0']}/times"


def upload(mine, path, data, **fields):
    return mine.press(path, file=(io.BytesIO(data), "mine.ics"), **fields)


def test_a_calendar_greys_hours_and_what_was_typed_stays(times, house):
    mine, page = times
    answer = upload(mine, f"{page}/calendar", FILE, times="Thu 10:00-12:00 free", away="2027-02-01")
    assert answer.status_code == 200
    assert "Thu 10:00-12:00 free" in answer.text
    assert "2027-02-01" in answer.text
    assert "Mon 09:00-10:00, in 8 of 8 weeks" in answer.text
    assert "Secret" not in answer.text
    again = mine.text(page)
    assert "mon 09:00" in again, "it is kept"
    assert "Thu 10:00-12:00" not in again, "nothing was saved that was not"


def test_no_word_of_the_file_is_kept(times, rows):
    mine, page = times
    upload(mine, f"{page}/calendar", FILE)
    kept = repr(rows())
    assert [word for word in ("Secret", "Zed", "elsewhere") if word in kept] == []
    assert len(rows()["busy_times"]) == 8
    mine.press(f"{page}/calendar/forget", times="Thu 10:00-12:00 free")
    assert rows()["busy_times"] == []


@pytest.mark.parametrize(
    "data",
    [b"", b"<!doctype html><p>Sign in</p>", b"PK\x03\x04", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\x00"],
)
def test_a_file_that_cannot_be_read_is_told_why_and_what_was_read_before_stays(times, rows, data):
    mine, page = times
    upload(mine, f"{page}/calendar", FILE)
    before = rows()["busy_times"]
    answer = upload(mine, f"{page}/calendar", data, times="Thu 10:00-12:00 free")
    assert answer.status_code == 422
    assert 'id="file-error">The file ' in answer.text
    assert "Thu 10:00-12:00 free" in answer.text
    assert rows()["busy_times"] == before


def test_no_file_at_all(times):
    mine, page = times
    answer = mine.press(f"{page}/calendar", times="Thu 10:00-12:00 free")
    assert (answer.status_code, "Choose a file first" in answer.text) == (422, True)
