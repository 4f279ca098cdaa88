"""Rules in the short form of the file, and what they say."""

from treadle.permissions.calls import Call
from treadle.permissions.evaluation import Verdict, evaluate
from treadle.permissions.paths import Place
from treadle.permissions.rules import Effect, Owner, Rule, RuleSet

PLACE = Place(root="/srv/shop", folder="/srv/shop", home="/home/ada")
Entry = str | dict[str, str]


def rule_set(
    *,
    allow: list[Entry] | None = None,
    ask: list[Entry] | None = None,
    deny: list[Entry] | None = None,
    owner: Owner = Owner.USER,
) -> RuleSet:
    rules = []
    for effect, entries in ((Effect.ALLOW, allow), (Effect.ASK, ask), (Effect.DENY, deny)):
        for line, entry in enumerate(entries or [], start=1):
            named = {"command": entry} if isinstance(entry, str) else entry
            rules.append(Rule(effect=effect, owner=owner, file="permissions.yaml", line=line, **named))
    return RuleSet(owner=owner, file="permissions.yaml", rules=tuple(rules))


def verdict(command: str, *rule_sets: RuleSet, place: Place = PLACE) -> Verdict:
    return evaluate(Call.of("Bash", {"command": command}, place), rule_sets)


def decision(command: str, *rule_sets: RuleSet, place: Place = PLACE) -> str | None:
    found = verdict(command, *rule_sets, place=place).decision
    return None if found is None else found.value


def tool_decision(tool: str, tool_input: dict[str, object], *rule_sets: RuleSet, place: Place = PLACE) -> str | None:
    found = evaluate(Call.of(tool, tool_input, place), rule_sets).decision
    return None if found is None else found.value
