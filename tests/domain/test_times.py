"""Availability as lines: what is read, what is refused, what is written again."""

from datetime import date
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podsched.domain.availability import (
    DAY,
    WEEK,
    Away,
    BadTimes,
    Level,
    Window,
    longest_block,
    merged,
    read_away,
    read_times,
    total,
    write_away,
    write_times,
)

FREE, MAYBE = Level.FREE, Level.IF_NEEDED
windows = st.lists(
    st.builds(
        lambda weekday, spots, level: Window(weekday, 5 * min(spots), 5 * max(spots) + 5, level),
        st.integers(0, 6),
        st.tuples(st.integers(0, 287), st.integers(0, 287)),
        st.sampled_from(Level),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Mon 18:00-20:30 free", [Window(0, 1080, 1230, FREE)]),
        ("  monday 9:00 to 10:00", [Window(0, 540, 600, FREE)]),
        ("TUE 09:00\u201310:00 If need be", [Window(1, 540, 600, MAYBE)]),
        ("Wed 00:00-24:00 if_needed", [Window(2, 0, DAY, MAYBE)]),
        ("Thu 18:00-00:00", [Window(3, 1080, DAY, FREE)]),
        ("Fri 22:00-01:00", [Window(4, 1320, DAY, FREE), Window(5, 0, 60, FREE)]),
        ("Sun 23:30-00:30", [Window(0, 0, 30, FREE), Window(6, 1410, DAY, FREE)]),
        ("Sat 09:00-10:00\n\n \nSat 10:00-11:00", [Window(5, 540, 660, FREE)]),
        ("Sat 09:00-12:00 if need be\nSat 10:00-11:00 free",
         [Window(5, 540, 600, MAYBE), Window(5, 600, 660, FREE), Window(5, 660, 720, MAYBE)]),
        ("Sat 10:00-11:00 free\nSat 10:00-11:00 if need be", [Window(5, 600, 660, FREE)]),
        ("", []),
    ],
)  # fmt: skip
def test_a_line_is_read_as_people_mean_it(typed, read):
    assert list(read_times(typed)) == read


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("Someday 18:00-20:00", "start it with a day: Mon, Tue, Wed, Thu, Fri, Sat or Sun."),
        ("Mon 18:00", "write it like \u201cMon 18:00-20:30 free\u201d."),
        ("[]", "write it like \u201cMon 18:00-20:30 free\u201d."),
        ("Mon 18:00-20:00 free \u0661", "write it like \u201cMon 18:00-20:30 free\u201d."),
        ("Mon 18:00-20:00 perhaps", "end it with \u201cfree\u201d or \u201cif need be\u201d."),
        ("Mon 24:00-24:00", "a window cannot start at 24:00; use 00:00 of the next day."),
        ("Mon 24:00-01:00", "a window cannot start at 24:00; use 00:00 of the next day."),
        ("Mon 09:00-09:00", "it starts and ends at the same time."),
        ("Mon 09:07-10:00", "use times in steps of five minutes."),
        ("Mon 09:60-10:00", "09:60 is no time of day; use 00:00 to 24:00."),
        ("Mon 09:00-24:05", "24:05 is no time of day; use 00:00 to 24:00."),
        ("Mon 99:00-10:00", "99:00 is no time of day; use 00:00 to 24:00."),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(typed, fault):
    with pytest.raises(BadTimes) as refusal:
        read_times(typed)
    assert refusal.value.faults == (f"Line 1, \u201c{typed}\u201d: {fault}",)


def test_every_bad_line_is_named_at_once_and_the_good_ones_do_not_hide_them():
    with pytest.raises(BadTimes) as refusal:
        read_times("Mon 18:00-20:00\nMon\n\nTue 25:00-26:00\nWed 10:00-11:00 free")
    assert [fault.split(",")[0] for fault in refusal.value.faults] == ["Line 2", "Line 4"]


def test_a_hundred_lines_are_read_and_one_more_is_refused():
    lines = [f"Mon {n // 12:02d}:{n % 12 * 5:02d}-{(n + 1) // 12:02d}:{(n + 1) % 12 * 5:02d}" for n in range(101)]
    assert read_times("\n".join(lines[:100])) == (Window(0, 0, 500, FREE),)
    with pytest.raises(BadTimes, match=r"^At most 100 lines; you gave 101.$"):
        read_times("\n".join(lines))


@pytest.mark.parametrize("read", [read_times, read_away])
@pytest.mark.parametrize(
    ("start", "middle", "end"), [("mon 1:00-2:00", " ", "!"), ("2027-01-01", " ", "!"), ("", "a", ""), ("", "x\n", "")]
)
def test_a_huge_text_is_refused_at_once_and_briefly(read, start, middle, end):
    began = process_time()
    with pytest.raises(BadTimes) as refusal:
        read(start + middle * 200_000 + end)
    assert process_time() - began < 0.5
    assert len(str(refusal.value)) < 1000


@given(windows)
def test_what_is_written_is_read_back(some):
    assert read_times(write_times(merged(some))) == merged(some)


@given(windows)
def test_merged_windows_hold_the_same_minutes_with_free_winning(some):
    def minutes(of, level):
        return {(w.weekday, m) for w in of if w.level is level for m in range(w.start, w.end)}

    free, maybe = minutes(some, FREE), minutes(some, MAYBE)
    assert minutes(merged(some), FREE) == free
    assert minutes(merged(some), MAYBE) == maybe - free
    assert total(merged(some), FREE) == len(free)
    assert sorted(merged(some)) == list(merged(some))


@settings(max_examples=60, deadline=None)
@given(windows)
def test_the_longest_block_is_what_walking_round_the_week_finds(some):
    taken = {w.weekday * DAY + m for w in some for m in range(w.start, w.end)}
    longest = run = 0
    for minute in range(2 * WEEK):
        run = run + 1 if minute % WEEK in taken else 0
        longest = max(longest, min(run, WEEK))
    assert longest_block(some) == longest


def test_a_block_over_sunday_midnight_is_whole():
    assert longest_block(read_times("Sun 23:00-24:00\nMon 00:00-01:30")) == 150


def test_dates_away_are_read_sorted_once_and_written_again():
    read = read_away("2027-02-01 to 2027-02-07\n2027-01-05\n2027-01-05/2027-01-05\n")
    assert read == (Away(date(2027, 1, 5), date(2027, 1, 5)), Away(date(2027, 2, 1), date(2027, 2, 7)))
    assert read_away(write_away(read)) == read


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("tomorrow", "write it like \u201c2027-02-01 to 2027-02-07\u201d."),
        ("\u0662027-02-01", "write it like \u201c2027-02-01 to 2027-02-07\u201d."),
        ("2027-02-30", "there is no such date."),
        ("2027-02-07 to 2027-02-01", "the last day is before the first."),
    ],
)
def test_dates_away_that_cannot_be_say_why(typed, fault):
    with pytest.raises(BadTimes) as refusal:
        read_away(typed)
    assert refusal.value.faults == (f"Line 1, \u201c{typed}\u201d: {fault}",)
