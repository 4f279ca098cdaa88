"""What the rules say to a call: any deny, then what a person granted, then any ask, then any allow, else nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treadle.permissions.calls import Call
from treadle.permissions.judging import allowing, forbidding
from treadle.permissions.matching import Match
from treadle.permissions.rules import Effect, Grant, Rule, RuleSet

CHANGING = ("*Edit", "Write")
"""Tools that change files."""
PERSONS_OWN = "Only a person decides what agents may do, and this would change the rules."
NOT_UNDERSTOOD = "Treadle cannot tell all that this command would run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    decision: Effect | None = None
    """None: the rules say nothing."""
    rule: Rule | None = None
    """That decided."""
    grant: Grant | None = None
    """That decided."""
    part: str | None = None
    """The part of the command that the rule is about, where it is not all of it."""
    reason: str | None = None
    """One sentence, for people and for the agent."""


def evaluate(
    call: Call, rule_sets: Sequence[RuleSet], grants: Iterable[Grant] = (), *, rule_files: Sequence[str] = ()
) -> Verdict:
    """`rule_files`: where the rules stand, by patterns of paths; a change of them is always asked about."""
    rules = [rule for rule_set in rule_sets for rule in rule_set.rules]
    possible: list[Verdict] = []
    for rule in rules:
        if rule.effect is Effect.DENY and (found := _found(rule, call, possible)) is not None:
            return found
    own = call.grant
    for grant in grants:
        if (grant.tool, grant.command, grant.path) == (own.tool, own.command, own.path):
            return _granted(grant)
    for rule in rules:
        if rule.effect is Effect.ASK and (found := _found(rule, call, possible)) is not None:
            return found
    if any(_changes(call, path) for path in rule_files):
        return Verdict(decision=Effect.ASK, reason=PERSONS_OWN)
    if (asked := _asked(call, rule_sets, possible)) is not None:
        return asked
    allowed = allowing([rule for rule in rules if rule.effect is Effect.ALLOW], call)
    if allowed is None:
        return Verdict()
    return Verdict(decision=Effect.ALLOW, rule=allowed, reason=_said(allowed, None))


def _found(rule: Rule, call: Call, possible: list[Verdict]) -> Verdict | None:
    """The verdict of a rule that fits for sure; of one that may fit, that it is to be asked about is noted."""
    match, part = forbidding(rule, call)
    named = None if part is None or part.source.strip() == (call.command or "").strip() else part.shown
    if match is Match.SURE:
        return Verdict(decision=rule.effect, rule=rule, part=named, reason=_said(rule, named))
    if match is Match.POSSIBLE:
        reason = f"What this becomes is known only when it runs, and the rule {_named(rule)} may be about it."
        possible.append(Verdict(decision=Effect.ASK, rule=rule, part=named, reason=reason))
    return None


def _changes(call: Call, path: str) -> bool:
    rules = (Rule(effect=Effect.ASK, tool=tool, path=path) for tool in CHANGING)
    return any(forbidding(rule, call)[0] is Match.SURE for rule in rules)


def _asked(call: Call, rule_sets: Sequence[RuleSet], possible: Sequence[Verdict]) -> Verdict | None:
    """What is asked about although no rule says so for sure."""
    if possible:
        return possible[0]
    broken = next((each for each in rule_sets if each.problem is not None), None)
    if broken is not None:
        reason = (
            f"{broken.file} is not valid in line {broken.line}, so that everything is asked about: {broken.problem}."
        )
        return Verdict(decision=Effect.ASK, reason=reason)
    if call.command is not None and not call.parts.is_clear and any(each.rules for each in rule_sets):
        return Verdict(decision=Effect.ASK, reason=f"{NOT_UNDERSTOOD}.")
    return None


def _granted(grant: Grant) -> Verdict:
    by = "" if grant.ask_id is None else f" by the answer to ask {grant.ask_id}"
    return Verdict(decision=Effect.ALLOW, grant=grant, reason=f"This was allowed until the session ends{by}.")


def _said(rule: Rule, part: str | None) -> str:
    if rule.reason is not None:
        return rule.reason
    about = "" if part is None else f" because of {part}"
    done = {Effect.ALLOW: "allowed", Effect.DENY: "denied", Effect.ASK: "asked about"}[rule.effect]
    return f"This is {done}{about} by the rule {_named(rule)}."


def _named(rule: Rule) -> str:
    return f"`{rule.shown}` in line {rule.line} of {rule.file}"
