import pytest

from treadle.workflows.own_module import is_own_module


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("calculator", "src/calculator.py"),
        ("src.calculator", "src/calculator.py"),
        ("src", "src/calculator.py"),
        ("shop", "src/shop/cart.py"),
        ("shop.cart", "src/shop/cart.py"),
        ("shop", "src/shop/__init__.py"),
        ("shop.cart", "src/shop/__init__.py"),
        ("shop.cart.item", "src/shop"),
    ],
)
def test_own(name: str, path: str) -> None:
    assert is_own_module(name, path)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("numpy", "src/calculator.py"),
        ("calculator.parser", "src/calculator.py"),
        ("calc", "src/calculator.py"),
        ("calculators", "src/calculator.py"),
        ("shop.basket", "src/shop/cart.py"),
        ("other.shop", "src/shop"),
        ("", "src/calculator.py"),
    ],
)
def test_foreign(name: str, path: str) -> None:
    assert not is_own_module(name, path)
