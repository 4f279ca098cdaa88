"""`permission/*`."""

from collections.abc import Mapping, Sequence
from typing import Any

from treadle.permissions.evaluation import Verdict
from treadle.permissions.rules import Rule, RuleSet
from treadle.protocol.permissions import (
    PermissionCheckParams,
    PermissionCheckResponse,
    PermissionExplainParams,
    PermissionExplainResponse,
    PermissionFileView,
    PermissionListParams,
    PermissionListResponse,
    PermissionRuleView,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.service.permissions import ToolUse


async def check(context: Context, params: PermissionCheckParams) -> PermissionCheckResponse:
    tool_use = ToolUse(
        tool=params.tool,
        tool_input=params.input,
        tool_use_id=params.tool_use_id,
        parent_tool_use_id=params.parent_tool_use_id,
        working_directory=params.working_directory,
        root=params.root,
    )
    checked = await context.daemon.application.permissions.check(
        context.peer.scope, session_id=params.session_id, interaction_id=params.interaction_id, tool_use=tool_use
    )
    return PermissionCheckResponse(**_told(checked.verdict), grant=dict(checked.grant.as_json_object))


async def explain(context: Context, params: PermissionExplainParams) -> PermissionExplainResponse:
    named = (("command", params.command), ("path", params.path))
    explained = await context.daemon.application.permissions.explain(
        context.peer.scope,
        project_id=params.project_id,
        tool=params.tool,
        tool_input={name: value for name, value in named if value is not None},
        folder=params.working_directory,
    )
    in_force = explained.in_force
    return PermissionExplainResponse(
        **_told(explained.verdict), trusted=in_force.is_trusted, files=_file_views(in_force.rule_sets)
    )


async def list_(context: Context, params: PermissionListParams) -> PermissionListResponse:
    permissions = context.daemon.application.permissions
    in_force = await permissions.in_force(context.peer.scope, project_id=params.project_id, root=params.root)
    return PermissionListResponse(
        trusted=in_force.is_trusted,
        files=_file_views(in_force.rule_sets),
        user_file=None if permissions.user_file is None else str(permissions.user_file.path),
    )


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "decision": None if verdict.decision is None else verdict.decision.value,
        "rule": None if verdict.rule is None else _rule_view(verdict.rule),
        "part": verdict.part,
        "reason": verdict.reason,
    }


def _file_views(rule_sets: Sequence[RuleSet]) -> list[PermissionFileView]:
    return [
        PermissionFileView(
            owner=each.owner.value,
            file=each.file,
            problem=each.problem,
            line=each.line,
            rules=list(map(_rule_view, each.rules)),
        )
        for each in rule_sets
    ]


def _rule_view(rule: Rule) -> PermissionRuleView:
    return PermissionRuleView(
        effect=rule.effect.value,
        tool=rule.tool,
        command=rule.command,
        path=rule.path,
        reason=rule.reason,
        owner=rule.owner.value,
        file=rule.file,
        line=rule.line,
    )


HANDLERS: Mapping[str, Handler] = {
    "permission/check": check,
    "permission/explain": explain,
    "permission/list": list_,
}
