"""What an agent asks before it may use a tool, with the real Claude Code and real rules."""

import signal
from typing import Any

from tests.e2e.lone_agents import RUN, MadeWorld, bash, call, end_agents_of, wait_until, write
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event

NEEDS_LEAVE = "python3 make.py"
"""Claude Code itself asks about it."""
RULES = f"""\
allow:
  - command: {NEEDS_LEAVE}
deny:
  - path: secret.txt
    reason: Hands off.
ask:
  - path: README.md
"""
WAITING_RUN = (*RUN, "--asks", "wait")


def decisions(world: World) -> list[tuple[str, str | None]]:
    events = world.json("events", "1", "--type", "session_status_changed")
    told = [event["data"] for event in events if event["data"].get("action") in DECISIONS]
    return [(data["action"], data.get("answer")) for data in told]


DECISIONS = frozenset({"asked", "answered", "withdrawn", "expired", "allowed", "denied", "answer_taken"})


def statuses(world: World) -> list[str | None]:
    events = world.json("events", "1", "--type", "session_status_changed")
    return [event["data"].get("agent_status") for event in events]


def tool_results(world: World) -> list[tuple[bool, str]]:
    events = world.json("events", "1", "--type", "tool_result")
    return [(event["data"].get("refused") is True, str(event["data"]["content"])) for event in events]


def rules(world: World, text: str) -> None:
    (world.project / ".treadle" / "permissions.yaml").write_text(text)


def asked(world: World) -> dict[str, Any]:
    wait_for_event(world, "session_status_changed", action="asked")
    (ask,) = world.json("asks")
    assert isinstance(ask, dict)
    return ask


def test_nobody_to_ask_is_no(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "Done without."})
    done = world.treadle(*RUN)
    assert done.code == 0, done
    assert not (world.project / "made.txt").exists()
    ((refused, content),) = tool_results(world)
    assert (refused, content.startswith("Nobody is there to ask")) == (True, True)
    assert decisions(world) == [("denied", None)]


def test_what_a_person_allows_is_done(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "Done."})
    with ended(world.start(*WAITING_RUN)) as run:
        ask = asked(world)
        assert (ask["kind"], ask["details"]["command"]) == ("permission", NEEDS_LEAVE)
        assert [option["name"] for option in ask["options"]] == ["allow", "allow_session", "deny"]
        assert not (world.project / "made.txt").exists()
        assert world.treadle("answer", str(ask["id"]), "allow").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert (world.project / "made.txt").exists()
    assert decisions(world) == [("asked", None), ("answered", "allow")]


def test_a_persons_no_is_told_to_the_agent_with_its_reason(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "Done otherwise."})
    with ended(world.start(*WAITING_RUN)) as run:
        ask = asked(world)
        assert world.treadle("answer", str(ask["id"]), "deny", "--comment", "Use make instead.").code == 0
        assert finished(run).code == 0
    assert not (world.project / "made.txt").exists()
    assert tool_results(world) == [(True, "A person denied this: Use make instead.")]


def test_what_is_allowed_for_the_session_is_not_asked_again(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), bash(NEEDS_LEAVE), {"say": "Done."})
    with ended(world.start(*WAITING_RUN)) as run:
        assert world.treadle("answer", str(asked(world)["id"]), "allow_session").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert decisions(world) == [("asked", None), ("answered", "allow_session"), ("allowed", None)]


def test_rules_allow_deny_and_ask(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), write("secret.txt"), write("README.md"), {"say": "Done."})
    rules(world, RULES)
    with ended(world.start(*WAITING_RUN)) as run:
        ask = asked(world)
        assert (ask["details"]["tool"], "+x" in ask["details"]["diff"]) == ("Write", True)
        assert ask["details"]["rule"] == ".treadle/permissions.yaml, line 7"
        assert world.treadle("answer", str(ask["id"]), "deny").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert (world.project / "made.txt").exists()
    assert not (world.project / "secret.txt").exists()
    assert (world.project / "README.md").read_text() != "x\n"
    assert decisions(world) == [("allowed", None), ("denied", None), ("asked", None), ("answered", "deny")]


def test_nobody_answers_in_time(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "Done without."})
    done = world.treadle(*WAITING_RUN, "--param", "ask_timeout_s=0.5")
    assert done.code == 0, done
    assert decisions(world) == [("asked", None), ("expired", "deny")]
    assert tool_results(world) == [(True, "Nobody answered within 0.5 s, so this is denied. Go on without it.")]


def test_an_ask_is_withdrawn_when_the_agent_is_told_something_else(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "I leave it."})
    with ended(world.start(*WAITING_RUN)) as run:
        asked(world)
        assert world.treadle("say", "1", "Leave it.", "--interrupt").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert decisions(world) == [("asked", None), ("withdrawn", None)]
    assert world.json("asks") == []


def test_an_answer_that_comes_after_the_runner_was_killed_counts(lone_agent: MadeWorld) -> None:
    world = lone_agent(*[bash(NEEDS_LEAVE)] * 5, {"say": "Done."})
    with ended(world.start(*WAITING_RUN)) as run:
        ask = asked(world)
        run.send_signal(signal.SIGSTOP)  # its agents do not see it go before they are killed
        end_agents_of(world)
        run.kill()
        run.communicate()
    world.kill_daemon()
    assert world.treadle("answer", str(ask["id"]), "allow").code == 0
    done = world.treadle("run", "--session", "1", "--asks", "deny")
    assert done.code == 0, done
    assert (world.project / "made.txt").exists()
    assert decisions(world)[:3] == [("asked", None), ("answered", "allow"), ("answer_taken", "allow")]


def test_an_ask_stands_when_its_run_is_stopped_and_is_taken_up_again(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), bash(NEEDS_LEAVE), {"say": "Done."})
    with ended(world.start(*WAITING_RUN)) as run:
        number = asked(world)["id"]
        run.send_signal(signal.SIGTERM)
        stopped = finished(run)
    assert stopped.code == 9
    assert f"answer {number} allow" in stopped.stderr
    with ended(world.start("run", "--session", "1", "--asks", "wait")) as run:
        wait_until(world, lambda: statuses(world).count("waiting") == 2)
        (ask,) = world.json("asks")
        assert ask["id"] == number
        assert world.treadle("answer", str(number), "allow").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert decisions(world) == [("asked", None), ("answered", "allow")]


def test_the_agent_asks_in_its_own_words(lone_agent: MadeWorld) -> None:
    options = [{"label": "Tabs", "description": "Wide."}, {"label": "Blanks", "description": "Narrow."}]
    colour = {"question": "Tabs or blanks?", "header": "Indent", "multiSelect": False, "options": options}
    name = {"question": "Which name?", "header": "Name", "multiSelect": False, "options": options}
    world = lone_agent(call("AskUserQuestion", questions=[colour, name]), {"say": "Done."})
    with ended(world.start(*WAITING_RUN)) as run:
        wait_for_event(world, "session_status_changed", action="asked", question="Which name?")
        first, second = world.json("asks")
        assert (first["kind"], first["question"]) == ("question", "Tabs or blanks?")
        assert world.treadle("answer", str(first["id"]), "Tabs").code == 0
        assert world.treadle("answer", str(second["id"]), "other", "--comment", "Ada").code == 0
        done = finished(run)
    assert done.code == 0, done
    ((_, content),) = tool_results(world)
    assert '"Tabs or blanks?"="Tabs"' in content
    assert '"Which name?"="Ada"' in content


def test_a_question_that_was_answered_while_no_agent_was_there_is_answered_when_nobody_is(
    lone_agent: MadeWorld,
) -> None:
    options = [{"label": "Tabs", "description": "Wide."}, {"label": "Blanks", "description": "Narrow."}]
    indent = {"question": "Tabs or blanks?", "header": "Indent", "multiSelect": False, "options": options}
    question = call("AskUserQuestion", questions=[indent])
    world = lone_agent(question, question, question, {"say": "Done."})
    with ended(world.start(*WAITING_RUN)) as run:
        asked(world)
        run.send_signal(signal.SIGTERM)
        assert finished(run).code == 9
    assert world.treadle("answer", "1", "Tabs").code == 0
    done = world.treadle("run", "--session", "1")
    assert done.code == 0, done
    (_, (refused, content), (refused_then, _)) = tool_results(world)
    assert (refused, '"Tabs or blanks?"="Tabs"' in content, refused_then) == (False, True, True)
    assert decisions(world) == [("asked", None), ("answered", "Tabs"), ("answer_taken", "Tabs"), ("denied", None)]


def test_an_ask_that_stood_when_a_run_began_and_is_answered_before_the_agent_asks_again(lone_agent: MadeWorld) -> None:
    other = "touch other.txt other.md"
    world = lone_agent(bash(NEEDS_LEAVE), bash(other), bash(NEEDS_LEAVE), {"say": "Done."})
    rules(world, f"ask:\n  - command: {other}\n")
    with ended(world.start(*WAITING_RUN)) as run:
        asked(world)
        run.send_signal(signal.SIGTERM)
        assert finished(run).code == 9
    with ended(world.start("run", "--session", "1", "--asks", "wait")) as run:
        wait_until(world, lambda: len(world.json("asks")) == 2)
        assert world.treadle("answer", "1", "allow").code == 0
        assert world.treadle("answer", "2", "deny").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert (world.project / "made.txt").exists()
    assert not (world.project / "other.txt").exists()
    assert decisions(world)[-1] == ("answer_taken", "allow")


def test_a_sub_agent_is_named_as_the_one_who_asks(lone_agent: MadeWorld) -> None:
    starts = call("Agent", description="Make it", prompt="Make it.", subagent_type="general-purpose")
    helper = {"Make it.": [bash(NEEDS_LEAVE), {"say": "Made."}]}
    world = lone_agent(starts, {"say": "Done."}, {"say": "Done at last."}, subagents=helper)
    with ended(world.start(*WAITING_RUN)) as run:
        ask = asked(world)
        (started,) = world.json("events", "1", "--type", "tool_called")[:1]
        assert ask["details"]["parent_tool_use_id"] == started["data"]["tool_use_id"]
        assert ask["details"]["agent_type"] == "general-purpose"
        assert ask["question"] == f"A helper of Claude Code (general-purpose) wants to run: {NEEDS_LEAVE}"
        assert world.treadle("answer", str(ask["id"]), "allow").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert (world.project / "made.txt").exists()
