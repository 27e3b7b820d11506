"""DKIM (RFC 6376): the domain answers for what it sends, where no mail server in front does it already.

A signature takes some twenty milliseconds, which is more than all the rest of a mail; README says so.
"""

from dataclasses import replace

import dkim

from podsched.mail.mime import Message
from podsched.settings import Dkim

#: Those that RFC 8058 wants signed among them: pressing "unsubscribe" is believed only then.
_HEADERS = (
    "From To Subject Date Message-ID Reply-To References List-Unsubscribe List-Unsubscribe-Post Auto-Submitted "
    "MIME-Version Content-Type"
)
_SIGNED = [name.lower().encode() for name in _HEADERS.split()]


def signed(message: Message, key: Dkim) -> Message:
    present = {line.partition(b":")[0].lower() for line in message.data.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    header = dkim.sign(
        message.data,
        key.selector.encode(),
        message.sender.rpartition("@")[2].encode(),
        key.pem,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name for name in _SIGNED if name in present],
    )
    return replace(message, data=header + message.data)
