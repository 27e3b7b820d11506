"""Is it alive, is it ready."""

from flask import Blueprint, Response, jsonify

from podsched.services import outbox
from podsched.web.request import at, db, house

blueprint = Blueprint("health", __name__)
TOO_OLD = 15 * 60


@blueprint.get("/healthz")
def alive() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Not ready without the database or with mail that has waited for a quarter of an hour; Redis may be away a while."""
    oldest = outbox.oldest_due(db(), at=at())
    age = int((at() - oldest).total_seconds()) if oldest else 0
    found = {"database": "ok", "redis": "ok" if house().bells.is_reachable() else "away", "mail_queue_seconds": age}
    return jsonify(found), 200 if age < TOO_OLD else 503
