"""What one request has: its instant, one database session, and who is pressing."""

from contextlib import suppress
from datetime import datetime
from typing import cast

from flask import Flask, Response, abort, current_app, g, session
from flask import request as the_request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from podsched import clock
from podsched.app import house_of
from podsched.db import writing
from podsched.house import House
from podsched.models import BrowserSession, Membership
from podsched.services import sessions

__all__ = ["at", "commit", "db", "house", "house_of", "register", "sign_in", "sign_out", "who"]

SAFE = {"GET", "HEAD", "OPTIONS"}


def house() -> House:
    return house_of(current_app)


def at() -> datetime:
    if "at" not in g:
        g.at = clock.now()
    return cast("datetime", g.at)


def db() -> Session:
    """The request's session: it reads in GET, and holds the write lock from the start in POST."""
    if "db" not in g:
        engine = house().engine
        if the_request.method in SAFE:
            engine = engine.execution_options(reading=True)
        g.db = Session(engine, expire_on_commit=False)
    return cast("Session", g.db)


def commit() -> None:
    db().commit()


def browser_session() -> BrowserSession | None:
    if "browser_session" not in g:
        token = session.get("who")
        g.browser_session = sessions.find_session(db(), token, at=at()) if isinstance(token, str) else None
    return cast("BrowserSession | None", g.browser_session)


def who() -> Membership | None:
    found = browser_session()
    return found.membership if found else None


def sign_in(membership: Membership, *, host_tools: bool) -> None:
    """A new session with a new id; whatever the browser held before is gone."""
    sign_out()
    session["who"] = sessions.open_session(db(), membership, host_tools=host_tools, at=at())
    session.permanent = True


def sign_out() -> None:
    token = session.get("who")
    if isinstance(token, str):
        sessions.close(db(), token, at=at())
    session.clear()
    g.pop("browser_session", None)


def _close(_error: BaseException | None) -> None:
    held = g.pop("db", None)
    if held is not None:
        held.close()


def _refuse_doubled_fields() -> None:
    if the_request.method not in SAFE and any(len(values) > 1 for _, values in the_request.form.lists()):
        abort(400, "A field was sent twice.")


def _refuse_foreign_origin() -> None:
    """Beside the CSRF token: a browser that says the press came from another site is believed."""
    if the_request.method not in SAFE and the_request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(400, "This press came from another site.")


def _keep_alive(response: Response) -> Response:
    found = g.get("browser_session")
    if found is None:  # looking at the session would make every answer, feeds too, vary by cookie
        return response
    token = session.get("who")
    if isinstance(token, str) and sessions.is_worth_touching(found, at=at()):
        _touch(token)
    return response


def _touch(token: str) -> None:
    """Nobody should miss a page because somebody else is writing: the next request notes it."""
    _close(None)
    with suppress(OperationalError), writing(house().engine) as write:
        sessions.touch(write, token, at=at())


def register(app: Flask) -> None:
    app.before_request(_refuse_foreign_origin)
    app.before_request(_refuse_doubled_fields)
    app.after_request(_keep_alive)
    app.teardown_appcontext(_close)
