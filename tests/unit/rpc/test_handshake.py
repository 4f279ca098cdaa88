import pytest
from pydantic import ValidationError

from treadle.domain.scope import LOCAL
from treadle.rpc.errors import InvalidParamsError, ProtocolVersionError
from treadle.rpc.handshake import peer_from_options

OPTIONS = {"protocolVersion": 1, "clientId": "c"}


def test_a_client_names_itself() -> None:
    peer = peer_from_options({"treadle": {**OPTIONS, "clientName": "n"}}, "Product")
    assert (peer.scope, peer.client_id, peer.client_name, peer.subscribed) == (LOCAL, "c", "n", False)


def test_the_product_stands_in_for_the_name() -> None:
    assert peer_from_options({"treadle": OPTIONS}, "Product").client_name == "Product"


@pytest.mark.parametrize("options", [None, {}, {"other": 1}, [], "text", {"treadle": None}])
def test_an_editor_without_options_gets_an_id_of_its_own(options: object) -> None:
    first, second = (peer_from_options(options, None) for _ in range(2))
    assert first.client_id != second.client_id
    assert first.scope == LOCAL


@pytest.mark.requirement("scope.bound-at-initialize")
def test_a_project_narrows_the_scope() -> None:
    peer = peer_from_options({"treadle": {**OPTIONS, "account": 1, "project": 5}}, None)
    assert peer.scope == LOCAL.narrowed(5)


@pytest.mark.requirement("scope.never-wider")
def test_a_foreign_account_is_refused() -> None:
    with pytest.raises(InvalidParamsError):
        peer_from_options({"treadle": {**OPTIONS, "account": 2}}, None)


def test_another_version_is_told_before_anything_else_is_looked_at() -> None:
    with pytest.raises(ProtocolVersionError):
        peer_from_options({"treadle": {"protocolVersion": 2, "unheard": "of"}}, None)


@pytest.mark.parametrize(
    "treadle",
    [{}, {"clientId": "c"}, {**OPTIONS, "clientId": ""}, {**OPTIONS, "protocolVersion": True}, {**OPTIONS, "x": 1}, 5],
)
def test_wrong_options(treadle: object) -> None:
    with pytest.raises(ValidationError):
        peer_from_options({"treadle": treadle}, None)
