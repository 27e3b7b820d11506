"""Doors: who may enter a view. Behind them ``access`` decides about each thing."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import redirect, url_for

from podsched.errors import NotFound
from podsched.models import Enrolment, Membership, Rank
from podsched.services import access
from podsched.web.request import browser_session, db, who

View = TypeVar("View", bound=Callable[..., Any])


def members_only(view: View) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if who() is None:
            return redirect(url_for("auth.ask_for_link"), 303)
        return view(*args, **kwargs)

    return cast("View", guarded)


def hosts_only(view: View) -> View:
    """Host tools need a session that began with a sign-in link; a member meets the same 404 as a stranger's guess."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        found = browser_session()
        if found is None:
            return redirect(url_for("auth.ask_for_link"), 303)
        if not is_host():
            raise NotFound
        return view(*args, **kwargs)

    return cast("View", guarded)


def is_host() -> bool:
    found = browser_session()
    return found is not None and found.host_tools and found.membership.rank is Rank.HOST


def me() -> Membership:
    member = who()
    if member is None:
        raise NotFound
    return member


def my_enrolment(enrolment_id: uuid.UUID) -> Enrolment:
    return access.enrolment_for_member(db(), me(), enrolment_id)
