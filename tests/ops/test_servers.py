import smtplib
from email.message import EmailMessage

import pytest
import sqlalchemy


def test_each_database_is_new_and_empty(new_postgres_database):
    first, second = sqlalchemy.create_engine(new_postgres_database()), sqlalchemy.create_engine(new_postgres_database())
    with first.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE only_here ()"))
    assert sqlalchemy.inspect(first).get_table_names() == ["only_here"]
    assert sqlalchemy.inspect(second).get_table_names() == []
    first.dispose()
    second.dispose()


@pytest.mark.parametrize("value", ["one", "another"])
def test_each_test_finds_valkey_empty(valkey, value):
    assert valkey.set("key", value, nx=True)


def _send(sink, subject):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "host@example.org", "ana@example.org"
    message.set_content("Grüße")
    with smtplib.SMTP(sink.host, sink.port) as client:
        client.send_message(message)


def test_the_smtp_sink_keeps_message_and_envelope(smtp_sink):
    _send(smtp_sink, "Välkommen")
    (received,) = smtp_sink.received
    assert (received.message["Subject"], received.message.get_content().strip()) == ("Välkommen", "Grüße")
    assert (received.sender, received.recipients) == ("host@example.org", ["ana@example.org"])


def test_the_smtp_sink_refuses_as_often_as_told(smtp_sink):
    smtp_sink.refuse_next(reply="550 No such pod")
    with pytest.raises(smtplib.SMTPDataError, match="No such pod"):
        _send(smtp_sink, "first")
    _send(smtp_sink, "second")
    assert [message["Subject"] for message in smtp_sink.messages] == ["second"]
