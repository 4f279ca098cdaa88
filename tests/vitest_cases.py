"""Small TypeScript projects that vitest is run on, and what the two rules make of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CODE = "src/slug.ts"
TESTS = "tests/slug.test.ts"
PACKAGE = '{"name": "slugs", "private": true, "type": "module"}\n'

_VITEST = 'import { beforeAll, describe, expect, test, vi } from "vitest";\n'
_IMPORT = 'import { slugify } from "../src/slug";\n'
_CALL = 'test("lower case", () => {\n  expect(slugify("A")).toBe("a");\n});\n'
_RIGHT = "export function slugify(text: string): string {\n  return text.toLowerCase();\n}\n"
_WRONG = "export function slugify(text: string): string {\n  return text.trim();\n}\n"
_OTHER = "export const other = 1;\n"
_CONFIG = 'import { defineConfig } from "vitest/config";\n\nexport default defineConfig({ %s });\n'
_MANY = """\
describe("slugs", () => {
  describe("of words", () => {
    test("lower case", () => {
      expect(slugify("Ab C")).toBe("ab-c");
    });
    test("of objects", () => {
      expect({ a: 1, b: [1, 2] }).toEqual({ a: 1, b: [1, 3] });
    });
  });
  test.skip("later", () => {});
  test.todo("some day");
  test("passes", () => {
    expect(1).toBe(1);
  });
  test("throws", () => {
    slugify(null as unknown as string);
  });
  test("like before", () => {
    expect(slugify("Ab")).toMatchInlineSnapshot(`"ab"`);
  });
});
"""


def _tests(body: str, imports: str = _IMPORT) -> str:
    return f"{_VITEST}{imports}\n{body}"


@dataclass(frozen=True, slots=True)
class VitestCase:
    files: Mapping[str, str]
    test: str | None = None
    """Why component_test does not go on; None if it does."""
    coding: str | None = field(kw_only=True)
    """The same of component_coding."""


_ABSENT = f"Nothing is implemented: {CODE} does not exist."
_UNABLE = "1 test cannot run, for another reason than the missing component."
_FAILED = "1 of 1 test did not pass."
_NONE = f"There are no tests in {TESTS}."

CASES: Mapping[str, VitestCase] = {
    "missing": VitestCase({TESTS: _tests(_CALL)}, coding=_ABSENT),
    "missing_js": VitestCase({TESTS: _tests(_CALL, _IMPORT.replace("src/slug", "src/slug.js"))}, coding=_ABSENT),
    "missing_ts": VitestCase({TESTS: _tests(_CALL, 'import { slugify } from "../src/slug.ts";\n')}, coding=_ABSENT),
    "missing_in_a_helper": VitestCase(
        {
            TESTS: _tests(_CALL, 'import { slugify } from "./helper";\n'),
            "tests/helper.ts": 'export { slugify } from "../src/slug";\n',
        },
        coding=_ABSENT,
    ),
    "missing_by_alias": VitestCase(
        {
            TESTS: _tests(_CALL, 'import { slugify } from "@/slug";\n'),
            "vitest.config.ts": _CONFIG % 'resolve: { alias: { "@": `${import.meta.dirname}/src` } }',
        },
        coding=_ABSENT,
    ),
    "missing_in_a_browser": VitestCase(
        {TESTS: _tests(_CALL), "vitest.config.ts": _CONFIG % 'test: { environment: "happy-dom" }'}, coding=_ABSENT
    ),
    "missing_in_a_test": VitestCase(
        {
            TESTS: _tests(
                'test("lower case", async () => {\n  const { slugify } = await import("../src/slug");\n'
                '  expect(slugify("A")).toBe("a");\n});\n',
                "",
            )
        },
        coding=_ABSENT,
    ),
    "missing_package": VitestCase(
        {TESTS: _tests(f"pad();\n{_CALL}", 'import pad from "left-pad";\n')}, _UNABLE, coding=_ABSENT
    ),
    "missing_other_file": VitestCase(
        {TESTS: _tests("test(names[0], () => {});\n", 'import { names } from "../src/names";\n')},
        _UNABLE,
        coding=_ABSENT,
    ),
    "missing_name": VitestCase({TESTS: _tests(_CALL), CODE: _OTHER}, coding=_FAILED),
    "missing_name_at_the_top": VitestCase(
        {TESTS: _tests('const made = slugify("A");\n' + _CALL), CODE: _OTHER}, _UNABLE, coding=_FAILED
    ),
    "package_missing_in_the_code": VitestCase(
        {TESTS: _tests(_CALL), CODE: 'import pad from "left-pad";\n\nexport const slugify = pad;\n'},
        _UNABLE,
        coding=_FAILED,
    ),
    "many_endings": VitestCase({TESTS: _tests(_MANY), CODE: _WRONG}, coding="4 of 5 tests did not pass."),
    "huge_messages": VitestCase(
        {
            TESTS: _tests(
                'test("long", () => {\n  expect("x".repeat(2_000)).toBe("y".repeat(2_000));\n});\n'
                'test("many lines", () => {\n  expect(Array.from({ length: 300 }, (_, i) => i)).toEqual([]);\n});\n'
            ),
            CODE: _RIGHT,
        },
        coding="2 of 2 tests did not pass.",
    ),
    "setup_fails": VitestCase(
        {
            TESTS: _tests(
                'describe("slugs", () => {\n  beforeAll(() => {\n    throw new Error("no database");\n  });\n'
                '  test("a", () => {});\n});\n'
            ),
            CODE: _RIGHT,
        },
        coding=_FAILED,
    ),
    "skipped": VitestCase(
        {TESTS: _tests('test.skip("later", () => {});\ntest.todo("some day");\n'), CODE: _RIGHT},
        "No test ran: 2 tests skipped.",
        coding="No test ran: 2 tests skipped.",
    ),
    "no_tests": VitestCase({TESTS: "export {};\n", CODE: _RIGHT}, _NONE, coding=_NONE),
    "no_file": VitestCase(
        {}, f"There are no tests: {TESTS} does not exist.", coding=f"There are no tests: {TESTS} does not exist."
    ),
    "not_included": VitestCase(
        {TESTS: _tests(_CALL), CODE: _RIGHT, "vitest.config.ts": _CONFIG % 'test: { include: ["spec/**"] }'},
        _NONE,
        coding=_NONE,
    ),
    "syntax_error": VitestCase({TESTS: _tests(_CALL + 'test("x", () => {\n'), CODE: _RIGHT}, _UNABLE, coding=_FAILED),
    "unhandled_error": VitestCase(
        {
            TESTS: _tests('test("x", () => {\n  void Promise.reject(new Error("nobody waits"));\n});\n', ""),
            CODE: _RIGHT,
        },
        "No test failed, but the test command ended with exit code 1.",
        coding="No test failed, but the test command ended with exit code 1.",
    ),
    "broken_configuration": VitestCase(
        {
            TESTS: _tests(_CALL),
            CODE: _RIGHT,
            "vitest.config.ts": 'import { nothing } from "nowhere";\n\nexport default nothing;\n',
        },
        "There is no test report; the test command ended with exit code 1.",
        coding="There is no test report; the test command ended with exit code 1.",
    ),
    "green": VitestCase({TESTS: _tests(_CALL), CODE: _RIGHT}, coding=None),
    "nothing_is_tested": VitestCase(
        {TESTS: _tests('test("x", () => {\n  expect(1).toBe(1);\n});\n', "")},
        f"All tests pass (1 test) although {CODE} is not implemented: they do not test the component.",
        coding=_ABSENT,
    ),
}
