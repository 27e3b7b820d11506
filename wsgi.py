"""For WSGI servers: ``gunicorn wsgi:app``."""

from podsched.app import create_app

app = create_app()
