"""How much one address may ask for: counted in Redis for all web processes together, and not at all while it is away."""

from typing import cast

import redis
from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from podsched.app import house_of

#: Calendar addresses that open nothing: a family behind one router has a few old ones, whoever guesses has many.
UNKNOWN_FEEDS = RateLimitItemPerMinute(60, namespace="unknown-feeds")
#: A page must not wait for a Redis that is away.
_SECONDS = 0.25


def register(app: Flask) -> None:
    url = house_of(app).settings.redis_url
    if url.startswith("unix:"):
        url = f"redis+{url}"
    storage = RedisStorage(url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS)
    app.extensions["limits"] = FixedWindowRateLimiter(storage)


def is_beyond(limit: RateLimitItem) -> bool:
    """Counts this request for its address and tells whether that was one too many."""
    limiter = cast("FixedWindowRateLimiter", current_app.extensions["limits"])
    try:
        return not limiter.hit(limit, request.remote_addr or "")
    except redis.RedisError:
        return False
