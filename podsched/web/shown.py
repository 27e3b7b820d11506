"""What every template may use: words for times, and what the shell of the page shows."""

import hashlib
from datetime import date, datetime
from functools import cache
from pathlib import Path

from flask import Flask, g, url_for

from podsched.domain import words
from podsched.domain.availability import LEVEL_WORDS
from podsched.domain.zones import place
from podsched.folders import HERE
from podsched.models import Cohort
from podsched.services.cohorts import week_now
from podsched.web.guards import is_host
from podsched.web.request import at, who


def in_cohort(cohort: Cohort, *, zone: str | None = None) -> None:
    """Names the cohort and its week in the top bar, on the reader's own calendar."""
    week = week_now(cohort, at=at(), zone=zone)
    g.cohort_name = cohort.name
    g.cohort_week = f"Week {week} of {cohort.weeks}" if week else None
    g.rules = cohort.community.rules


def _shell() -> dict[str, object]:
    member = g.get("browser_session") and who()
    return {
        "signed_in": member is not None and member is not False,
        "signed_in_host": bool(member) and is_host(),
        "cohort_name": g.get("cohort_name"),
        "cohort_week": g.get("cohort_week"),
        "rules": g.get("rules") or (member.community.rules if member else None),
        "asset": asset,
        "now": at(),
        "level_words": LEVEL_WORDS,
    }


@cache
def _version(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """A static file's address, new whenever its bytes are."""
    return url_for("static", filename=name, v=_version(HERE / "static" / name))


def register(app: Flask) -> None:
    app.context_processor(_shell)
    app.jinja_env.filters.update(
        day=words.day,
        day_and_year=words.day_and_year,
        weekly=words.weekly,
        moment=words.moment,
        here=words.here,
        ago=words.ago,
        place=place,
        hours=words.hours,
        listed=words.listed,
        iso=_iso,
    )
    app.jinja_env.globals.update(count=words.count, span=words.span)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _iso(value: datetime | date) -> str:
    return value.isoformat()
