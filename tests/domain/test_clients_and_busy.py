"""Calendar programs by their names, and hours of the week that somebody's own calendar has taken."""

from datetime import UTC, date, datetime, timedelta

import pytest

from podsched.domain import clients
from podsched.domain.busy import taken
from podsched.domain.words import ago

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("Google-Calendar-Importer", clients.GOOGLE),
        ("macOS/14.5 (23F79) dataaccessd/1.0", clients.APPLE),
        ("iOS/18.1 (22B83) dataaccessd/1.0", clients.APPLE),
        ("Microsoft Office/16.0 (Microsoft Outlook 16.0.17928; Pro)", clients.OUTLOOK),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0", clients.THUNDERBIRD),
        ("Evolution/3.46.4", clients.GNOME),
        ("Nextcloud Webcal Service", clients.NEXTCLOUD),
        ("ICSx5/2.2.5 (okhttp/4.12.0) Android/14", clients.ICSX5),
        ("HomeAssistant/2026.10 aiohttp/3.10", clients.HOME_ASSISTANT),
        ("curl/7.88.1", clients.OTHER),
        ("", clients.OTHER),
        ("x" * 10_000 + "Thunderbird", clients.OTHER),
    ],
)
def test_a_program_is_known_by_what_it_calls_itself(agent, client):
    assert clients.of_user_agent(agent) is client
    assert clients.of_key(client.key) is client


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(minutes=59), "within the last hour"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47, minutes=59), "47 hours ago"),
        (timedelta(hours=48), "2 days ago"),
    ],
)
def test_how_long_ago(passed, words):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert ago(now - passed, now) == words


def test_hours_that_are_cut_count_and_clocks_may_change_in_between():
    nine = [datetime(2026, 3, 23, 8, 10, tzinfo=UTC), datetime(2026, 3, 30, 7, 10, tzinfo=UTC)]  # 09:10 in Berlin
    found = taken(
        [(start, start + timedelta(minutes=50)) for start in nine],
        first=date(2026, 3, 23),
        weeks=2,
        zone="Europe/Berlin",
    )
    assert found.counts == {"mon 09:00": 2, "mon 09:30": 2}
    assert found.lines() == ["Mon 09:00-10:00, in 2 of 2 weeks"]


def test_an_interval_over_midnight_and_one_outside_of_the_weeks():
    late = datetime(2026, 3, 8, 22, 0, tzinfo=UTC)  # Sunday 23:00 in Berlin until Monday 01:00
    found = taken([(late, late + timedelta(hours=2))], first=MONDAY, weeks=1, zone="Europe/Berlin")
    assert found.counts == {"sun 23:00": 1, "sun 23:30": 1}
    assert taken([(late, late + timedelta(hours=2))], first=MONDAY, weeks=2, zone="Europe/Berlin").counts == {
        "sun 23:00": 1, "sun 23:30": 1, "mon 00:00": 1, "mon 00:30": 1,
    }  # fmt: skip


def test_an_interval_that_spans_many_half_hours_and_touching_ends():
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    found = taken([(start, start + timedelta(hours=8))], first=MONDAY, weeks=1, zone="UTC")
    assert len(found.counts) == 16
    assert "mon 17:00" not in found.counts
    assert "mon 08:30" not in found.counts


def test_nothing_is_taken_by_nothing():
    assert taken([], first=MONDAY, weeks=8, zone="Asia/Kolkata").counts == {}
