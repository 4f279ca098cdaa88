from tests.unit.workflows.definition.marked import WORKFLOW
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.symbols import Symbol, symbols


def named(text: str) -> list[tuple[str, str | None, list[tuple[str, str | None]]]]:
    return [
        (each.name, each.detail, [(child.name, child.detail) for child in each.children])
        for each in symbols(analyse(text))
    ]


def test_the_name_the_parameters_and_the_steps() -> None:
    assert named(WORKFLOW) == [
        ("name", "fix_it", []),
        ("parameters", None, [("test", "string"), ("deep", "boolean"), ("way", "string")]),
        ("steps", None, [("test", "run, ok → finish, error → fix"), ("fix", "agent, ok → test")]),
    ]


def test_what_is_broken_is_left_out_or_has_no_detail() -> None:
    assert named("") == named("- a") == []
    assert named("name: [x]\nsteps: 5\n") == [("name", None, []), ("steps", None, [])]
    assert [name for name, _, _ in named(WORKFLOW + "  [")] == ["name", "parameters", "steps"]


def test_a_name_lies_in_its_symbol_and_that_in_the_one_above() -> None:
    def require_nested(symbol: Symbol) -> None:
        assert symbol.span.start <= symbol.selection.start <= symbol.selection.end <= symbol.span.end
        assert WORKFLOW[symbol.selection.start : symbol.selection.end] == symbol.name
        for child in symbol.children:
            assert symbol.span.start <= child.span.start <= child.span.end <= symbol.span.end
            require_nested(child)

    for each in symbols(analyse(WORKFLOW)):
        require_nested(each)
