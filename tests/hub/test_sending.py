"""Sending to a Hub on loopback: what arrives, what is sent again, and what every failure says."""

import hashlib
import logging
import threading
from typing import Any

import pytest
from huggingface_hub.utils import get_session

from hf_toxspan.hub.parcel import Parcel
from hf_toxspan.hub.sending import Address, Sent, check_repo, send
from tests.hub_server import READER, WRITER, Handler, HubServer

CARD = b"---\nlicense: mit\n---\n\n# mine\n"
WEIGHTS = bytes(range(256)) * 4000
FILES = {"config.json": b"{}", "model.safetensors": WEIGHTS, "README.md": CARD}

pytestmark = [
    pytest.mark.usefixtures("online"),
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # of huggingface_hub's own upload
]


def push(server: HubServer, files: dict[str, bytes] = FILES, *, kind: Any = "model", **options: Any) -> Sent:
    timeout = options.pop("timeout", 20.0)
    address = Address(options.pop("repo", "me/mine"), **options)
    return send(Parcel(kind, files), address, message="A test", timeout=timeout, endpoint=server.url)


def refuse(status: int, pattern: str) -> Any:
    """Answer matching calls with an error."""

    def trouble(handler: Handler, call: str) -> bool:
        if pattern not in call:
            return False
        handler.fail(status, "not today")
        return True

    return trouble


@pytest.mark.parametrize("large_from", [None, 1000], ids=["regular", "lfs"])
def test_what_is_sent_is_what_lies_there(hub_server: HubServer, large_from: int | None) -> None:
    hub_server.large_from = large_from

    sent = push(hub_server)

    repo = hub_server.repos["models/me/mine"]
    assert repo.files == FILES
    assert repo.large == ({"model.safetensors"} if large_from else set())
    assert (sent.url, sent.commit) == (f"{hub_server.url}/me/mine", repo.commits[-1])
    assert repo.messages == ["A test"]
    assert not repo.private


@pytest.mark.parametrize("large_from", [None, 1000], ids=["regular", "lfs"])
def test_sent_again_nothing_happens(
    hub_server: HubServer, large_from: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    hub_server.large_from = large_from
    push(hub_server)
    hub_server.calls.clear()

    again = push(hub_server)

    assert again.commit is None
    assert not hub_server.called(r"PUT|commit|create")
    assert not [own for own in caplog.records if own.levelno >= logging.WARNING]


def test_only_what_changed_is_sent_and_the_rest_stays(hub_server: HubServer) -> None:
    hub_server.large_from = 1000
    push(hub_server)
    hub_server.calls.clear()

    sent = push(hub_server, {"config.json": b'{"a": 1}', "model.safetensors": WEIGHTS})

    repo = hub_server.repos["models/me/mine"]
    assert repo.files == {**FILES, "config.json": b'{"a": 1}'}
    assert sent.commit == repo.commits[-1] and len(repo.messages) == 2
    assert not hub_server.called("PUT")


@pytest.mark.parametrize("kind", ["dataset", "space"])
def test_other_kinds_have_their_own_places(hub_server: HubServer, kind: str) -> None:
    sent = push(hub_server, {"README.md": CARD}, kind=kind, repo="ours/mine", private=True)

    repo = hub_server.repos[f"{kind}s/ours/mine"]
    assert (repo.files, repo.private, repo.sdk) == ({"README.md": CARD}, True, "gradio" if kind == "space" else None)
    assert sent.url == f"{hub_server.url}/{kind}s/ours/mine"


def test_a_server_that_dies_in_a_large_file_publishes_nothing_and_the_next_run_completes(hub_server: HubServer) -> None:
    hub_server.large_from = 1000
    other = bytes(reversed(WEIGHTS))
    files = {**FILES, "model-00002-of-00002.safetensors": other}

    first, second = (hashlib.sha256(content).hexdigest() for content in (WEIGHTS, other))

    def dies(handler: Handler, call: str) -> bool:
        if call != f"PUT /store/{second}":
            return False
        while first not in hub_server.stored:
            threading.Event().wait(0.01)
        handler.rfile.read(1000)
        handler.close_connection = True
        handler.connection.close()
        return True

    hub_server.trouble = dies
    with pytest.raises(OSError, match=r"can't be reached or went away .* run the same command again"):
        push(hub_server, files)
    assert hub_server.repos["models/me/mine"].files == {}
    assert set(hub_server.stored) == {first}

    hub_server.trouble = lambda handler, call: False
    hub_server.calls.clear()
    push(hub_server, files)

    assert hub_server.repos["models/me/mine"].files == files
    assert hub_server.called("PUT") == [f"PUT /store/{second}"]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_before_the_commit_publishes_nothing(hub_server: HubServer, status: int) -> None:
    hub_server.large_from = 1000
    hub_server.trouble = refuse(status, "/commit/")

    with pytest.raises(OSError, match=rf"status {status}: not today. A commit is whole or not there"):
        push(hub_server)
    assert hub_server.repos["models/me/mine"].files == {}

    hub_server.trouble = lambda handler, call: False
    hub_server.calls.clear()
    push(hub_server)
    assert hub_server.repos["models/me/mine"].files == FILES
    assert not hub_server.called("PUT")


def test_a_store_that_fails_now_and_then_is_asked_again(hub_server: HubServer) -> None:
    hub_server.large_from = 1000
    failures = iter([True, True])

    def trouble(handler: Handler, call: str) -> bool:
        if not call.startswith("PUT") or not next(failures, False):
            return False
        handler.fail(503, "busy")
        return True

    hub_server.trouble = trouble
    push(hub_server)

    assert hub_server.repos["models/me/mine"].files == FILES
    assert len(hub_server.called("PUT")) == 3


def test_a_silent_server_is_not_waited_for_for_ever(hub_server: HubServer) -> None:
    woken = threading.Event()

    def silent(handler: Handler, call: str) -> bool:
        return "/commit/" in call and woken.wait(20)

    hub_server.trouble = silent
    try:
        with pytest.raises(OSError, match=r"did not answer in time.* A longer --timeout waits more"):
            push(hub_server, timeout=0.3)
    finally:
        woken.set()
        get_session().timeout = None


def test_without_a_token_nothing_is_asked(hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere/token")

    with pytest.raises(PermissionError, match=r"there is no token .* `hf auth login` or set HF_TOKEN"):
        push(hub_server)
    assert not hub_server.calls


def test_an_unknown_token_is_told_and_never_printed(hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 34)

    with pytest.raises(PermissionError, match="does not know the token") as raised:
        push(hub_server)
    assert "x" * 34 not in str(raised.value)
    assert not hub_server.repos


def test_a_token_that_may_read_only_is_told(hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", READER)

    with pytest.raises(PermissionError, match="may read only"):
        push(hub_server)
    assert not hub_server.repos


def test_somebody_elses_namespace_is_refused_before_anything_is_made(hub_server: HubServer) -> None:
    with pytest.raises(PermissionError, match="can't write to theirs; expected --repo with one of me, ours"):
        push(hub_server, repo="theirs/mine")
    assert not hub_server.called("POST")


@pytest.mark.parametrize("place", ["/create", "/preupload/", "/commit/"])
def test_a_403_says_what_the_server_said(hub_server: HubServer, place: str) -> None:
    hub_server.trouble = refuse(403, place)

    with pytest.raises(PermissionError, match="may not write to me/mine: not today"):
        push(hub_server)


def test_a_card_that_the_hub_does_not_take_sends_nothing(hub_server: HubServer) -> None:
    with pytest.raises(ValueError, match='"license" must be one of'):
        push(hub_server, {**FILES, "README.md": b"---\nlicense: mine\n---\n"})
    assert hub_server.repos["models/me/mine"].files == {}
    assert not hub_server.called("preupload")


def test_private_is_never_mistaken(hub_server: HubServer) -> None:
    push(hub_server)

    with pytest.raises(ValueError, match="exists and is public"):
        push(hub_server, {"secret.txt": b""}, private=True)
    assert hub_server.repos["models/me/mine"].files == FILES


def test_a_proposal_leaves_the_main_branch_alone(hub_server: HubServer) -> None:
    push(hub_server)
    proposed = push(hub_server, {"config.json": b"[]"}, create_pr=True)

    repo = hub_server.repos["models/me/mine"]
    assert repo.files == FILES
    assert repo.pull_requests == [{**FILES, "config.json": b"[]"}]
    assert proposed.url.endswith("/me/mine/discussions/1")


def test_a_proposal_to_nothing_is_told(hub_server: HubServer) -> None:
    with pytest.raises(ValueError, match="me/mine does not exist on http"):
        push(hub_server, create_pr=True)
    assert not hub_server.called("create")


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(OSError, match=r"127\.0\.0\.1:9 can't be reached"):
        send(Parcel("model", FILES), Address("me/mine"), message="m", endpoint="http://127.0.0.1:9")


def test_offline_is_told(hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    with pytest.raises(OSError, match="HF_HUB_OFFLINE is set"):
        push(hub_server)
    assert not hub_server.calls


@pytest.mark.parametrize(
    "repo", ["mine", "a/b/c", "me/..", "me/mi--ne", "me/mine.git", "me/-x", "", "me/" + "x" * 97, "me/a b"]
)
def test_names_follow_the_hubs_rules(repo: str) -> None:
    with pytest.raises(ValueError, match=r"--repo is "):
        check_repo(repo)


def test_good_names_pass() -> None:
    assert check_repo("me/my_model-v1.0") == "me/my_model-v1.0"
    assert WRITER.startswith("hf_")
