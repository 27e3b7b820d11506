"""What gunicorn serves beside the service while feeds are measured: its configuration and a few views of the bench.

gunicorn is started by the service's own command and reads this module as a configuration file, so ``post_worker_init``
runs in the very process that answers polls: all answers are measured under one gunicorn, in one worker.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import icalendar
from flask import Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import calendars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gunicorn.workers.base import Worker

#: Names the file with the calendars that are rendered anew for each request.
FEEDS = "BENCH_FEEDS"


def post_worker_init(worker: Worker) -> None:
    """Called by gunicorn once its worker has built the service."""
    worker.wsgi.add_url_rule("/bench-ok", view_func=_ok)
    feeds = pickle.loads(Path(os.environ[FEEDS]).read_bytes())
    worker.wsgi = DispatcherMiddleware(worker.wsgi, {"/bench": _beside(feeds)})


def _beside(feeds: Mapping[str, calendars.Feed]) -> Flask:
    """A bare application; what it renders is in memory already, so it pays for no database."""
    app = Flask("beside")
    app.add_url_rule("/ok", view_func=_ok)
    app.add_url_rule("/ours/<name>", "ours", _rendering(feeds, calendars.render))
    app.add_url_rule("/icalendar/<name>", "icalendar", _rendering(feeds, naive))
    return app


def _ok() -> str:
    return "ok"


def _rendering(
    feeds: Mapping[str, calendars.Feed], render: Callable[[calendars.Feed], bytes]
) -> Callable[[str], Response]:
    return lambda name: Response(render(feeds[name]), content_type="text/calendar; charset=utf-8")


def naive(feed: calendars.Feed) -> bytes:
    """As most sites do it: a component of icalendar for each occurrence, with what our own events say."""
    calendar = icalendar.Calendar()
    for name, value in (
        ("prodid", "-//podsched//bench//EN"), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH"),
        ("x-wr-calname", feed.name), ("x-wr-caldesc", feed.description), ("x-wr-timezone", feed.timezone),
    ):  # fmt: skip
        calendar.add(name, value)
    for event in feed.events:
        calendar.add_component(_component(event))
    return calendar.to_ical()


def _component(event: calendars.Event) -> icalendar.Event:
    component = icalendar.Event()
    organizer = icalendar.vCalAddress(f"mailto:{event.organizer_address}")
    organizer.params["cn"] = icalendar.vText(event.organizer_name)
    for name, value in (
        ("uid", event.uid), ("dtstamp", event.changed_at), ("dtstart", event.start), ("dtend", event.end),
        ("summary", event.title), ("description", event.description), ("location", event.location),
        ("organizer", organizer), ("status", str(event.status)), ("transp", "OPAQUE"), ("sequence", event.sequence),
        ("created", event.created_at), ("last-modified", event.changed_at),
    ):  # fmt: skip
        component.add(name, value)
    return component
