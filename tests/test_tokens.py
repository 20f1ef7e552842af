"""Who may write: tokens are shown once, kept as hashes, and carried as bearer tokens (RFC 6750)."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sayso import tokens
from sayso.errors import TokenMissing, TokenNameRefused, Unauthorized
from sayso.store import StoreDamaged, StoreMissing
from sayso.tokens import Verified

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def bearer(token: str) -> str:
    return f"Bearer {token}"


@pytest.fixture
def scrypts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time that scrypt is paid for."""
    real, calls = hashlib.scrypt, list[str]()

    def counted(password: bytes, **parameters: Any) -> bytes:
        calls.append(password.decode())
        return real(password, **parameters)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    return calls


def test_a_token_names_its_author(tmp_path: Path) -> None:
    one, other = (tokens.add(tmp_path, name, NOW) for name in ("Zainab", "import script"))
    assert tokens.author_of(tmp_path, bearer(one)) == "Zainab"
    assert tokens.author_of(tmp_path, f"bearer  {other} ") == "import script"
    assert [(each.name, each.created) for each in tokens.listed(tmp_path)] == [("Zainab", NOW), ("import script", NOW)]


def test_the_file_holds_no_token_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "tokens.json.new").write_text("left by a killed process")
    token = tokens.add(tmp_path, "Zainab", NOW)
    file = tmp_path / "tokens.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert token.split("_", 2)[2] not in file.read_text()
    assert sorted(path.name for path in tmp_path.glob("tokens.json*")) == ["tokens.json"]


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (None, "carry a token"),
        ("", "carry a token"),
        ("Basic dXNlcjpwYXNz", "scheme Bearer"),
        ("Bearer", "scheme Bearer"),
        ("Bearer sayso_short", "not a token of Sayso"),
        (bearer("sayso_0123456789ab_" + "x" * 43), "not known here, or was revoked"),
    ],
)
def test_a_request_without_a_token_that_is_known_is_told_what_to_send(
    tmp_path: Path, header: str | None, hint: str
) -> None:
    tokens.add(tmp_path, "Zainab", NOW)
    with pytest.raises(Unauthorized, match=hint) as raised:
        tokens.author_of(tmp_path, header)
    assert "sayso token add NAME" in str(raised.value)
    assert raised.value.challenge.startswith('Bearer realm="sayso"')
    assert ("error=" in raised.value.challenge) == ("sayso_" in (header or ""))  # RFC 6750, 3.1: none without a token


def test_a_revoked_token_is_worthless_at_once_where_it_was_remembered(tmp_path: Path) -> None:
    verified = Verified()
    one, other = (tokens.add(tmp_path, name, NOW) for name in ("Zainab", "Ali"))
    assert tokens.author_of(tmp_path, bearer(one), verified) == "Zainab"
    tokens.revoke(tmp_path, "Zainab")
    with pytest.raises(Unauthorized):
        tokens.author_of(tmp_path, bearer(one), verified)
    assert tokens.author_of(tmp_path, bearer(other), verified) == "Ali"


def test_an_unknown_id_costs_what_a_wrong_secret_costs_and_neither_grows_with_the_tokens(
    tmp_path: Path, scrypts: list[str]
) -> None:
    made = [tokens.add(tmp_path, name, NOW) for name in "abc"]
    for wrong in (made[1][:-43] + "x" * 43, "sayso_0123456789ab_" + "x" * 43):
        scrypts.clear()
        with pytest.raises(Unauthorized):
            tokens.author_of(tmp_path, bearer(wrong))
        assert scrypts == ["x" * 43]


def test_a_remembered_token_pays_for_scrypt_once_until_the_file_changes(tmp_path: Path, scrypts: list[str]) -> None:
    verified, token = Verified(), tokens.add(tmp_path, "Zainab", NOW)
    for expected in (1, 1):
        tokens.author_of(tmp_path, bearer(token), verified)
        assert len(scrypts) - 1 == expected  # one was paid to make it
    tokens.add(tmp_path, "Ali", NOW)
    tokens.author_of(tmp_path, bearer(token), verified)
    assert len(scrypts) == 4


def test_a_name_is_given_once_and_can_be_printed(tmp_path: Path) -> None:
    tokens.add(tmp_path, "Zainab", NOW)
    for name in ("Zainab", "", " Zainab", "a\nb", "x" * 65):
        with pytest.raises(TokenNameRefused):
            tokens.add(tmp_path, name, NOW)
    with pytest.raises(TokenMissing, match="there are: Zainab"):
        tokens.revoke(tmp_path, "Ali")


def test_tokens_added_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: tokens.add(tmp_path, f"writer {number}", NOW), range(4)))
    assert [tokens.author_of(tmp_path, bearer(token)) for token in made] == [f"writer {number}" for number in range(4)]


def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    token = tokens.add(tmp_path, "Zainab", NOW)
    for content in ("{", '{"Zainab": {"hash": ""}}', "[]", json.dumps({"Zainab": None})):
        (tmp_path / "tokens.json").write_text(content)
        with pytest.raises(StoreDamaged, match=r"tokens\.json"):
            tokens.author_of(tmp_path, bearer(token))


def test_tokens_belong_to_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        tokens.add(tmp_path / "nowhere", "Zainab", NOW)
