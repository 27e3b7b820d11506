"""The people of the sample community. Names and goals are invented."""

from dataclasses import dataclass

HOSTS = (("Mira Holm", "mira@example.org"), ("Tomás Rey", "tomas@example.org"))


@dataclass(frozen=True, slots=True)
class Someone:
    name: str
    zone: str
    goal: str
    tags: tuple[str, ...]
    #: Lines of their own, for somebody who lives where the survey's hours make no sense.
    times: str = ""

    @property
    def email(self) -> str:
        plain = "".join(letter for letter in self.name.lower() if letter.isascii() and letter.isalnum())
        return f"{plain or 'member' + str(sum(map(ord, self.name)) % 1000)}@example.org"


_GOALS = (
    ("Ship my portfolio site and get three interviews", ("portfolio", "job-hunt")),
    ("Write a chapter of my novel every two weeks", ("writing",)),
    ("Finish the data course and build one project with it", ("learning", "portfolio")),
    ("Launch a small newsletter and find a hundred readers", ("writing", "launch")),
    ("Run three user interviews a week for my app idea", ("launch",)),
    ("Practise Spanish for twenty minutes every day", ("learning", "language")),
    ("Apply to twenty jobs without losing my nerve", ("job-hunt",)),
    ("Get my thesis from outline to a full draft", ("writing", "learning")),
    ("Record and publish six short songs", ("music", "launch")),
    ("Learn to draw people, one sketch a day", ("learning", "art")),
)

_NAMES = (
    "Ana Duarte", "Ben Okafor", "Clara Novák", "Dita Svobodová", "Emil Krause", "Fatima Zahra", "George Hill",
    "Hana Dvořáková", "Ivo Horák", "Jana Malá", "Karel Beneš", "Lena Vogt", "Marek Šimek", "Nadia Haddad",
    "Ondřej Pokorný", "Petra Králová", "Quentin Moreau", "Rita Lopes", "Sami Virtanen", "Tereza Čermáková",
    "Uma Krishnan", "Vít Procházka", "Wanda Nowak", "Xenia Popova", "Yusuf Demir", "Zuzana Veselá", "Aoife Byrne",
    "Bruno Costa", "Chen Wei", "David Urban", "Eva Marková", "Filip Růžička", "Greta Lind", "Hugo Martins",
    "Iva Konečná", "Jakub Jelínek", "Kamala Rao", "Luca Conti", "Marta Silva", "Noah Weber", "Olga Fialová",
    "Pavel Doležal", "Rania El-Sayed", "Sofia Rossi", "Tom Baker", "Valérie Petit", "Wout Jansen", "Yara Nasser",
    "Adam Kolář", "Božena Hájková", "Camila Soto", "Dominik Říha", "Elif Kaya", "Frank Adeyemi", "Gabriela Pospíšilová",
    "Henrik Dahl", "نور حداد", "田中 美咲", "Ingrid Moe", "João Teixeira",
)  # fmt: skip

#: Zones that change their clocks on different dates, or never.
_ZONES = (
    "Europe/Prague", "Europe/Prague", "Europe/Berlin", "Europe/Prague", "Europe/London", "Africa/Cairo",
    "Europe/Prague", "America/New_York", "Europe/Prague", "Europe/Lisbon", "Europe/Berlin", "Asia/Kolkata",
    "Europe/Prague", "America/Santiago", "Europe/London",
)  # fmt: skip

#: Awake when nobody else is: they find no pod, and the proposal says why.
_FAR_AWAY = (
    Someone("Kai Kealoha", "Pacific/Honolulu", *_GOALS[8], times="Mon 12:00-14:00 free\nThu 12:00-14:00 free"),
    Someone("Leilani Akana", "Pacific/Honolulu", *_GOALS[9], times="Tue 13:00-15:00 free"),
)


def makers() -> tuple[Someone, ...]:
    """The sixty-two of the running cohort."""
    here = tuple(
        Someone(name, _ZONES[number % len(_ZONES)], *_GOALS[number * 7 % 10]) for number, name in enumerate(_NAMES)
    )
    return (*here, *_FAR_AWAY)


def writers() -> tuple[Someone, ...]:
    """Fourteen who join the cohort that is open."""
    names = (
        "Agnes Berg", "Boris Petrov", "Carmen Ruiz", "Dmitri Volkov", "Elena Ferri", "Farid Karimi", "Gina Park",
        "Harold Finch", "Ines Carvalho", "Jonas Eriksen", "Katya Orlova", "Liam Murphy", "Maya Cohen", "Nils Borg",
    )  # fmt: skip
    zones = ("Europe/Berlin", "Europe/London", "Europe/Lisbon", "America/New_York")
    return tuple(Someone(name, zones[number % 4], *_GOALS[(1, 3, 7)[number % 3]]) for number, name in enumerate(names))


LINES = (
    "Two pages more than yesterday.", "Sent the first three applications.", "Half an hour before work, that was all.",
    "The draft is ugly, but it is there.", "Recorded a take I can live with.", "Waiting for an answer, did the list instead.",
    "", "", "Finally fixed the header on small screens.", "Twenty new words.", "", "Said no to a meeting and wrote.",
)  # fmt: skip
WINS = ("First interview is on Friday!", "A stranger subscribed.", "The chapter is done, all nine pages of it.")
STUCK = ("I rewrite the first page instead of going on.", "No idea how to ask for feedback.")
PROMISES = (
    "send two applications", "write four pages", "finish lesson five", "ask one person for feedback",
    "publish the page as it is", "practise on three days",
)  # fmt: skip
