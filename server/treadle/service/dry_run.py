"""`session/change`: what would be wrong with a new session or a change of one, without making it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from treadle.domain.errors import InvalidValueError
from treadle.domain.scope import Scope
from treadle.protocol.lifecycle import SessionUpdateParams
from treadle.protocol.sessions import SessionCreateParams
from treadle.protocol.wire import Params, unstorable
from treadle.service.lookups import require_session
from treadle.service.new_sessions import prepared
from treadle.service.session_checks import NewSession, Plan, Problem, SessionChanges, problems_of_changes
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.workflows.registry import Registry

P = TypeVar("P", bound=Params)

MAX_PROBLEMS = 100
SESSION_ID = "sessionId"
STAND_INS: Mapping[str, object] = {"type": ""}
"""For what must not be left out of a new session."""


def new_session(params: SessionCreateParams) -> NewSession:
    return NewSession(**{name: getattr(params, name) for name in SessionCreateParams.model_fields})


def session_changes(params: SessionUpdateParams) -> SessionChanges:
    """Only what was given; an agent cannot be cleared."""
    given = params.model_fields_set
    changes = SessionChanges()
    if "title" in given:
        changes["title"] = params.title
    if params.agent is not None:
        changes["agent"] = params.agent
    if "component_id" in given:
        changes["component_id"] = params.component_id
    return changes


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    database: Database
    registry: Registry

    async def change(
        self, scope: Scope, *, session_id: int | None, attributes: Mapping[str, object]
    ) -> tuple[Problem, ...]:
        """The first problems of `attributes`, for a new session or for the one that is named.

        :raises SessionNotFoundError:
        """

        if session_id is None:
            params, _ = _read(SessionCreateParams, attributes, stand_ins=STAND_INS)
            await prepared(self.database, self.registry, scope, new_session(params))

        def work(rows: Cursor) -> tuple[Problem, ...]:
            if session_id is None:
                problems = self._of_new(rows, scope, attributes)
            else:
                problems = self._of_changes(rows, scope, session_id, attributes)
            return tuple(islice(problems, MAX_PROBLEMS))

        return await self.database.read(work)

    def _of_new(self, rows: Cursor, scope: Scope, attributes: Mapping[str, object]) -> Iterator[Problem]:
        params, unreadable = _read(SessionCreateParams, attributes, stand_ins=STAND_INS)
        yield from unreadable
        yield from _of_other_fields(unreadable, Plan.of(rows, scope, self.registry, new_session(params)).problems())

    def _of_changes(
        self, rows: Cursor, scope: Scope, session_id: int, attributes: Mapping[str, object]
    ) -> Iterator[Problem]:
        session = require_session(rows, scope, session_id)
        params, unreadable = _read(SessionUpdateParams, {**attributes, SESSION_ID: session_id})
        if SESSION_ID in attributes:
            yield _invalid(SESSION_ID, "It stands beside the attributes, not among them")
        yield from unreadable
        found = problems_of_changes(rows, self.registry, session, session_changes(params))
        yield from _of_other_fields(unreadable, found)


def _read(
    model: type[P], attributes: Mapping[str, object], *, stand_ins: Mapping[str, object] | None = None
) -> tuple[P, tuple[Problem, ...]]:
    """The parameters without what cannot be read of them, and what is wrong with that.

    `stand_ins`: for what must not be left out.
    """
    problems: list[Problem] = []
    readable = dict(attributes)
    try:
        params = _validated(model, readable)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            problems.append(_invalid(".".join(map(str, one["loc"])), one["msg"]))
            readable.pop(str(one["loc"][0]), None)
        params = _validated(model, {**(stand_ins or {}), **readable})
    too_large = list(unstorable(params))
    problems += [_invalid(to_camel(name), "It has more than 64 bits") for name in too_large]
    return params.model_copy(update=dict.fromkeys(too_large)), tuple(problems)


def _validated(model: type[P], attributes: Mapping[str, object]) -> P:
    """As the request itself is read: JSON, strictly, by the names on the wire."""
    return model.model_validate_json(json.dumps(attributes), by_alias=True, by_name=False)


def _invalid(field: str, message: str) -> Problem:
    return Problem(field, InvalidValueError(f"{message}.", field=field))


def _of_other_fields(unreadable: Iterable[Problem], found: Iterator[Problem]) -> Iterator[Problem]:
    """What cannot be read has been told; what stands in for it is not to be judged."""
    told = {problem.field.partition(".")[0] for problem in unreadable}
    return (problem for problem in found if problem.field.partition(".")[0] not in told)
