"""The calendar feed: stored bytes, an ETag, and nothing else. Never a page."""

from datetime import UTC
from email.utils import format_datetime

from flask import Blueprint, Response, request

from podsched.errors import Gone
from podsched.services import feeds
from podsched.services.feeds import Served
from podsched.web.request import at, house

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/f/<token>.ics")
def member_feed(token: str) -> Response:
    try:
        found = feeds.served(house().engine, token) or feeds.ended(house().engine, house().addresses, token, at=at())
    except Gone:
        return Response("", 410, mimetype="text/plain")
    if found is None:
        return Response("", 404, mimetype="text/plain")
    response = Response(status=304) if _is_fresh(found) else Response(found.body)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = "inline; filename=podsched.ics"
    response.headers["ETag"] = found.etag
    response.headers["Last-Modified"] = format_datetime(found.changed_at.astimezone(UTC), usegmt=True)
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_fresh(found: Served) -> bool:
    """If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2)."""
    if "If-None-Match" in request.headers:
        return request.if_none_match.contains_weak(found.etag.strip('"'))
    since = request.if_modified_since
    return since is not None and found.changed_at <= since
