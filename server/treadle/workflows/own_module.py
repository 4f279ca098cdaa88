"""Whether a test could not run only because the component itself does not exist yet."""

import re
from pathlib import PurePosixPath

from treadle.workflows.junit_report import Case, Ending
from treadle.workflows.own_import import is_own_import

RAISED_LINE = re.compile(r"^E {3,}(\S.*)$", re.MULTILINE)
MISSING_MODULE = re.compile(r"ModuleNotFoundError: No module named '([^']+)'(?:; '[^']+' is not a package)?")
MISSING_NAME = re.compile(r"ImportError: cannot import name '[^']+' from '([^']+)' \(.*\)")
MISSING_ATTRIBUTE = re.compile(r"AttributeError: module '([^']+)' has no attribute '[^']+'(?:\. Did you mean: .*)?")


def is_own_absence(case: Case, code_path: str, *, code_exists: bool | None) -> bool:
    """The last raised error of the case says that the component's module, or a name in it, is missing.

    A module that is reported missing although its file exists is a wrong import, not an absence.
    """
    if case.ending is not Ending.ERROR:
        return False
    raised = RAISED_LINE.findall(case.text)
    if not raised:
        return is_own_import(case.message, code_path, code_exists=code_exists)
    module = MISSING_MODULE.fullmatch(raised[-1].strip())
    if module is not None:
        return not code_exists and is_own_module(module[1], code_path)
    name = MISSING_NAME.fullmatch(raised[-1].strip()) or MISSING_ATTRIBUTE.fullmatch(raised[-1].strip())
    return name is not None and is_own_module(name[1], code_path)


def is_own_module(name: str, code_path: str) -> bool:
    """`src/shop/cart.py` may be imported as `cart`, `shop.cart` or `src.shop.cart`; without it, `shop` and
    `src` may be missing too. A component that is a folder owns what is below it."""
    path = PurePosixPath(code_path)
    is_folder = path.suffix != ".py" or path.name == "__init__.py"
    parts = path.parent.parts if path.name == "__init__.py" else (*path.parent.parts, path.name.removesuffix(".py"))
    wanted = tuple(name.split("."))
    for start in range(len(parts)):
        own = parts[start:]
        if own[: len(wanted)] == wanted or (is_folder and wanted[: len(own)] == own):
            return True
    return False
