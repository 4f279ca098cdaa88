"""The components that a step makes out of a design document."""

from collections.abc import Iterable
from datetime import datetime

from treadle.domain.project import Component, left_out, misplaced
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.service.notices import sessions_changed
from treadle.service.settings_file import MAX_COMPONENTS, ComponentSettings
from treadle.storage import components as component_rows
from treadle.storage import sessions as session_rows
from treadle.storage.writer import Transaction
from treadle.workflows.contract import StepOutcome


def changes_components(outcome: StepOutcome) -> bool:
    return bool(outcome.components) or outcome.parts_of is not None


def require_placeable(outcome: StepOutcome, present: Iterable[Component]) -> None:
    """Whether the step's components could stand in the settings file, and in the project's tree as it would be then.

    :raises ValueError:
    """
    present = tuple(present)
    if outcome.parts_of is not None:
        names_kept = {each.name for each in outcome.components}
        gone = {each.id for each in left_out(present, outcome.parts_of, names_kept)}
        present = tuple(each for each in present if each.id not in gone)
    names = {component.id: component.name for component in present}
    parents = {each.name: names.get(each.parent_component_id or 0) for each in present}
    new: dict[str, str | None] = {}
    for each in outcome.components:
        ComponentSettings(name=each.name, kind=each.kind, parent=each.parent, paths=dict(each.paths))
        if each.name in new:
            raise ValueError(f"the component {each.name} comes twice")
        new[each.name] = each.parent
    parents |= new
    if len(parents) > MAX_COMPONENTS:
        raise ValueError(f"the project would have more than {MAX_COMPONENTS} components")
    if (found := misplaced(parents)) is not None:
        raise ValueError(f"the component {found[0]} cannot be placed: {found[1]}")


def add(transaction: Transaction, session: Session, outcome: StepOutcome, now: datetime) -> Session:
    """Put its components into the session's project, and announce what other sessions become by that.

    Answers the session as it is then: it may be about one of them again.
    """
    if session.project_id is None or not changes_components(outcome):
        return session
    changed = component_rows.add_designed(
        transaction.cursor, session.project_id, outcome.components, now, context_id=outcome.parts_of
    )
    for announcement in sessions_changed(session.project_id, changed):
        transaction.announce(announcement)
    if all(each.id != session.id for each in changed):
        return session
    owner = Scope(account_id=session.account_id, user_id=session.user_id)
    return session_rows.find(transaction.cursor, owner, session.id) or session
