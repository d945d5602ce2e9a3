"""A server on loopback that speaks the Hub's protocol: accounts, repositories, uploads (regular and LFS), downloads.

It keeps what the real one promises: a commit is whole or not there, large files are known by their content, a private
repository is hidden. A test may step in before any request (`HubServer.trouble`).
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

WRITER, READER = "hf_" + "w" * 34, "hf_" + "r" * 34
LICENCES = {"mit", "apache-2.0", "cc0-1.0", "cc-by-4.0", "other"}


@dataclass
class Repo:
    """A repository: files of its main branch, ids of its commits, and pull requests."""

    private: bool = False
    sdk: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    commits: list[str] = field(default_factory=lambda: ["0" * 40])
    messages: list[str] = field(default_factory=list)
    pull_requests: list[dict[str, bytes]] = field(default_factory=list)

    def oid(self, path: str) -> str:
        content = self.files[path]
        if path in self.large:
            return hashlib.sha256(content).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class HubServer(ThreadingHTTPServer):
    """The server; its state is there to be looked at."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.repos: dict[str, Repo] = {}
        self.accounts = {
            WRITER: {"name": "me", "orgs": [{"name": "ours"}], "auth": {"accessToken": {"role": "write"}}},
            READER: {"name": "me", "orgs": [], "auth": {"accessToken": {"role": "read"}}},
        }
        self.stored: dict[str, bytes] = {}
        self.large_from: int | None = None
        self.calls: list[str] = []
        self.trouble: Callable[[Handler, str], bool] = lambda handler, call: False

    def called(self, pattern: str) -> list[str]:
        return [call for call in self.calls if re.search(pattern, call)]

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a client that went away."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request by `ROUTES`, unless the test steps in."""

    protocol_version = "HTTP/1.1"
    server: HubServer

    def handle_one(self) -> None:
        self.url = urlsplit(self.path)
        self.query = parse_qs(self.url.query)
        call = f"{self.command} {unquote(self.url.path)}"
        self.server.calls.append(call)
        if self.server.trouble(self, call):
            return
        for pattern, answer in ROUTES:
            found = re.fullmatch(pattern, call)
            if found:
                answer(self, *found.groups())
                return
        self.fail(404, f"no such place: {call}")

    do_GET = do_HEAD = do_POST = do_PUT = handle_one  # noqa: N815

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def json(self) -> Any:
        return json.loads(self.body() or b"{}")

    def say(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fail(self, status: int, message: str, code: str | None = None, **headers: str) -> None:
        self.body()
        named = {"X_Error_Code": code} if code else {}
        self.say({"error": message}, status, X_Error_Message=message, **named, **headers)

    def account(self) -> dict[str, Any] | None:
        return self.server.accounts.get(self.headers.get("Authorization", "").removeprefix("Bearer "))

    def repo(self, key: str, *, write: bool = False) -> Repo | None:
        """Return a repository that the caller may see (or write to); tell it that there is none else."""
        found, account = self.server.repos.get(key), self.account()
        if found is None or (found.private and account is None):
            self.fail(404, "Repository not found", "RepoNotFound")
            return None
        if write and (account is None or account["auth"]["accessToken"]["role"] != "write"):
            self.fail(403, "you need write access")
            return None
        return found

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def whoami(handler: Handler) -> None:
    account = handler.account()
    if account is None:
        handler.fail(401, "Invalid credentials in Authorization header")
    else:
        handler.say(account)


def create(handler: Handler) -> None:
    asked, account = handler.json(), handler.account()
    kind = asked.get("type", "model")
    namespace = asked.get("organization") or (account or {}).get("name")
    key = f"{kind}s/{namespace}/{asked['name']}"
    if account is None:
        handler.fail(401, "Invalid credentials in Authorization header")
    elif key in handler.server.repos:
        handler.say({"error": "You already created this repo"}, 409)
    elif kind == "space" and asked.get("sdk") not in ("gradio", "docker", "static"):
        handler.fail(400, "a Space needs an sdk")
    else:
        handler.server.repos[key] = Repo(private=asked.get("visibility") == "private", sdk=asked.get("sdk"))
        prefix = "" if kind == "model" else f"{kind}s/"
        handler.say({"url": f"{handler.server.url}/{prefix}{namespace}/{asked['name']}"})


def info(handler: Handler, key: str, revision: str | None) -> None:
    found = handler.repo(key)
    if found is not None and revision not in (None, "main", found.commits[-1]):
        handler.fail(404, "Invalid rev", "RevisionNotFound")
    elif found is not None:
        siblings = [{"rfilename": name} for name in found.files]
        handler.say({"id": key.split("/", 1)[1], "sha": found.commits[-1], "private": found.private, "tags": [],
                     "siblings": siblings})  # fmt: skip


def tree(handler: Handler, key: str) -> None:
    found = handler.repo(key)
    if found is not None:
        handler.say([{"type": "file", "path": name, "size": len(own), "oid": found.oid(name)}
                     for name, own in found.files.items()])  # fmt: skip


def validate(handler: Handler) -> None:
    content = handler.json()["content"]
    errors = []
    try:
        header = yaml.safe_load(content.split("---\n")[1]) if content.startswith("---\n") else {}
        if header.get("license", "mit") not in LICENCES:
            errors.append(f'"license" must be one of {sorted(LICENCES)}')
        if len(header.get("short_description", "")) > 60:
            errors.append('"short_description" must be at most 60 characters')
    except (yaml.YAMLError, AttributeError) as error:
        errors.append(f"the header is no YAML: {error}")
    handler.say({"errors": [{"message": own} for own in errors], "warnings": []}, 400 if errors else 200)


def preupload(handler: Handler, key: str) -> None:
    asked, found = handler.json(), handler.repo(key, write="create_pr" not in handler.query)
    if found is None:
        return
    least = handler.server.large_from
    files = []
    for file in asked["files"]:
        large = least is not None and file["size"] >= least and not file["path"].endswith((".json", ".md"))
        held = {"oid": found.oid(file["path"])} if file["path"] in found.files else {}
        mode = "lfs" if large else "regular"
        files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, **held})
    handler.say({"files": files})


def batch(handler: Handler) -> None:
    objects = []
    for own in handler.json()["objects"]:
        place = f"{handler.server.url}/store/{own['oid']}"
        actions = {"upload": {"href": place}, "verify": {"href": f"{place}/verify"}}
        objects.append(own if own["oid"] in handler.server.stored else {**own, "actions": actions})
    handler.say({"transfer": "basic", "objects": objects})


def store(handler: Handler, oid: str) -> None:
    content = handler.body()
    if handler.headers.get("Authorization") is not None:
        handler.say({"error": "a token went to the store of files"}, 400)
    elif hashlib.sha256(content).hexdigest() != oid:
        handler.say({"error": "these are other bytes"}, 400)
    else:
        handler.server.stored[oid] = content
        handler.say({})


def verify(handler: Handler, oid: str) -> None:
    asked = handler.json()
    whole = len(handler.server.stored.get(oid, b"")) == asked["size"]
    handler.say({}, 200 if whole else 404)


def commit(handler: Handler, key: str) -> None:
    lines = [json.loads(line) for line in handler.body().splitlines()]
    propose = "create_pr" in handler.query
    found = handler.repo(key, write=not propose)
    if found is None:
        return
    files, large = dict(found.files), set(found.large)
    for line in lines[1:]:
        own = line["value"]
        if line["key"] == "lfsFile":
            if own["oid"] not in handler.server.stored:
                handler.fail(422, f"{own['path']} never arrived")
                return
            files[own["path"]] = handler.server.stored[own["oid"]]
            large.add(own["path"])
        elif line["key"] == "file":
            files[own["path"]] = base64.b64decode(own["content"])
            large.discard(own["path"])
    oid = hashlib.sha1(repr((len(found.commits), sorted(files.items()))).encode()).hexdigest()
    answer: dict[str, Any] = {"commitUrl": f"{handler.server.url}/{key}/commit/{oid}", "commitOid": oid}
    if propose:
        found.pull_requests.append(files)
        answer["pullRequestUrl"] = f"{handler.server.url}/{key.split('/', 1)[1]}/discussions/1"
    else:
        found.files, found.large = files, large
        found.commits.append(oid)
        found.messages.append(lines[0]["value"]["summary"])
    handler.say(answer)


def resolve(handler: Handler, kind: str | None, name: str, revision: str, path: str) -> None:
    found = handler.repo(f"{kind or 'models'}/{name}")
    if found is None:
        return
    if revision not in ("main", *found.commits):
        handler.fail(404, "Invalid rev", "RevisionNotFound")
    elif path not in found.files:
        handler.fail(404, "Entry not found", "EntryNotFound", X_Repo_Commit=found.commits[-1])
    else:
        handler.say(found.files[path], X_Repo_Commit=found.commits[-1], ETag=f'"{found.oid(path)}"')


_KEY = r"((?:models|datasets|spaces)/[\w.-]+/[\w.-]+)"
ROUTES: list[tuple[str, Callable[..., None]]] = [
    (r"GET /api/whoami-v2", whoami),
    (r"POST /api/repos/create", create),
    (r"POST /api/validate-yaml", validate),
    (rf"GET /api/{_KEY}(?:/revision/(.+))?", info),
    (rf"GET /api/{_KEY}/tree/.+", tree),
    (rf"POST /api/{_KEY}/preupload/.+", preupload),
    (rf"POST /api/{_KEY}/commit/.+", commit),
    (r"POST /.+\.git/info/lfs/objects/batch", batch),
    (r"PUT /store/(\w+)", store),
    (r"POST /store/(\w+)/verify", verify),
    (r"(?:GET|HEAD) /(?:(datasets|spaces)/)?([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)", resolve),
]


@pytest.fixture
def hub_server() -> Iterator[HubServer]:
    """A Hub on loopback with the account "me" (tokens `WRITER` and `READER`)."""
    server = HubServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
