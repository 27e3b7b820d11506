"""Headers on every answer: nothing inline, nothing from elsewhere, nothing framed, nothing remembered by caches."""

from flask import Flask, Response, current_app, request

from podsched.app import house_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: For a page that shows one of our own in a frame.
POLICY_WITH_FRAME = f"{POLICY}; frame-src 'self'"
#: The HTML part of a mail, shown as a page: styles are its own, nothing else is loaded or run.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
YEAR = 31_536_000


def _add(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if house_of(current_app).settings.secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    return response


def register(app: Flask) -> None:
    app.after_request(_add)
