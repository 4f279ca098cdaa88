import pytest

from tests.unit.workflows.definition.marked import CURSOR, WORKFLOW, analysed
from treadle.workflows.definition.hover import Hover, hover

SPAWNING = WORKFLOW + "  more:\n    spawn: component_coding\n    components: [Calculator]\n"

OF_FIX = (
    "**fix** (agent step): Mend it\n\n- ok → `test`\n- warning → `test`\n- error → `fail`\n\n"
    "It may be tried once before the session fails."
)
OF_ATTEMPTS = (
    "**max_attempts** (whole number)\n\n"
    "How often the step may be tried since it last ended ok or warning; then the session fails.\n\nWithout it: `1`."
)


def hovered(text: str) -> tuple[str, str] | None:
    """What it rests on, and what is said."""
    analysis, offset = analysed(text)
    found = hover(analysis, offset)
    return None if found is None else (analysis.source.text[found.span.start : found.span.end], found.text)


@pytest.mark.parametrize(
    ("cursor", "word", "text"),
    [
        (
            "max_att‸empts",
            "max_attempts",
            OF_ATTEMPTS,
        ),
        (
            "  fi‸x:",
            "fix",
            OF_FIX,
        ),
        (
            "error: f‸ix",
            "fix",
            OF_FIX,
        ),
        ("ok: fin‸ish", "finish", "The workflow is done."),
        ("parameters.te‸st", "test", "**parameters.test** (text)\n\nWhich test"),
        ("test.std‸out", "stdout", "**results.test.stdout** (text)\n\nWhat its command wrote to standard output."),
        ("result‸.stdout", "result", "**result** (mapping)\n\nWhat this step has come to."),
        ("  wa‸y:", "way", "**way** (string; it must be given)\n\nOne of `here`, `there`."),
        ("  de‸ep:", "deep", "**deep** (boolean; without it `false`)"),
        ("spawn: com‸", "component_coding", "**component_coding**\n\nImplements a component."),
        ("[Cal‸", "Calculator", "**Calculator**\n\nA component of this project."),
    ],
)
def test_what_is_said_of_keys_steps_and_values(cursor: str, word: str, text: str) -> None:
    assert hovered(SPAWNING.replace(cursor.replace(CURSOR, ""), cursor, 1)) == (word, text)


@pytest.mark.parametrize("cursor", ["Gr‸üße", "fi‸x_it", "[pyt‸est", "{{‸ result", "tr‸ue"])
def test_nothing_is_said_of_other_words(cursor: str) -> None:
    text = WORKFLOW + "#tr‸ue" if cursor == "tr‸ue" else WORKFLOW.replace(cursor.replace(CURSOR, ""), cursor, 1)
    assert hovered(text) is None


def test_the_items_of_a_loop() -> None:
    loop = "{% for child in results.more.children %}{{ child.cost‸_usd }}{% endfor %}{{ nothing.x }}"
    text = SPAWNING.replace("{{ state.said }}", loop)
    assert hovered(text) == (
        "cost_usd",
        "**child.cost_usd** (number)\n\nWhat its session cost, in US dollars. It may be null.",
    )
    each = hovered(text.replace(CURSOR, "").replace("{{ child", "{{ chi‸ld"))
    assert each == ("child", "**child** (mapping)\n\nEach of results.more.children.")
    assert hovered(text.replace(CURSOR, "").replace("nothing.x", "nothing.‸x")) is None


def test_a_step_that_asks_tells_its_answers() -> None:
    found = hovered(WORKFLOW + "  g‸o:\n    ask: Good?\n    answers: {yes: ok, later: warning}\n    max_attempts: 3\n")
    assert found is not None
    assert "Answers: `yes` (ok), `later` (warning)." in found[1]
    assert "- error → the same step again, then `fail`" in found[1]
    assert "at most 3 times" in found[1]


def test_there_is_no_place_without_a_tree() -> None:
    for text in ("‸", "[‸", "a: ‸", "- ‸", WORKFLOW + "‸\n{{{"):
        analysis, offset = analysed(text)
        assert hover(analysis, offset) is None or isinstance(hover(analysis, offset), Hover)
