"""Sending a parcel to the Hub: who asks, where to, one commit; each failure with its next step.

A commit is one request: until it is answered nothing of a parcel is to be seen. Large files are stored before it and
known by their content, so that a run that was interrupted sends only what is missing when it is repeated.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi, get_token, is_offline_mode
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import get_session, validate_repo_id

from hf_toxspan._version import __version__
from hf_toxspan.hub.parcel import Parcel, RepoType

TOKEN_STEP = (
    "create a token with write access at https://huggingface.co/settings/tokens, then run `hf auth login` or "
    "set HF_TOKEN"
)


@dataclass(frozen=True)
class Address:
    """Where to send a parcel.

    Attributes:
        repo: ``namespace/name``.
        private: Make a new repository private; an existing public one is refused then. None leaves it to the account.
        create_pr: Open a pull request instead of writing to the main branch.
    """

    repo: str
    private: bool | None = None
    create_pr: bool = False


@dataclass(frozen=True)
class Sent:
    """What came of it.

    Attributes:
        url: Of the repository, or of the pull request.
        commit: Its id; None where the repository held the same files already.
    """

    url: str
    commit: str | None


def check_repo(repo: str, *, option: str = "--repo") -> str:
    """Check the name of a repository by the Hub's rules.

    Args:
        repo: ``namespace/name``.
        option: Where it was given, for errors.

    Returns:
        The same.

    Raises:
        ValueError: If it is none.
    """
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise ValueError(f"{option} is {repo!r}: {error}") from error
    if repo.count("/") != 1:
        raise ValueError(f"{option} is {repo!r}; expected namespace/name, such as my-name/my-model")
    return repo


def send(parcel: Parcel, address: Address, *, message: str, timeout: float = 60.0, endpoint: str | None = None) -> Sent:
    """Send a parcel in one commit.

    Args:
        parcel: The files.
        address: Where to.
        message: Of the commit.
        timeout: Seconds that the server may be silent.
        endpoint: The server; that of HF_ENDPOINT, as it was when the process began, when None.

    Returns:
        The address, and the commit.

    Raises:
        PermissionError: If there is no token, or it may not write there.
        OSError: If the server can't be reached, fails or is too slow.
        ValueError: If the server does not take the card or the name, or the repository is public and should not be.
    """
    if is_offline_mode():
        raise OSError("HF_HUB_OFFLINE is set, so nothing can be sent; unset it, or write a --dry-run folder")
    if get_token() is None:
        raise PermissionError(f"there is no token to write to the Hub with; {TOKEN_STEP}")
    get_session().timeout = timeout  # its own default is to wait for ever
    api = HfApi(endpoint, library_name="hf_toxspan", library_version=__version__)
    with _explained(api.endpoint, address.repo):
        _check_rights(api, address)
        before = _prepare(api, parcel.repo_type, address)
        operations = [
            CommitOperationAdd(
                path_in_repo=name, path_or_fileobj=content if isinstance(content, bytes) else str(content)
            )
            for name, content in sorted(parcel.files.items())
        ]
        done = api.create_commit(
            address.repo,
            operations,
            commit_message=message,
            repo_type=parcel.repo_type,
            create_pr=address.create_pr,
        )
    place = f"{api.endpoint}/{_PREFIX[parcel.repo_type]}{address.repo}"
    return Sent(done.pr_url or place, None if done.oid == before else done.oid)


_PREFIX: dict[RepoType, str] = {"model": "", "dataset": "datasets/", "space": "spaces/"}


def _check_rights(api: HfApi, address: Address) -> None:
    """Refuse a namespace that is not the account's, before anything is made."""
    account = api.whoami()
    namespace = address.repo.partition("/")[0]
    own = [account["name"], *(org["name"] for org in account.get("orgs") or ())]
    if namespace.lower() not in map(str.lower, own) and not address.create_pr:
        raise PermissionError(
            f"the token belongs to {account['name']}, who can't write to {namespace}; expected --repo with one of "
            f"{', '.join(own)} before the slash, or --create-pr to propose it to {namespace}"
        )
    role = ((account.get("auth") or {}).get("accessToken") or {}).get("role")
    if role == "read":
        raise PermissionError(f"the token of {account['name']} may read only; {TOKEN_STEP}")


def _prepare(api: HfApi, repo_type: RepoType, address: Address) -> str | None:
    """Return the commit that a repository is at, made first where there is none (never for a pull request)."""
    try:
        found = api.repo_info(address.repo, repo_type=repo_type)
    except RepositoryNotFoundError:
        if address.create_pr:
            raise
        made: dict[str, Any] = {"space_sdk": "gradio"} if repo_type == "space" else {}
        api.create_repo(address.repo, repo_type=repo_type, private=address.private, exist_ok=True, **made)
        return None
    if address.private and not found.private:
        raise ValueError(
            f"{address.repo} exists and is public; --private makes only a new repository private. Change it in the "
            "repository's settings first, or leave --private out; nothing was sent"
        )
    return found.sha


@contextmanager
def _explained(endpoint: str, repo: str) -> Iterator[None]:
    """Say what went wrong and what to do; a token is never told."""
    told = logging.getLogger("huggingface_hub.hf_api")
    level = told.level
    told.setLevel(logging.ERROR)  # "no files have been modified" is said by the command itself
    try:
        yield
    except HTTPError as error:
        raise _explain(error, endpoint, repo) from error
    except RuntimeError as error:  # of a thread that stored a large file
        if not isinstance(error.__cause__, HTTPError):
            raise OSError(f"{error} {error.__cause__ or ''}. {_AGAIN}") from error
        raise _explain(error.__cause__, endpoint, repo) from error
    finally:
        told.setLevel(level)


_AGAIN = (
    "A commit is whole or not there, so the repository is as it was; run the same command again: large files that have "
    "arrived are not sent twice."
)


def _explain(error: HTTPError, endpoint: str, repo: str) -> Exception:
    """Return the error to raise for one of the Hub's client."""
    if not isinstance(error, HfHubHTTPError):  # of the connection
        slow = "Timeout" in type(error).__name__
        why = "did not answer in time" if slow else f"can't be reached or went away ({error})"
        return OSError(f"{endpoint} {why}. {_AGAIN}{' A longer --timeout waits more.' if slow else ''}")
    status, said = error.response.status_code, f": {error.server_message}" if error.server_message else ""
    if isinstance(error, RepositoryNotFoundError):
        return ValueError(f"{repo} does not exist on {endpoint}, or the token may not see it; check --repo{said}")
    if status == 401:
        return PermissionError(f"{endpoint} does not know the token{said}; {TOKEN_STEP}")
    if status in (402, 403):
        return PermissionError(f"the token may not write to {repo}{said}; {TOKEN_STEP}")
    if status >= 500 or status == 429:
        return OSError(f"{endpoint} failed with status {status}{said}. {_AGAIN}")
    return ValueError(f"{endpoint} refused it with status {status}{said}")
