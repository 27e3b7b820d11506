"""The calendar feed: stored bytes, an ETag, and nothing else. Never a page."""

from datetime import UTC, datetime
from email.utils import format_datetime

from flask import Blueprint, Response, request

from podsched.services import feeds
from podsched.web.request import house

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/f/<token>.ics")
def member_feed(token: str) -> Response:
    found = feeds.stored_behind(house().engine, token)
    if found is None:
        return Response("", 404, mimetype="text/plain")
    body, etag, changed_at = found
    response = Response(status=304) if _is_fresh(etag, changed_at) else Response(body)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = "inline; filename=podsched.ics"
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = format_datetime(changed_at.astimezone(UTC), usegmt=True)
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_fresh(etag: str, changed_at: datetime) -> bool:
    """If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2)."""
    if "If-None-Match" in request.headers:
        return request.if_none_match.contains_weak(etag.strip('"'))
    since = request.if_modified_since
    return since is not None and changed_at <= since
