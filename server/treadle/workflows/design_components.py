"""The components that the design document of a context declares.

In its section Components each heading of level 3 is the name of one. Directly below the name a list (`- kind: schema`)
or a small table may say its kind and paths; the rest is its description.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from treadle.domain.component_rules import MAX_NAME, MAX_PATH, name_problem, path_problem
from treadle.domain.project import Component, ComponentOrigin, DeclaredComponent
from treadle.workflows.component_layout import Layout
from treadle.workflows.design_document import Block, BlockKind, Document, Part, has_content, is_placeholder
from treadle.workflows.design_files import ROLES, Files, file_of
from treadle.workflows.design_headings import comparable
from treadle.workflows.design_sections import COMPONENTS, Problem, at, in_order, quoted

MAX_COMPONENTS = 100
DEFAULT_KIND = "module"
KEYS = {"kind": "kind", "type": "kind", "code": "code", "tests": "tests", "test": "tests", "design": "design"}
ITEM = re.compile(r"[\s*_`]*([^\W_]+)[\s*_`]*:(?:[*_]+(?=\s))?(.*)")
UNSAID = ("", "-", "–", "—")
MORE_THAN_A_NAME = re.compile(r"[()\[\]{}/\\]|:(?:\s|$)|\s[–—-]\s")
MORE_THAN_A_PATH = re.compile(r"`|\s\(|\s[–—-]+\s|\]\(")
CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
SETTINGS = ".treadle/project.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Designed:
    components: tuple[DeclaredComponent, ...] = ()
    """Empty while there are problems."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the components of a context must fit into."""

    context: Component
    components: tuple[Component, ...]
    """Of the whole project."""
    layout: Layout

    @property
    def ancestors(self) -> set[int]:
        """The context and what it is a part of."""
        parents = {each.id: each.parent_component_id for each in self.components}
        found: set[int] = set()
        component_id: int | None = self.context.id
        while component_id is not None and component_id not in found:
            found.add(component_id)
            component_id = parents.get(component_id)
        return found

    @property
    def files(self) -> Files:
        """Those that no component that is designed here may have. Code and tests of an ancestor are the context's own
        affair; what an earlier design gave to a part is given anew."""
        files, ancestors = Files(), self.ancestors
        for each in self.components:
            is_part = each.parent_component_id == self.context.id
            if is_part and each.origin is ComponentOrigin.DESIGNED:
                continue
            for role in ("design",) if each.id in ancestors else ROLES:
                if path := each.paths.get(role):
                    (files.take if is_part else files.hold)(role, path, each.name)
        return files

    def declared(self, name: str) -> Component | None:
        """What the settings file says of it, if it may be a part of this context."""
        known = self.known(name)
        if known is None or known.name != name or known.origin is not ComponentOrigin.DECLARED:
            return None
        is_free = known.parent_component_id in (None, self.context.id) and known.id not in self.ancestors
        return known if is_free else None

    def known(self, name: str) -> Component | None:
        """The component that this one is, or would be mistaken for."""
        same = [each for each in self.components if each.name.casefold() == name.casefold()]
        return next((each for each in same if each.name == name), next(iter(same), None))


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What earlier components of the document have taken, and in which line."""

    names: dict[str, int] = field(default_factory=dict)
    files: Files = field(default_factory=Files)


def components_of(document: Document, surroundings: Surroundings) -> Designed:
    """What the first section Components says; a missing or an empty one is a problem of the sections, not of these."""
    sections = [each for each in document.sections if comparable(each.heading.text) == comparable(COMPONENTS)]
    section = next((each for each in sections if each.has_content), None)
    if section is None:
        return Designed()
    if not section.parts:
        message = f"the section {quoted(COMPONENTS)} names no component: give each a heading of level 3 (### Name)."
        return Designed(problems=(at(section.line, message),))
    if len(section.parts) > MAX_COMPONENTS:
        message = f"a context has at most {MAX_COMPONENTS} components: make several contexts of it."
        return Designed(problems=(at(section.parts[MAX_COMPONENTS].line, message),))
    seen, found = _Seen(files=surroundings.files), list[Problem]()
    components = [_component(part, surroundings, seen, found) for part in section.parts]
    return Designed(problems=tuple(in_order(found))) if found else Designed(components=tuple(components))


def _component(part: Part, surroundings: Surroundings, seen: _Seen, found: list[Problem]) -> DeclaredComponent:
    """`found` gets what is wrong with it."""
    name = part.heading.text
    values, description = _told(part.blocks)
    known = surroundings.known(name)
    own = known if known is not None and known.name == name else None
    declared = surroundings.declared(name)
    paths = {
        **({} if declared else surroundings.layout.paths(name, surroundings.context)),
        **({} if own is None else own.paths),
        **{key: value.text for key, value in values.items() if key != "kind"},
    }
    kind = values["kind"].text if "kind" in values else DEFAULT_KIND if own is None else own.kind
    messages = [
        *((part.line, message) for message in _name_messages(name, known, surroundings, seen)),
        *((part.line, message) for message in _description_messages(name, description)),
        *_value_messages(name, values),
        *_declared_messages(declared, part.line, values, surroundings.context),
        *((part.line, message) for message in _file_messages(name, {} if declared else paths, seen.files)),
    ]
    found.extend(at(line, message) for line, message in messages)
    seen.names.setdefault(name.casefold(), part.line)
    return DeclaredComponent(name=name, kind=kind, parent=surroundings.context.name, paths=paths)


def _told(blocks: Sequence[Block]) -> tuple[Mapping[str, Value], tuple[Block, ...]]:
    """What a list or table right below the name says of kind and paths, and what is left as the description."""
    blocks = [block for block in blocks if block.text.strip()]
    if not blocks or blocks[0].kind is BlockKind.TEXT:
        return {}, tuple(blocks)
    first, *others = blocks
    values: dict[str, Value] = {}
    rest: list[Block] = []
    for line, key, text in _rows(first) if first.kind is BlockKind.TABLE else _items(first):
        if (role := KEYS.get(key.lower())) is None:
            rest.append(Block(kind=BlockKind.TEXT, line=line, text=text))
        elif text not in UNSAID:
            values.setdefault(role, Value(line=line, text=text))
    if first.kind is BlockKind.TABLE:
        rest = [] if values else [first]
    return values, (*rest, *others)


def _rows(table: Block) -> Iterator[tuple[int, str, str]]:
    """A row for each value, or a column for each if all headings are keys."""
    head, *others = table.entries
    keys = [_bare(cell) for cell in head.cells]
    if all(key.lower() in KEYS for key in keys):
        for row in others[:1]:
            yield from ((row.line, key, _bare(cell)) for key, cell in zip(keys, row.cells, strict=False))
        return
    for row in table.entries:
        if len(row.cells) > 1:
            yield row.line, _bare(row.cells[0]), _bare(row.cells[1])


def _items(block: Block) -> Iterator[tuple[int, str, str]]:
    """Text that goes on in the next line without an empty one between belongs to the description."""
    for item in block.entries:
        first, _, more = item.cells[0].partition("\n")
        found = ITEM.fullmatch(first)
        if found is not None and found[1].lower() in KEYS:
            yield item.line, found[1], _bare(found[2])
            yield item.line + 1, "", more
        else:
            yield item.line, "", item.cells[0]


def _bare(text: str) -> str:
    """Without the marks of emphasis and code around it; of a text that begins with code, the code alone."""
    text = text.strip().strip("*").strip()
    found = CODE_SPAN.match(text)
    return found[2].strip() if found is not None else text


def _name_messages(name: str, known: Component | None, surroundings: Surroundings, seen: _Seen) -> Iterator[str]:
    shown = quoted(name)
    if len(name) > MAX_NAME or (problem := name_problem(name)) is not None:
        yield "the name of this component is " + ("too long." if len(name) > MAX_NAME else f"missing: {problem}.")
    elif MORE_THAN_A_NAME.search(name) and known is None:
        yield f"{shown} is more than a name: say the rest below it."
    if name.casefold() in seen.names:
        yield f"the component {shown} comes twice; the first is in line {seen.names[name.casefold()]}."
    elif known is None:
        return
    elif known.id in surroundings.ancestors:
        yield f"no component of {quoted(surroundings.context.name)} can be named {shown}: it is a part of that one."
    elif known.parent_component_id not in (None, surroundings.context.id):
        yield f"{shown} is a component of another context of this project: choose another name."
    elif known.name != name:
        yield f"{shown} is known as {quoted(known.name)}: write it so."


def _description_messages(name: str, description: Sequence[Block]) -> Iterator[str]:
    if not has_content(description):
        yield f"the component {quoted(name)} has no description: say below its name what it is responsible for."
    elif is_placeholder(description):
        yield f"the description of the component {quoted(name)} is only a placeholder."


def _value_messages(name: str, values: Mapping[str, Value]) -> Iterator[tuple[int, str]]:
    for key, value in values.items():
        named = f"the kind of {quoted(name)}" if key == "kind" else f"the {key} path of {quoted(name)}"
        if len(value.text) > (MAX_NAME if key == "kind" else MAX_PATH):
            yield value.line, f"{named} is too long."
        elif (problem := (name_problem if key == "kind" else path_problem)(value.text)) is not None:
            yield value.line, f"{named} is not possible: {problem}."
        elif key != "kind" and MORE_THAN_A_PATH.search(value.text):
            yield value.line, f"{quoted(value.text)} is more than a path: say the rest below the list."


def _declared_messages(
    declared: Component | None, line: int, values: Mapping[str, Value], context: Component
) -> Iterator[tuple[int, str]]:
    """The settings file has the last word: what is said otherwise here would come to nothing."""
    if declared is None:
        return
    shown = quoted(declared.name)
    if declared.parent_component_id is None:
        without = f"{shown} is declared in {SETTINGS} without {quoted(f'parent: {context.name}')}"
        yield line, f"{without}: choose another name, or have a person add that there."
    for key, value in values.items():
        named = "kind" if key == "kind" else f"{key} path"
        there = declared.kind if key == "kind" else declared.paths.get(key)
        if there is None:
            without = f"{shown} is declared in {SETTINGS} without a {named}"
            yield value.line, f"{without}: leave it out here, or have a person add it there."
        elif value.text != there and (key == "kind" or file_of(value.text) != file_of(there)):
            yield value.line, f"the {named} of {shown} is {quoted(there)} in {SETTINGS}: say the same here, or nothing."


def _file_messages(name: str, paths: Mapping[str, str], files: Files) -> Iterator[str]:
    own: dict[str, str] = {}
    for role in ROLES:
        if (path := paths.get(role)) is None:
            continue
        problem = files.take(role, path, name)
        if (other := own.setdefault(file_of(path), role)) != role:
            problem = f"and its {other} path too"
        if problem is not None:
            yield f"{quoted(path)} is the {role} path of {quoted(name)}, {problem}: give one of them another path."
