"""The step that reads a design document and judges it."""

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from treadle.domain.command import READ_FILE, Command
from treadle.domain.project import DeclaredComponent
from treadle.domain.result import Result
from treadle.domain.session import Environment
from treadle.workflows.component_files import declared_path, session_component
from treadle.workflows.component_layout import layout_of
from treadle.workflows.contract import Step, StepContext, StepKind, StepOutcome
from treadle.workflows.design_components import Surroundings, components_of
from treadle.workflows.design_document import Document, parse
from treadle.workflows.design_sections import CONTEXT, Problem, in_order, problems, quoted, required_sections
from treadle.workflows.given_files import altered, altered_problem, given

MAX_PROBLEMS = 50
MAX_SECTIONS = 200
MAX_HEADING = 200


class ValidateDesign(Step):
    """Only what stands in the file counts: neither what the agent says it wrote, nor what the client makes of it."""

    name = "validate_design"
    kind = StepKind.READ_FILE
    is_of_a_context: ClassVar[bool] = False
    """Whether the document declares components. Else its sections are those of the component's own kind."""

    def required(self, context: StepContext) -> tuple[str, ...]:
        kind = CONTEXT if self.is_of_a_context else session_component(context).kind
        return required_sections(context.project, kind)

    def get_command(self, context: StepContext) -> Command:
        """In an editor the person may work on code and tests meanwhile; on a branch of its own the session may not."""
        is_alone = context.session.environment is Environment.LOCAL
        looked_at = {"fingerprints": sorted(given(context))} if is_alone and given(context) else {}
        return self.command(context, READ_FILE, path=declared_path(session_component(context), "design"), **looked_at)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if not result.is_final:
            return StepOutcome(result=result)
        path = declared_path(session_component(context), "design")
        content = result.data.get("content")
        kept = {**{key: value for key, value in result.data.items() if key != "content"}, "path": path}
        if not result.succeeded or not isinstance(content, str):
            return StepOutcome(result=_unread(result, path, kept))
        document = parse(content)
        kept |= {
            "sha256": hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
            "sections": [section.heading.text[:MAX_HEADING] for section in document.sections[:MAX_SECTIONS]],
        }
        components, found = self._judged(context, document)
        changed = altered(context, result)
        messages = [problem.message for problem in found]
        if (outside := altered_problem(changed, given(context))) is not None:
            messages.insert(0, outside)
            kept["altered"] = changed
        if messages:
            problem = _summary(messages)
            return StepOutcome(result=result.as_error(problem, {**kept, **_told(problem, messages, found)}))
        verdict = _verdict(self.required(context), components)
        return StepOutcome(
            result=result.as_ok({**kept, **_told(verdict, [verdict])}),
            components=components,
            parts_of=session_component(context).id if self.is_of_a_context else None,
        )

    def _judged(
        self, context: StepContext, document: Document
    ) -> tuple[tuple[DeclaredComponent, ...], Sequence[Problem]]:
        found = problems(document, self.required(context))
        if not self.is_of_a_context:
            return (), found
        surroundings = Surroundings(
            context=session_component(context), components=context.components, layout=layout_of(context.project)
        )
        designed = components_of(document, surroundings)
        found = in_order([*found, *designed.problems])
        return (() if found else designed.components), found


class ValidateContextDesign(ValidateDesign):
    is_of_a_context = True


def _unread(result: Result, path: str, kept: dict[str, object]) -> Result:
    """The client's own words where it has some."""
    problem = result.error_message if not result.succeeded else None
    problem = problem or f"The content of {path} was not reported."
    return result.as_error(problem, {**kept, **_told(problem, [problem])})


def _summary(messages: Sequence[str]) -> str:
    more = len(messages) - 1
    if not more:
        return messages[0]
    return f"{messages[0]} There {'is 1 more problem' if more == 1 else f'are {more} more problems'}."


def _told(verdict: str, messages: Sequence[str], found: Sequence[Problem] = ()) -> dict[str, object]:
    """`digest`: what the agent is told."""
    lines = list(messages[:MAX_PROBLEMS])
    lines += [f"… and {len(messages) - MAX_PROBLEMS} more."] if len(messages) > MAX_PROBLEMS else []
    return {
        "verdict": verdict,
        "problems": [{"line": problem.line, "message": problem.message} for problem in found[:MAX_PROBLEMS]],
        "digest": "\n".join(lines),
    }


def _verdict(required: Sequence[str], components: Sequence[DeclaredComponent]) -> str:
    number = len(required)
    has = f"The design has {'its required section' if number == 1 else f'all {number} required sections'}"
    if not components:
        return f"{has}."
    names = ", ".join(quoted(component.name) for component in components[:5])
    names += f" and {len(components) - 5} more" if len(components) > 5 else ""
    return f"{has} and declares {len(components)} component{'s' if len(components) > 1 else ''}: {names}."
