"""Invented rosters that look like real ones: evenings, lunch hours and weekends on everybody's own clock."""

from __future__ import annotations

import random
from functools import partial

ZONES = {
    "local": ["Europe/Berlin"],
    "europe": ["Europe/Berlin", "Europe/Lisbon", "Europe/London", "Europe/Athens"],
    "transatlantic": ["Europe/Berlin", "Europe/London", "Europe/Lisbon", "America/New_York", "America/Chicago", "America/Sao_Paulo"],
    "world": [
        "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Athens", "Africa/Cairo", "Africa/Lagos",
        "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "America/New_York", "America/Chicago",
        "America/Los_Angeles", "America/Sao_Paulo", "America/Santiago",
    ],
}  # fmt: skip

#: How many free and if-needed windows a member has at each tightness.
WINDOWS = {"easy": ((6, 10), (1, 4)), "realistic": ((3, 6), (0, 3)), "hard": ((1, 2), (0, 1))}

#: Short windows at any hour instead, so that few people share a slot: their counts, lengths in hours.
SCATTERED = {"scattered": ((2, 4), (0, 1), [1, 1.5, 2]), "sparse": ((1, 2), (0, 1), [1, 1.5])}

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TAGS = ["portfolio", "job-hunt", "writing", "fitness", "language", "startup", "research", "music", "data", "design"]
SENTENCES = [
    "Finish my {} project and show it to five people",
    "Practise {} every day and keep a diary",
    "Get paid for {} before the summer",
    "Learn enough {} to teach somebody else",
]


def roster(size, zones="local", tightness="realistic", seed=1, **changes):
    """A roster as JSON values; ``changes`` replace its top-level keys."""
    dice = random.Random(f"{size} {zones} {tightness} {seed}")
    invented = {
        "roster": 1,
        "period": {"start": "2027-02-15", "weeks": 8},
        "meeting": {"minutes": 60, "step": 30},
        "pod_size": {"min": 6, "max": 10},
        "members": [member(f"m{i:03}", dice.choice(ZONES[zones]), tightness, dice) for i in range(size)],
        "rules": {},
    }
    return {**invented, **changes}


def member(identity, zone, tightness, dice):
    (fewest_free, most_free), (fewest_more, most_more), *lengths = {**WINDOWS, **SCATTERED}[tightness]
    window = partial(short_window, lengths[0]) if lengths else usual_window
    tags = dice.sample(TAGS, dice.randint(1, 3))
    invented = {
        "id": identity,
        "timezone": zone,
        "free": [window(dice) for _ in range(dice.randint(fewest_free, most_free))],
        "if_needed": [window(dice) for _ in range(dice.randint(fewest_more, most_more))],
        "goals": tags,
        "goal": dice.choice(SENTENCES).format(tags[0]),
        "traits": {"experience": dice.choice(["junior", "senior", "senior"])},
    }
    if dice.random() < 0.1:
        invented["away"] = ["2027-03-01/2027-03-07"]
    return invented


def short_window(lengths, dice):
    first = 7 + dice.randrange(30) / 2
    return f"{dice.choice(DAYS)} {hhmm(first)}-{hhmm(first + dice.choice(lengths))}"


def usual_window(dice):
    day = dice.choice(DAYS)
    kind = dice.choices(["evening", "lunch", "morning"], weights=[6, 2, 2])[0]
    first = {"evening": 17, "lunch": 11, "morning": 7}[kind] + dice.choice([0, 0.5, 1, 1.5, 2])
    end = first + dice.choice([1.5, 2, 2.5, 3, 4])
    return f"{day} {hhmm(first)}-{hhmm(end)}"


def hhmm(hours):
    minutes = round(hours * 60) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def small(members, *, low=2, high=3, minutes=60, weeks=2, start="2027-01-11", **rules):
    """A roster of a few people, each given as ``(id, zone, free, more)``."""
    return {
        "roster": 1,
        "period": {"start": start, "weeks": weeks},
        "meeting": {"minutes": minutes, "step": 30},
        "pod_size": {"min": low, "max": high},
        "members": [{"id": i, "timezone": zone, "free": free, **more} for i, zone, free, more in members],
        "rules": rules,
    }


def people(*names, zone="Europe/Berlin", free=("mon 18:00-19:00",), **more):
    """Members with the same clock and the same times."""
    return [(name, zone, list(free), more) for name in names]
