"""Settings: read once from the environment, all faults reported at once, never changed afterwards."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from podsched.embedded import url_for

KNOWN = {
    "PODSCHED_VAR": "folder for the database, the queue and the mailbox (default: var)",
    "PODSCHED_BASE_URL": "the address members see, such as https://pods.example.org (default: http://localhost:PORT)",
    "PODSCHED_SECRET_KEY": "at least 32 characters; made and kept in PODSCHED_VAR when missing",
    "PODSCHED_MAIL_FROM": "the sender of every mail (default: podsched@ and the host of the base address)",
    "PODSCHED_MAIL_IN": "where to take replies and bounces by SMTP, such as 127.0.0.1:2525 (default: off)",
    "PODSCHED_DKIM_KEY": "a file with the RSA key that signs mail, where no mail server does it already (default: none)",
    "PODSCHED_DKIM_SELECTOR": "the name under which the domain publishes that key (default: podsched)",
    "PODSCHED_METRICS_TOKEN": "at least 32 characters: whoever sends it as a bearer token may read /metrics (default: off)",
    "PODSCHED_TRUSTED_PROXIES": "how many proxies in front may set forwarded headers (default: 0)",
}
SHARED = {
    "DATABASE_URL": "SQLite or PostgreSQL (default: SQLite in PODSCHED_VAR)",
    "REDIS_URL": "an outside Redis or Valkey (default: one embedded in PODSCHED_VAR)",
    "MAIL_URL": "smtp://user:password@host:587 or smtps://host:465 (default: a mailbox page, nothing is sent)",
    "PORT": "the port the web process listens on (default: 8000)",
}
SHORTEST_SECRET = 32
#: A mailbox has at most 64 characters before the @, and what tells our own mail apart takes the rest.
LONGEST_MAILBOX = 64 - len("+b.") - 42
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class SettingsError(Exception):
    """``faults`` holds one line for each setting that cannot be used."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    username: str | None
    password: str | None
    tls: str  # "none", "starttls" or "implicit"


@dataclass(frozen=True, slots=True)
class Dkim:
    """The key that signs mail, as PEM, and the selector of its record in the domain's DNS."""

    selector: str
    pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    var: Path
    base_url: str
    secret_key: str
    database_url: str
    redis_url: str
    embedded_redis: bool
    mail_server: MailServer | None
    mail_from: str
    port: int
    trusted_proxies: int
    #: Where to listen for incoming mail; None while that is off.
    mail_in: tuple[str, int] | None = None
    dkim: Dkim | None = None
    #: Who has it may read /metrics; None while that is off.
    metrics_token: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def is_local(self) -> bool:
        """Only this machine can open the links."""
        return self.host in LOCAL_NAMES

    @property
    def shows_mailbox(self) -> bool:
        """The mailbox page shows everybody's links, so it exists only where nobody else can look."""
        return self.mail_server is None and self.is_local

    @property
    def mailbox(self) -> Path:
        return self.var / "mailbox"


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in ``environ``; raises SettingsError with every fault."""
    faults = [f"{name}: no such setting" for name in environ if name.startswith("PODSCHED_") and name not in KNOWN]
    var = Path(environ.get("PODSCHED_VAR") or "var").resolve()
    port = _whole_number(environ, "PORT", default=8000, low=1, high=65535, faults=faults)
    base_url = (environ.get("PODSCHED_BASE_URL") or f"http://localhost:{port}").rstrip("/")
    base = _parts(base_url)
    if base is None or base.scheme not in {"http", "https"} or not base.hostname or base.query or base.fragment:
        faults.append(f"PODSCHED_BASE_URL: {base_url!r} is no address such as https://pods.example.org")
    secret = environ.get("PODSCHED_SECRET_KEY")
    if secret is not None and len(secret) < SHORTEST_SECRET:
        faults.append(f"PODSCHED_SECRET_KEY: needs at least {SHORTEST_SECRET} characters")
    database = environ.get("DATABASE_URL") or f"sqlite:///{var / 'podsched.sqlite'}"
    redis = environ.get("REDIS_URL")
    if redis and not redis.startswith(("redis://", "rediss://", "unix://", "valkey://", "valkeys://")):
        faults.append("REDIS_URL: starts with redis://, rediss:// or unix://")
    settings = Settings(
        var=var,
        base_url=base_url,
        secret_key=secret or "",
        database_url=_database_url(database, faults),
        redis_url=_redis_url(redis) if redis else url_for(var / "valkey"),
        embedded_redis=not redis,
        mail_server=_mail_server(environ.get("MAIL_URL"), faults),
        mail_from=_mail_from(environ.get("PODSCHED_MAIL_FROM"), base, faults),
        port=port,
        trusted_proxies=_whole_number(environ, "PODSCHED_TRUSTED_PROXIES", default=0, low=0, high=5, faults=faults),
        mail_in=_mail_in(environ.get("PODSCHED_MAIL_IN"), faults),
        dkim=_dkim(environ, faults),
        metrics_token=_metrics_token(environ.get("PODSCHED_METRICS_TOKEN"), faults),
    )
    if settings.mail_in and len(settings.mail_from.rpartition("@")[0]) > LONGEST_MAILBOX:
        faults.append(f"PODSCHED_MAIL_FROM: with PODSCHED_MAIL_IN at most {LONGEST_MAILBOX} characters before the @")
    if faults:
        raise SettingsError(faults)
    return settings if settings.secret_key else replace(settings, secret_key=kept_secret(var))


def kept_secret(var: Path) -> str:
    """The installation's own key: made once, readable by its owner only."""
    path = var / "secret-key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    var.mkdir(parents=True, exist_ok=True)
    fresh = secrets.token_urlsafe(48)
    draft = var / f"secret-key.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(fresh)
    try:
        os.link(draft, path)  # atomic: of two processes that start together, one wins and both read its key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def _whole_number(
    environ: Mapping[str, str], name: str, *, default: int, low: int, high: int, faults: list[str]
) -> int:
    text = environ.get(name) or str(default)
    if text.isascii() and text.isdigit() and low <= int(text) <= high:
        return int(text)
    faults.append(f"{name}: {text!r} is no whole number from {low} to {high}")
    return default


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _database_url(url: str, faults: list[str]) -> str:
    scheme, _, rest = url.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite":
        return url
    faults.append("DATABASE_URL: starts with postgresql:// or sqlite:///")
    return url


def _redis_url(url: str) -> str:
    """The same server under the name that the client library knows."""
    return f"redis{url.removeprefix('valkey')}" if url.startswith("valkey") else url


def _mail_server(url: str | None, faults: list[str]) -> MailServer | None:
    if not url:
        return None
    parts = _parts(url)
    if parts is None or parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
        faults.append("MAIL_URL: such as smtp://user:password@mail.example.org:587 or smtps://mail.example.org:465")
        return None
    tls = {"smtp": "starttls", "smtps": "implicit", "smtp+plain": "none"}[parts.scheme]
    return MailServer(
        host=parts.hostname,
        port=parts.port or {"starttls": 587, "implicit": 465, "none": 25}[tls],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
    )


def _mail_in(text: str | None, faults: list[str]) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if host and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
        return host.strip("[]"), int(port)
    faults.append(f"PODSCHED_MAIL_IN: {text!r} is no host and port such as 127.0.0.1:2525")
    return None


def _dkim(environ: Mapping[str, str], faults: list[str]) -> Dkim | None:
    path, selector = environ.get("PODSCHED_DKIM_KEY"), environ.get("PODSCHED_DKIM_SELECTOR") or "podsched"
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?", selector):
        faults.append(f"PODSCHED_DKIM_SELECTOR: {selector!r} is no name such as podsched")
    if not path:
        return None
    try:
        pem = Path(path).read_bytes()
    except OSError as error:
        faults.append(f"PODSCHED_DKIM_KEY: {path} cannot be read: {error.strerror}")
        return None
    if not re.search(rb"-----BEGIN (RSA )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{400,}-----END", pem):
        faults.append(f"PODSCHED_DKIM_KEY: {path} holds no RSA key; make one: openssl genrsa -out {path} 2048")
    return Dkim(selector, pem)


def _metrics_token(text: str | None, faults: list[str]) -> str | None:
    if not text:
        return None
    if len(text) < SHORTEST_SECRET or not text.isascii() or not text.isprintable() or " " in text:
        faults.append(f"PODSCHED_METRICS_TOKEN: needs at least {SHORTEST_SECRET} ASCII characters and no spaces")
    return text


def _mail_from(text: str | None, base: SplitResult | None, faults: list[str]) -> str:
    host = (base.hostname if base else None) or "localhost"
    address = text or f"podsched@{host}"
    if "@" not in address or any(c.isspace() or c in ",<>" for c in address):
        faults.append(f"PODSCHED_MAIL_FROM: {address!r} is no mail address")
    return address
