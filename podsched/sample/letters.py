"""Every mail with invented people, case by case: what hosts are shown, and what the golden files of the tests hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podsched.domain.letters import Letter
from podsched.models import MailKind

PERSON, ADDRESS, COMMUNITY, POD = "Ana María", "ana@example.net", "Kitchen Table", "Alder"
_WHEN, _WAS = "Thu 4 Feb, 22:00 your time (Karachi)", "Tue 2 Feb, 22:00 your time (Karachi)"
_SITE = "https://pods.example.org"
_POD_PAGE = f"{_SITE}/m/personal?next=/me/1/pod"
_PAUSE_PAGE = f"{_SITE}/m/personal?next=/me/1/pause"
_ROOM = "https://meet.example.org/alder"


@dataclass(frozen=True, slots=True)
class Sample:
    #: Stands in addresses and names its golden files.
    name: str
    kind: MailKind
    #: Which case of its kind it shows; empty where there is but one.
    case: str
    values: Mapping[str, Any]

    @property
    def letter(self) -> Letter:
        pod = POD if self.kind in _FROM_A_POD else None
        return Letter(
            template=self.kind.value,
            to_name=PERSON,
            to_address=ADDRESS,
            from_name=f"{pod} pod" if pod else COMMUNITY,
            reply_to=None,
            values={**_COMMON, "pod": pod, **self.values},
        )


_FROM_A_POD = frozenset(
    (
        MailKind.POD_REVEAL,
        MailKind.CHECK_IN,
        MailKind.NUDGE,
        MailKind.MISSED,
        MailKind.RETRO_TOMORROW,
        MailKind.GOODBYE,
        MailKind.RECAP,
        MailKind.INVITATION,
        MailKind.CHANGE,
        MailKind.CLOCK_CHANGE,
        MailKind.LEAVE,
        MailKind.UNINVITED,
    )
)
_COMMON: dict[str, Any] = {
    "name": PERSON,
    "cohort": "Winter makers",
    "purpose": "Each of us finishes one thing.",
    "link": f"{_SITE}/m/personal",
    "today": "Mon 18 Jan",
}
_SIGN_IN = {"community": COMMUNITY, "link": f"{_SITE}/sign-in/once", "browser": "Firefox on Linux"}
_RECEIPT: dict[str, Any] = {
    "times": ["Tue 18:00-20:00 free", "Thu 12:00-13:00 if need be"],
    "away": ["Mon 1 Feb", "Mon 8 Feb to Fri 12 Feb"],
    "zone": "Karachi",
    "goal": "Finish the shed & paint it",
    "waiting": False,
    "forming": True,
    "formed_after": "15 Jan 2027",
    "starts": "18 Jan 2027",
}
_NOT_PLACED: dict[str, Any] = {
    "why": "Only 4 people share an hour with you.",
    "change": ["Wed 19:00-20:00"],
    "zone": "Karachi",
}
_REVEAL = {
    "weekly": "Tue 22:00 your time (Karachi)",
    "first": "Tue 19 Jan, 22:00 your time (Karachi)",
    "changes": ["From Tue 30 Mar this meeting is Tue 21:00 for you, not Tue 22:00."],
    "mates": [
        {"name": "Bo", "place": "Berlin", "goal": "Write the talk,\nthen give it"},
        {"name": "مريم", "place": "Cairo", "goal": "أن أنهي كتابي الأول"},
        {"name": "Chidi", "place": "Lagos", "goal": "Three interviews before March"},
        {"name": "Dina", "place": "Prague", "goal": "A garden that feeds us in summer"},
        {"name": "Eero", "place": "Helsinki", "goal": "Record the first four songs"},
    ],
    "why": ["free every week", "you share making"],
    "shared_goals": ["making"],
    "role": "greeter",
    "feed": f"{_SITE}/f/hT3vXw0mQ8rB5nZc7yKdL2sJ9pGfA4eU.ics",
}
_CHECK_IN = {
    "day": "Mon 18 Jan",
    "week": 1,
    "weeks": 6,
    "question": "What is the one thing you want done by Friday?",
    "goal": "Finish the shed & paint it",
    "answer": f"{_SITE}/check-in/signed",
    "pause": _PAUSE_PAGE,
    "stop": f"{_SITE}/stop/signed",
    "next_meeting": "Tue 19 Jan, 22:00",
    "takes_replies": False,
}
_RECAP: dict[str, Any] = {
    "week": 1,
    "weeks": 6,
    "bullets": [
        "Bo kept it: the first draft is out",
        "مريم: الفصل الأول جاهز",
        "Chidi has two interviews and asks for a rehearsal",
        "Next week: Ana María is greeter",
    ],
    "missed": True,
    "next_meeting": "Tue 26 Jan, 22:00 your time (Karachi)",
    "page": _POD_PAGE,
}
_LAST_RECAP = _RECAP | {"week": 6, "missed": False, "next_meeting": None}
_INVITATION = {
    "week": 3,
    "weeks": 6,
    "moment": "Thu 4 Feb, 22:00",
    "when": _WHEN,
    "notes": ["Moved this week; it is usually Tue 22:00."],
    "room": _ROOM,
    "page": _POD_PAGE,
    "calendar": f"{_SITE}/m/personal?next=/me/1/calendar",
    "is_read": True,
}
_CHANGE: dict[str, Any] = {
    "change": "moved",
    "week": 3,
    "weeks": 6,
    "moment": "Thu 4 Feb, 22:00",
    "when": _WHEN,
    "was": _WAS,
    "room": _ROOM,
    "next_meeting": None,
    "attached": False,
    "subscribes": True,
    "page": _POD_PAGE,
}
_CANCELLED = _CHANGE | {
    "change": "cancelled",
    "next_meeting": "Tue 9 Feb, 22:00 your time (Karachi)",
    "attached": True,
}
_CLOCK_CHANGE = {
    "week": 6,
    "weeks": 6,
    "changes": ["From Tue 30 Mar this meeting is Tue 21:00 for you, not Tue 22:00."],
    "first_day": "Tue 30 Mar",
    "weekly": "Tue 21:00",
    "when": "Tue 30 Mar, 21:00 your time (Karachi)",
    "room": None,
    "page": _POD_PAGE,
}
_STOP = f"{_SITE}/stop/signed"
_NUDGE = {name: _CHECK_IN[name] for name in ("question", "goal", "answer", "pause", "stop")}
_RETRO: dict[str, Any] = {
    "week": 6,
    "weeks": 6,
    "soon": "tomorrow",
    "weekly": "Tue 21:00",
    "when": "Tue 21:00 your time (Karachi)",
    "moved_from": None,
    "changes": ["From Tue 30 Mar this meeting is Tue 21:00 for you, not Tue 22:00."],
    "roles": ["greeter", "note-taker"],
    "promises": ["Send the first draft to Bo", "Ask two people\nfor an interview"],
    "room": _ROOM,
    "page": _POD_PAGE,
    "pause": _PAUSE_PAGE,
    "stop": _STOP,
}
_PLAIN_RETRO = _RETRO | {"changes": [], "roles": [], "promises": [], "room": None, "moved_from": "Thu 20:00"}
_MISSED = {"fewer": True, "about": f"{_SITE}/m/personal?next=/me/1/about", "pause": _PAUSE_PAGE, "stop": _STOP}
_DIGEST = {
    "community": COMMUNITY,
    "things": "3 things",
    "sections": [
        {"name": "Winter makers", "lines": ["Alder pod has no recap of week 2.", "Ask how Ivy is doing."]},
        {"name": COMMUNITY, "lines": ["1 mail could not be delivered, to Bo."]},
    ],
    "page": f"{_SITE}/host",
    "stop": _STOP,
}
_LEAVE = {"leave": f"{_SITE}/leave/signed", "until": "Tue 19 Jan, 10:00", "pause": _PAUSE_PAGE}

SAMPLES: tuple[Sample, ...] = (
    Sample("receipt", MailKind.RECEIPT, "times are in", _RECEIPT),
    Sample("receipt-link", MailKind.RECEIPT, "no times yet", _RECEIPT | {"times": [], "away": []}),
    Sample("receipt-later", MailKind.RECEIPT, "pods are formed", _RECEIPT | {"forming": False}),
    Sample("receipt-waiting", MailKind.RECEIPT, "waiting for a seat", _RECEIPT | {"waiting": True}),
    Sample("times-missing", MailKind.TIMES_MISSING, "", {"until": "15 Jan 2027", "stop": _STOP}),
    Sample("pod-reveal", MailKind.POD_REVEAL, "", _REVEAL),
    Sample("not-placed", MailKind.NOT_PLACED, "one change helps", _NOT_PLACED),
    Sample("not-placed-hopeless", MailKind.NOT_PLACED, "no change helps", _NOT_PLACED | {"change": []}),
    Sample("check-in", MailKind.CHECK_IN, "answered on a page", _CHECK_IN),
    Sample("check-in-by-reply", MailKind.CHECK_IN, "answered by a reply too", _CHECK_IN | {"takes_replies": True}),
    Sample("nudge", MailKind.NUDGE, "", _NUDGE),
    Sample("missed", MailKind.MISSED, "with several check-ins a week", _MISSED),
    Sample("missed-weekly", MailKind.MISSED, "with one check-in a week", _MISSED | {"fewer": False}),
    Sample("retro-tomorrow", MailKind.RETRO_TOMORROW, "with roles and promises", _RETRO),
    Sample("retro-tomorrow-plain", MailKind.RETRO_TOMORROW, "moved this week", _PLAIN_RETRO),
    Sample("recap-missed", MailKind.RECAP, "to somebody who was away", _RECAP),
    Sample("recap-last", MailKind.RECAP, "of the last week", _LAST_RECAP),
    Sample("invitation", MailKind.INVITATION, "", _INVITATION),
    Sample("change-moved", MailKind.CHANGE, "moved", _CHANGE),
    Sample("change-cancelled", MailKind.CHANGE, "cancelled", _CANCELLED),
    Sample("change-restored", MailKind.CHANGE, "on again", _CHANGE | {"change": "restored"}),
    Sample("change-room", MailKind.CHANGE, "a new room", _CHANGE | {"change": "room"}),
    Sample("clock-change", MailKind.CLOCK_CHANGE, "", _CLOCK_CHANGE),
    Sample("leave", MailKind.LEAVE, "", _LEAVE),
    Sample("uninvited", MailKind.UNINVITED, "", {"when": "Tue 26 Jan, 22:00 your time (Karachi)"}),
    Sample("address", MailKind.ADDRESS, "", {"community": COMMUNITY, "confirm": f"{_SITE}/address/signed"}),
    Sample("address-changed", MailKind.ADDRESS_CHANGED, "", {"community": COMMUNITY}),
    Sample("goodbye", MailKind.GOODBYE, "to somebody with a pod", {}),
    Sample("goodbye-early", MailKind.GOODBYE, "to somebody without one", {"pod": None}),
    Sample("digest", MailKind.DIGEST, "", _DIGEST),
    Sample("sign-in", MailKind.SIGN_IN, "from a known browser", _SIGN_IN),
    Sample("sign-in-unknown", MailKind.SIGN_IN, "from a browser we cannot name", _SIGN_IN | {"browser": ""}),
)
