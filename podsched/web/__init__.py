"""The web: Flask only. Views read a request, call one service, commit once, and show a page."""

from flask import Flask

from podsched.web import (
    address,
    auth,
    calendars,
    checkin,
    errors,
    feeds,
    forming,
    headers,
    health,
    host,
    mailbox,
    meetings,
    member,
    public,
    request,
    retro,
    shown,
)


def register(app: Flask) -> None:
    for part in (request, headers, errors, shown):
        part.register(app)
    for views in (public, auth, member, address, calendars, checkin, host, meetings, forming, retro, feeds, health):
        app.register_blueprint(views.blueprint)
    app.extensions["csrf"].exempt(checkin.blueprint)
    if request.house_of(app).settings.shows_mailbox:
        app.register_blueprint(mailbox.blueprint)
