"""What each kind of mail is called, when it goes and to whom, in the words that hosts read."""

from dataclasses import dataclass

from podsched.models import MailKind


@dataclass(frozen=True, slots=True)
class MailWords:
    title: str
    when: str
    to: str


WORDS: dict[MailKind, MailWords] = {
    MailKind.SIGN_IN: MailWords("Sign-in link", "at once, when a host asks for a way in", "the host"),
    MailKind.RECEIPT: MailWords(
        "Receipt", "when somebody joins or sends their times, and when you send their link again", "the member"
    ),
    MailKind.TIMES_MISSING: MailWords(
        "Times are missing",
        "three days and one day before the form closes, and when you press “Ask them by mail”; at most once a day",
        "those who have sent no times yet",
    ),
    MailKind.POD_REVEAL: MailWords("Pod reveal", "when you publish the pods", "everybody who has a pod"),
    MailKind.NOT_PLACED: MailWords("No pod yet", "when you publish the pods", "everybody for whom none was found"),
    MailKind.CHECK_IN: MailWords(
        "Check-in",
        "at the member's own hour on their check-in days, unless they are away or have answered",
        "the member",
    ),
    MailKind.NUDGE: MailWords(
        "Reminder of a check-in",
        "five hours after the check-in, if the day is still open and it is not night",
        "members who asked to be reminded",
    ),
    MailKind.MISSED: MailWords(
        "How are you?",
        "the next morning, when two check-ins in a row had no answer; at most every two weeks",
        "the member alone; you see it on the board",
    ),
    MailKind.RETRO_TOMORROW: MailWords(
        "Retro tomorrow", "the day before the pod meets, in waking hours", "everybody in the pod who is there"
    ),
    MailKind.RECAP: MailWords("Recap", "when the recap is sent, at the latest 12 hours after the retro", "the pod"),
    MailKind.INVITATION: MailWords(
        "Invitation to a meeting", "about a week before each meeting", "members who chose invitations instead of a feed"
    ),
    MailKind.CHANGE: MailWords(
        "Change of a meeting",
        "at once, when a meeting is cancelled, or is changed within the next two days",
        "the pod; members with invitations hear of every change",
    ),
    MailKind.CLOCK_CHANGE: MailWords(
        "Clock change", "in the morning, a week before the hour moves on the member's clock", "the members it moves for"
    ),
    MailKind.LEAVE: MailWords("Leaving", "at once, when somebody asks to leave", "the member"),
    MailKind.ADDRESS: MailWords(
        "A new address", "at once, when somebody asks for their mail to go elsewhere", "the new address"
    ),
    MailKind.ADDRESS_CHANGED: MailWords("The address was changed", "when the new one is confirmed", "the old address"),
    MailKind.GOODBYE: MailWords("Goodbye", "when somebody has left", "whoever left"),
    MailKind.DIGEST: MailWords(
        "Your Monday", "on Mondays at eight in the morning, if there is something to look after", "the hosts"
    ),
    MailKind.UNINVITED: MailWords(
        "End of an invitation", "when somebody with invitations has left their pod", "whoever left"
    ),
}
