"""`hf-toxspan push` as a user runs it, against a Hub on loopback, and what others then load from there."""

import json
import os
import signal
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.cli.main import main
from tests.hub_server import WRITER, Handler, HubServer

PUSH_AND_LOAD = """
import json, sys
from hf_toxspan.cli.main import main
folder, *more = sys.argv[1:]
push = ["push", "model", folder, "--repo", "me/mine", "--license", "mit"]
assert main(push) == 0 and main(push) == 0
from transformers import pipeline
answers = [pipeline("toxic-span-extraction", model=own)("you stupid fool, hello") for own in (folder, "me/mine")]
print("\\n" + json.dumps(answers))
"""
"""Push a model, push it again, and load it from there."""
PUSH_OTHERS = """
import sys
from hf_toxspan.cli.main import main
assert main(["push", "metric", "toxic_span_f1", "--repo", "me/toxic_span_f1", "-q"]) == 0
assert main(["push", "knowledge-base", sys.argv[1], "--repo", "ours/slang", "--license", "apache-2.0", "-q"]) == 0
import evaluate
print("\\n%.3f" % evaluate.load("me/toxic_span_f1").compute(predictions=[[[0, 4]]], references=[[[2, 4]]])["char_iou"])
"""
"""Push a metric and a knowledge base, and load the metric from there."""


needs_gradio = pytest.mark.skipif(find_spec("gradio") is None, reason="a Space names the installed gradio")


def environment(server: HubServer, home: Path, **more: str) -> dict[str, str]:
    """Return that of a user of the loopback Hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    own = {"HF_ENDPOINT": server.url, "HF_TOKEN": WRITER, "HF_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return {**kept, **own, "HF_MODULES_CACHE": str(home / "modules"), **more}


def run(server: HubServer, home: Path, *command: str, **more: str) -> str:
    """Run Python, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *command], env=environment(server, home, **more), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> Path:
    """A trained model's folder."""
    place = tmp_path / "trained"
    taught_model.save_pretrained(place)
    tiny_tokenizer.save_pretrained(place)
    return place


@pytest.mark.parametrize(
    ("large_from", "xet"), [(10_000, {"HF_HUB_DISABLE_XET": "1"}), (None, {})], ids=["lfs", "regular"]
)
def test_a_pushed_model_answers_as_before(
    hub_server: HubServer, folder: Path, tmp_path: Path, large_from: int | None, xet: dict[str, str]
) -> None:
    hub_server.large_from = large_from

    told = run(hub_server, tmp_path / "home", "-c", PUSH_AND_LOAD, str(folder), **xet)

    repo = hub_server.repos["models/me/mine"]
    assert f"Sent: {hub_server.url}/me/mine (commit {repo.commits[-1][:8]})" in told
    assert f"Nothing to send: {hub_server.url}/me/mine holds these files already" in told
    assert len(repo.messages) == 1
    assert bool(hub_server.called("PUT")) == (large_from is not None)
    before, after = json.loads(told.splitlines()[-1])
    assert after == before and after["spans"]
    assert hub_server.called(r"GET /me/mine/resolve/\w+/model.safetensors")


@needs_gradio
def test_a_pushed_metric_is_found_by_its_address(hub_server: HubServer, tmp_path: Path) -> None:
    glossary = tmp_path / "mine.jsonl"
    assert main(["mine-slang", "--data", "sample:train", "--output", str(glossary), "-q"]) == 0

    told = run(hub_server, tmp_path / "home", "-c", PUSH_OTHERS, str(glossary))

    repo = hub_server.repos["spaces/me/toxic_span_f1"]
    assert set(repo.files) == {"README.md", "app.py", "requirements.txt", "tests.py", "toxic_span_f1.py"}
    assert repo.sdk == "gradio"
    assert told.splitlines()[-1] == "0.500"
    assert hub_server.called("GET /spaces/me/toxic_span_f1/resolve/main/toxic_span_f1.py")
    knowledge = hub_server.repos["datasets/ours/slang"]
    assert knowledge.files["slang.jsonl"] == glossary.read_bytes()
    assert b'hf_hub_download("ours/slang", "slang.jsonl", repo_type="dataset")' in knowledge.files["README.md"]


def test_a_run_that_was_interrupted_is_completed_by_the_same_command(
    hub_server: HubServer, folder: Path, tmp_path: Path
) -> None:
    hub_server.large_from = 10_000
    reached, go_on = threading.Event(), threading.Event()

    def hold(handler: Handler, call: str) -> bool:
        if not call.startswith("PUT"):
            return False
        handler.rfile.read(1000)
        reached.set()
        return go_on.wait(300)

    hub_server.trouble = hold
    arguments = ["model", str(folder), "--repo", "me/mine", "-q"]
    started = subprocess.Popen(
        [sys.executable, "-m", "hf_toxspan.cli.main", "push", *arguments],
        env=environment(hub_server, tmp_path, HF_HUB_DISABLE_XET="1"),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reached.wait(300)
    started.send_signal(signal.SIGINT)
    _, told = started.communicate(timeout=60)  # the server still holds the file
    go_on.set()
    assert (started.returncode, told) == (130, "hf-toxspan: interrupted\n")
    assert hub_server.repos["models/me/mine"].files == {}

    hub_server.trouble = lambda handler, call: False
    run(hub_server, tmp_path, "-m", "hf_toxspan.cli.main", "push", *arguments, HF_HUB_DISABLE_XET="1")
    files = hub_server.repos["models/me/mine"].files
    assert files["model.safetensors"] == (folder / "model.safetensors").read_bytes()


def test_a_dry_run_writes_what_would_be_sent_and_sends_nothing(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "training_args.bin").write_bytes(b"\x80\x04.")
    look = tmp_path / "look"

    assert main(["push", "model", str(folder), "--repo", "me/mine", "--dry-run", str(look)]) == 0

    told = capfd.readouterr().out
    assert "left behind: training_args.bin (pickled arguments" in told and "nothing was sent" in told
    assert {own.name for own in look.iterdir()} == {
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    }  # fmt: skip
    assert (look / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert 'model="me/mine"' in (look / "README.md").read_text(encoding="utf-8")

    assert main(["push", "model", str(folder), "--dry-run", str(look)]) == 2
    assert "exists and is not empty" in capfd.readouterr().err


def header(look: Path) -> dict[str, Any]:
    """Return the front matter of a written card."""
    return yaml.safe_load((look / "README.md").read_text(encoding="utf-8").split("---\n")[1])


def test_reports_go_into_the_card_beside_other_models(folder: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "".join(
            json.dumps({"text": text, "toxic": bool(spans), "spans": spans}) + "\n"
            for text, spans in (("you fool", [[4, 8]]), ("hello world", []), ("ugly trash", [[0, 10]]), ("nice", []))
        )
    )
    for name in ("student.json", "teacher.json"):
        told = ["--model", str(folder), "--data", str(rows), "--output", str(tmp_path / name)]
        assert main(["evaluate", *told]) == 0
    arguments = [
        "--report",
        f"Rows (en)={tmp_path / 'student.json'}",
        "--compare",
        f"teacher={tmp_path / 'teacher.json'}",
    ]

    assert main(["push", "model", str(folder), "--dry-run", str(tmp_path / "look"), "-q", *arguments]) == 0

    card = (tmp_path / "look" / "README.md").read_text(encoding="utf-8")
    for words in ("| Rows (en) (4 texts) | **this model** |", "|  | mark everything |", "|  | teacher |"):
        assert words in card
    assert str(tmp_path) not in card
    (labels, spans) = header(tmp_path / "look")["model-index"][0]["results"]
    assert (labels["dataset"]["name"], spans["task"]["type"]) == ("Rows (en)", "token-classification")
    stored = json.loads((tmp_path / "student.json").read_text())["protocols"]["toxic_or_not"]["systems"][str(folder)]
    assert labels["metrics"][0]["value"] == round(stored["macro_f1"], 4)
    assert labels["metrics"][0]["args"]["confidence_interval_95"] == [
        round(end, 4) for end in stored["confidence_intervals"]["macro_f1"]
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("pytorch_model.bin", b"\x80\x02", "save weights as safetensors"),
        ("model.pt", b"PK", "save weights as safetensors"),
        ("modeling_mine.py", b"", "code; models of hf_toxspan need none"),
        (".env", b"A=1", "by its name it holds secrets"),
        ("train.jsonl", b"{}", "it looks like data"),
        ("what.dat", b"", "not known as a file of a model"),
        ("NOTICE", b"token: hf_" + b"a" * 34, "line 1 looks like a Hugging Face token"),
        ("LICENSE", b"\x80\x04\x95", "begins like a pickle"),
    ],
)
def test_what_must_not_be_published_stops_it(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, content: bytes, told: str
) -> None:
    (folder / name).write_bytes(content)

    assert main(["push", "model", str(folder), "--dry-run", str(tmp_path / "look")]) == 2

    error = capfd.readouterr().err
    assert f"{name} (" in error and told in error and "--exclude" in error
    assert "a" * 34 not in error
    assert not (tmp_path / "look").exists()
    assert main(["push", "model", str(folder), "--dry-run", str(tmp_path / "look"), "--exclude", name]) == 0
    assert not (tmp_path / "look" / name).exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "where to? Pass --repo"),
        (["--repo", "mine"], "expected namespace/name"),
        (["--repo", "me/a--b"], "--repo is 'me/a--b'"),
        (["--dry-run", "look", "--timeout", "0"], "--timeout is 0.0"),
        (["--dry-run", "look", "--watts", "3"], "--watts and --grid belong together"),
        (["--dry-run", "look", "--watts", "3", "--grid", "1"], "pass --hours"),
        (["--dry-run", "look", "--report", "none.json"], "none.json does not exist"),
        (["--dry-run", "look", "--compare", "none.json"], "expected SYSTEM=FILE"),
        (["--dry-run", "look", "--keep-readme"], "README.md does not exist"),
    ],
)
def test_a_slip_is_told(
    folder: Path, arguments: list[str], told: str, capfd: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)

    assert main(["push", "model", str(folder), *arguments]) == 2
    assert told in capfd.readouterr().err
    assert not Path("look").exists()


def test_a_readme_that_somebody_wrote_is_not_replaced_unasked(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "README.md").write_text("# By hand\n")

    assert main(["push", "model", str(folder), "--dry-run", str(tmp_path / "a")]) == 2
    assert "--keep-readme" in capfd.readouterr().err
    assert main(["push", "model", str(folder), "--dry-run", str(tmp_path / "b"), "--keep-readme"]) == 0
    assert (tmp_path / "b" / "README.md").read_text() == "# By hand\n"
    assert main(["push", "model", str(folder), "--dry-run", str(tmp_path / "c"), "--replace-readme"]) == 0
    assert "written by hf_toxspan" in (tmp_path / "c" / "README.md").read_text()
    assert (folder / "README.md").read_text() == "# By hand\n"


@needs_gradio
def test_the_demo_space_shows_the_model(tmp_path: Path) -> None:
    assert main(["push", "space", "--model", "me/mine", "--dry-run", str(tmp_path / "look"), "-q"]) == 0

    assert {own.name for own in (tmp_path / "look").iterdir()} == {"README.md", "app.py", "requirements.txt"}
    assert "MODEL = 'me/mine'" in (tmp_path / "look" / "app.py").read_text()
    assert header(tmp_path / "look")["models"] == ["me/mine"]


@pytest.mark.parametrize("kind", [[], ["model"], ["metric"], ["space"], ["knowledge-base"]])
def test_help_teaches(kind: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["push", *kind, "--help"])

    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(len(line) <= 120 for line in told.splitlines())
    if not kind:
        assert "hf-toxspan push model runs/cold --dry-run look" in told and "HF_TOKEN" in told
    else:
        assert "--dry-run" in told
