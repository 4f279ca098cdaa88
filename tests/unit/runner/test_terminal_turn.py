from treadle.domain.event import EventType
from treadle.runner.agent_inbox import Deed
from treadle.runner.terminal_turn import GRACE_SECONDS, USAGE_SECONDS, TerminalTurn


def deed(**data: object) -> Deed:
    return Deed(uid="", event_type=EventType.SESSION_STATUS_CHANGED, interaction_id="", data=data)


def ended(**data: object) -> Deed:
    return deed(**{"action": "turn_ended", "terminal_id": 1, "background": 0, "text": "Done.", **data})


def turn(*deeds: Deed, status: str | None = "idle") -> TerminalTurn:
    turn = TerminalTurn(1)
    for each in deeds:
        turn.heard(each, 0.0)
    turn.look(status, 0.0)
    return turn


def test_it_is_over_after_a_while_in_which_nobody_says_more() -> None:
    done = turn(ended())
    assert (done.is_over(GRACE_SECONDS - 0.1, usage_comes=False), done.is_over(GRACE_SECONDS, usage_comes=False)) == (
        False,
        True,
    )
    assert done.said == "Done."


def test_what_it_has_cost_is_waited_for_but_not_for_ever() -> None:
    assert not turn(ended()).is_over(GRACE_SECONDS, usage_comes=True)
    assert turn(ended()).is_over(USAGE_SECONDS, usage_comes=True)
    assert turn(ended(), deed(action="used")).is_over(GRACE_SECONDS, usage_comes=True)
    assert not turn(deed(action="used"), ended()).is_over(GRACE_SECONDS, usage_comes=True)


def test_the_end_of_another_terminal_or_of_a_turn_with_agents_in_the_background_is_none() -> None:
    assert not turn(ended(terminal_id=2)).has_ended
    assert not turn(ended(), ended(background=1)).has_ended


def test_who_goes_on_or_breaks_it_off_takes_the_end_back() -> None:
    goes_on = turn(ended())
    goes_on.look("busy", 0.5)
    goes_on.look("idle", 0.6)
    assert not goes_on.is_over(9.0, usage_comes=False)
    assert not turn(ended(), deed(agent_status="interrupted")).has_ended


def test_a_program_that_is_still_busy_with_the_end_is_waited_for() -> None:
    busy = turn(ended(), status="busy")
    busy.look("busy", 5.0)
    assert not busy.is_over(5.0, usage_comes=False)
    busy.look("idle", 6.0)
    assert busy.is_over(6.0 + GRACE_SECONDS, usage_comes=False)


def test_an_unknown_status_stands_in_nobodys_way() -> None:
    assert turn(ended(), status=None).is_over(GRACE_SECONDS, usage_comes=False)
