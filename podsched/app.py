"""Builds the web application. Nothing happens at import; settings are read when it is built."""

from datetime import timedelta
from typing import cast

from flask import Flask
from flask_mail import Mail
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from podsched import settings as settings_module
from podsched.folders import HERE, templates
from podsched.house import House, build
from podsched.settings import LOCAL_NAMES, Settings

LARGEST_REQUEST = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    from podsched.web import register  # noqa: PLC0415  the web needs house_of from this module

    settings = settings or settings_module.read()
    app = Flask("podsched", static_folder=str(HERE / "static"), template_folder=str(templates()))
    app.extensions["house"] = build(settings)
    app.config.update(_configuration(settings))
    Mail(app)
    CSRFProtect(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # Flask's documented way
    register(app)
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "SESSION_COOKIE_NAME": "__Host-podsched" if settings.secure else "podsched",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=90),
        "TRUSTED_HOSTS": [*LOCAL_NAMES, "[::1]"] if settings.is_local else [settings.host],
        # Our own pages send no referrer, so there is none to compare; the token and the origin are checked instead.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "MAIL_DEFAULT_SENDER": settings.mail_from,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
    }


def house_of(app: Flask) -> House:
    return cast("House", app.extensions["house"])
