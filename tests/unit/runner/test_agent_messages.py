"""What people say to an agent, as its runner keeps it until the agent has read it."""

from typing import Any

from treadle.runner.agent_inbox import Deed
from treadle.runner.agent_messages import AgentMessages, Saying

HERE = "i-1"


def said(uid: str, *, interaction: str = HERE, action: str = "said", **data: object) -> Deed:
    return Deed(uid, "session_status_changed", interaction, {"action": action, "text": uid.upper(), **data})


def sent(messages: AgentMessages) -> list[tuple[Any, Any]]:
    return [(each["message"]["content"], each["uuid"]) for each in messages.to_send()]  # type: ignore[index]


def test_a_message_is_sent_once_under_its_own_id_and_waits_until_it_was_read() -> None:
    messages = AgentMessages(HERE)
    messages.heard(said("a"))
    assert sent(messages) == [("A", "a")]
    assert (sent(messages), messages.are_waiting) == ([], True)
    messages.read({"type": "user", "uuid": "a"})
    assert messages.are_waiting
    messages.read({"type": "user", "isReplay": True, "uuid": "a"})
    assert not messages.are_waiting


def test_what_is_heard_twice_is_said_once() -> None:
    messages = AgentMessages(HERE, [Saying(uid="a", text="A", interrupts=False)])
    messages.heard(said("a"))
    assert sent(messages) == [("A", "a")]
    messages.read({"isReplay": True, "uuid": "a"})
    messages.heard(said("a"))
    assert (sent(messages), messages.are_waiting) == ([], False)


def test_what_one_process_has_not_read_is_for_the_next() -> None:
    messages = AgentMessages(HERE)
    messages.heard(said("a"))
    messages.heard(said("b"))
    messages.to_send()
    messages.read({"isReplay": True, "uuid": "a"})
    messages.process_begins()
    assert sent(messages) == [("B", "b")]


def test_what_is_said_to_another_step_or_is_no_message_is_not_for_it() -> None:
    messages = AgentMessages(HERE)
    messages.heard(said("a", interaction="i-2"))
    messages.heard(said("b", action="edited"))
    assert (sent(messages), messages.are_waiting) == ([], False)


def test_only_what_is_still_to_be_sent_breaks_off() -> None:
    messages = AgentMessages(HERE)
    told = []
    for deed in (said("a"), said("b", interrupt=True)):
        messages.heard(deed)
        told.append(messages.interrupt)
    messages.to_send()
    assert [*told, messages.interrupt] == [False, True, False]
