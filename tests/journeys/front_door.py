"""A browser of our own for journeys: real sockets, cookies, forms as the page gives them. No script is run."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener


@dataclass(frozen=True, slots=True)
class Form:
    action: str
    fields: dict[str, str]
    #: (name, value) of each button.
    buttons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    text: str
    headers: dict[str, str]

    @property
    def forms(self) -> list[Form]:
        reader = _Forms(self.url)
        reader.feed(self.text)
        return reader.forms

    def form(self, ending: str) -> Form:
        """The form whose action ends like this."""
        found = [form for form in self.forms if form.action.endswith(ending)]
        assert found, f"{self.url} has no form to {ending}: {[form.action for form in self.forms]}"
        return found[0]

    def links(self, pattern: str) -> list[str]:
        return [urljoin(self.url, href) for href in re.findall(rf'href="([^"]*{pattern}[^"]*)"', self.text)]

    @property
    def words(self) -> str:
        """What a reader of the page reads."""
        body = re.sub(r"(?s)<(script|style|svg).*?</\1>", " ", self.text)
        return " ".join(re.sub(r"<[^>]+>", " ", body).split())


class _Forms(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.forms = url, []
        self._open: tuple[str, dict, list] | None = None
        self._area: str | None = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form" and given.get("method") == "post":
            self._open = (urljoin(self.url, given.get("action") or self.url), {}, [])
        elif self._open is None:
            return
        elif tag == "input" and "name" in given:
            if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
                self._open[1][given["name"]] = given.get("value") or ""
        elif tag == "button" and "name" in given:
            self._open[2].append((given["name"], given.get("value") or ""))
        elif tag == "textarea":
            self._area = given["name"]
            self._open[1][self._area] = ""

    def handle_data(self, data):
        if self._area and self._open:
            self._open[1][self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None
        if tag == "form" and self._open:
            self.forms.append(Form(self._open[0], self._open[1], tuple(self._open[2])))
            self._open = None


class Browser:
    def __init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, url: str, **headers: str) -> Page:
        return self._send(Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()}))

    def press(self, form: Form, **fields: str) -> Page:
        return self._send(Request(form.action, data=urlencode(form.fields | fields).encode()))

    def post(self, url: str, **fields: str) -> Page:
        return self._send(Request(url, data=urlencode(fields).encode()))

    def _send(self, request: Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            return Page(answer.url, answer.status, text, dict(answer.headers.items()))
