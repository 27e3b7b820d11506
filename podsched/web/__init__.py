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
    holidays,
    host,
    limits,
    mail_samples,
    mailbox,
    meetings,
    member,
    metrics,
    public,
    request,
    retro,
    shown,
    undelivered,
)


def register(app: Flask) -> None:
    for part in (request, headers, errors, shown, limits):
        part.register(app)
    for views in (
        public, auth, member, address, calendars, checkin, host, undelivered, mail_samples, holidays, meetings, forming, retro, feeds, health,
        metrics,
    ):  # fmt: skip
        app.register_blueprint(views.blueprint)
    app.extensions["csrf"].exempt(checkin.blueprint)
    if request.house_of(app).settings.shows_mailbox:
        app.register_blueprint(mailbox.blueprint)
