"""What services raise, as pages. A refused press goes back to its page, which says why."""

import secrets

from flask import Flask, Response, current_app, flash, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from podsched.errors import NotFound, Refused

WORDS = {
    400: (
        "That did not arrive whole",
        "Go back, load the page again and press once more. What you typed is still there.",
    ),
    404: ("There is nothing here", "The address may be mistyped, or the link was replaced by a newer one."),
    405: ("There is nothing to do here", "Open the link again and press the button on the page."),
    413: ("That is too much at once", "Shorten it, then send it again. Nothing was saved."),
}


def _page(status: int, title: str, advice: str) -> Response:
    g.pop("browser_session", None)  # the same bytes for everybody
    if request.path.endswith(".ics"):  # a calendar program reads no pages
        return Response("", status, mimetype="text/plain")
    return make_response(render_template("errors/error.html", title=title, advice=advice, status=status), status)


def _not_found(_error: Exception) -> Response:
    return _page(404, *WORDS[404])


def _refused(error: Refused) -> BaseResponse:
    """Every press goes to ``<page>/<verb>``, so the page it came from is one step up."""
    flash(str(error), "refused")
    return redirect(request.path.rstrip("/").rpartition("/")[0] or "/", 303)


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    answer = _page(status, *WORDS.get(status, ("That cannot be done", error.description or "")))
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def _foreign_host(_error: SecurityError) -> Response:
    """A request for a name that is not ours: nothing of ours can be linked to, so no page."""
    return Response("This site is not served here.", 400, mimetype="text/plain")


def _csrf(_error: CSRFError) -> Response:
    return _page(400, *WORDS[400])


def _busy(error: OperationalError) -> Response:
    current_app.logger.warning("database: %s", error.orig)
    answer = _page(
        503, "Just a moment", "The database is busy or away. Nothing was saved; go back and press again in a minute."
    )
    answer.headers["Retry-After"] = "30"
    return answer


def _broken(error: Exception) -> Response:
    number = secrets.token_hex(4)
    current_app.logger.error("error %s", number, exc_info=error)
    advice = f"This is our fault, and nothing was half saved. If it happens again, tell the host this number: {number}."
    return _page(500, "Something broke", advice)


def register(app: Flask) -> None:
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _foreign_host)
    if not app.testing:
        app.register_error_handler(Exception, _broken)
