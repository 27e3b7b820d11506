"""The calendar feed: stored bytes, an ETag, and nothing else. Never a page."""

from email.utils import format_datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.datastructures import Headers

from podsched.domain import clients
from podsched.errors import Gone
from podsched.models import FeedStyle
from podsched.services import serving
from podsched.services.serving import Served
from podsched.web import limits
from podsched.web.request import at, house

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/f/<token>.ics", provide_automatic_options=False)
@blueprint.get("/f/<token>/<name>.ics", provide_automatic_options=False)
def calendar(token: str, name: str = "") -> Response:
    del name  # for people: some programs call a calendar by the last part of its address
    return _answer(token, FeedStyle.SERIES if request.args.get("style") == "series" else FeedStyle.FLAT)


@blueprint.get("/f/<token>/busy.ics", provide_automatic_options=False)
def busy(token: str) -> Response:
    """When, and nothing of what: opaque events, or the free/busy component of RFC 5545."""
    return _answer(token, FeedStyle.FREE_BUSY if request.args.get("style") == "freebusy" else FeedStyle.BUSY)


def _answer(token: str, style: FeedStyle) -> Response:
    program = clients.of_user_agent(request.headers.get("User-Agent", ""))
    compressed = request.accept_encodings.quality("gzip") > 0
    try:
        found = serving.served(
            house().engine, house().addresses, token, style=style, client=program, compressed=compressed, at=at()
        )
    except Gone:
        return Response("", 410, mimetype="text/plain")
    if found is None:
        return _unknown()
    headers = [
        ("Content-Type", "text/calendar; charset=utf-8"),
        ("Content-Disposition", "inline; filename=podsched.ics"),
        ("ETag", _zipped(found.etag) if compressed else found.etag),
        ("Vary", "Accept-Encoding"),
        ("Last-Modified", format_datetime(found.changed_at, usegmt=True)),
        ("Cache-Control", "private, max-age=300"),
        ("X-Robots-Tag", "noindex"),
        *([("Content-Encoding", "gzip")] if compressed else []),
    ]
    response = _Answer(status=304, headers=headers) if _is_fresh(found) else _Answer(found.body, headers=headers)
    engine, now = house().engine, at()
    response.call_on_close(lambda: serving.note(engine, found, program, at=now))
    return response


def _unknown() -> Response:
    """An address that opens something is never limited, so only guessing becomes slow."""
    if limits.is_beyond(limits.UNKNOWN_FEEDS):
        return Response("", 429, {"Retry-After": "60"}, mimetype="text/plain")
    return Response("", 404, mimetype="text/plain")


class _Answer(Response):
    """Repeats Last-Modified in a 304, which Werkzeug leaves out: some programs keep no other validator."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def _zipped(etag: str) -> str:
    """Other bytes, so another strong validator (RFC 9110, 8.8.3)."""
    return f'{etag[:-1]}-gzip"'


def _is_fresh(found: Served) -> bool:
    """If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2); either encoding of the same feed will do."""
    if "If-None-Match" in request.headers:
        known = (found.etag, _zipped(found.etag))
        if request.headers["If-None-Match"] in known:  # what nearly everybody sends
            return True
        return any(request.if_none_match.contains_weak(etag.strip('"')) for etag in known)
    since = request.if_modified_since
    return since is not None and found.changed_at <= since
