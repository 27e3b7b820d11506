"""Holidays of a community: added and removed by its hosts, seen by members before they begin."""

import pytest

from podsched.db import reading
from podsched.models import Holiday

PAGE = "/host/holidays"


@pytest.fixture
def names(house):
    def read():
        with reading(house.engine) as session:
            return sorted(holiday.name for holiday in session.query(Holiday))

    return read


@pytest.fixture
def hana(signed_in):
    return signed_in("hana", host=True)


def test_a_host_adds_a_holiday_and_removes_it(hana, names, house):
    answer = hana.press(PAGE, name=" Spring   <b>rest</b> ", first_day="2027-03-01", last_day="2027-03-02")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert names() == ["Garden days", "Spring <b>rest</b>"]
    page = hana.text(PAGE)
    assert "Spring &lt;b&gt;rest&lt;/b&gt;" in page
    assert "1 Mar 2027 to 2 Mar 2027" in page
    with reading(house.engine) as session:
        new = session.query(Holiday).filter_by(name="Spring <b>rest</b>").one().id
    for status in (303, 404):
        assert hana.press(f"{PAGE}/{new}/remove").status_code == status
    assert names() == ["Garden days"]


@pytest.mark.parametrize(
    ("typed", "sentences"),
    [
        (
            {"name": "", "first_day": "", "last_day": "1.3."},
            ["Please fill this in.", "Choose a day.", "such as 2027-01-11."],
        ),
        (
            {"name": "", "first_day": "2027-03-02", "last_day": "2027-03-01"},
            ["Please fill this in.", "The last day is before the first."],
        ),
        (
            {"name": "More days", "first_day": "2027-02-03", "last_day": "2027-02-09"},
            ["Garden days is on these days already."],
        ),
    ],
    ids=["nothing", "turned round", "overlapping"],
)
def test_what_cannot_be_is_told_all_at_once_and_what_was_typed_is_kept(hana, names, typed, sentences):
    answer = hana.press(PAGE, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for sentence in sentences:
        assert sentence in page, sentence
    assert all(f'value="{text}"' in page for text in (typed["name"], typed["first_day"]) if text)
    assert names() == ["Garden days"]


def test_a_member_sees_a_holiday_ahead_and_on_its_day_is_asked_nothing(signed_in, town, time):
    home = f"/me/{town.id['a1']}"
    ahead = signed_in("a1").text(home)
    assert "Garden days</strong>, 1 Feb 2027 to 3 Feb 2027: no check-ins." in ahead
    assert "this meeting is optional" not in ahead
    time.move(days=13)
    on_the_day = signed_in("a1").text(home)
    assert "Garden days</span>: no check-in today" in on_the_day
    assert "Garden days</span>: this meeting is optional." in on_the_day
    assert ": no check-ins." not in on_the_day


def test_the_board_names_holidays_within_its_weeks_alone(hana, town, signed_in):
    assert "Garden days" in hana.text(f"/host/cohorts/{town.id['makers']}")
    assert "Garden days" not in signed_in("lena", host=True).text(f"/host/cohorts/{town.id['readers']}")
