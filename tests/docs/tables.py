"""What of the pages is not run as it stands, all of it, by name and with its reason; everything else is run."""

from typing import NamedTuple

ELSEWHERE = {
    "evaluate_metrics/*/README.md": "tests/metrics/test_spaces.py runs their Python as doctests and their commands",
    "CONTRIBUTING.md": "",
    "CHANGELOG.md": "",
    "tests/benchmarks/README.md": "",
}
"""Pages that another test runs; where no reason stands, the page has no block."""

SHOWN = {
    "bibtex": "a citation",
    "mermaid": "a drawing",
}
"""Languages that nobody runs."""


class NotRun(NamedTuple):
    """Commands that begin with some words are not run: why, and what is checked in place of that."""

    start: str
    reason: str


NOT_RUN = (
    NotRun("python3 -m venv", ".ci/run runs the README's two commands to the letter, in a fresh environment"),
    NotRun(".venv/bin/pip install", "the same; that the extras it names exist is checked"),
    NotRun(".venv/bin/python -m pytest", "the same: it is this very run"),
    NotRun("pip install", "it would change this environment; that the extras it names exist is checked"),
    NotRun("vllm serve", "needs a GPU and vLLM; a scripted server answers at its address here"),
    NotRun("python docs/build_api.py", "tests/docs/test_build_api.py runs it, in a process of its own"),
    NotRun("hf auth login", "asks a person for a token"),
)

ABLATION = (
    "python examples/ablate_toxitrace.py --spans toxirewritecn:train.json --labels cold:train.csv --dev cold:dev.csv "
    "--seeds 1 2 3"
)
PUSH = "hf-toxspan push model runs/cold --repo me/cold-spans --license mit --language zh --report COLD dev (zh)=zh.json"
DEMOS = (
    "hf-toxspan demo --model runs/cold --compare runs/hatexplain --port 7861 --language zh",
    "hf-toxspan demo --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 --max-calls 500 --port 7862",
)
PARSED = {
    **dict.fromkeys(DEMOS, "the page starts once, by the guide's first command; tests/demo opens it in a browser"),
    ABLATION: "some hours: eight trainings a seed; tests/recipes/test_ablation.py runs it small",
    PUSH: "needs the Hub and a token; tests/hub sends to a server on loopback",
}
"""Commands, each with the reason why its options are parsed and no more."""


class Shortened(NamedTuple):
    """Commands that begin with some words get more options, to end in seconds on tiny models."""

    start: str
    options: str


SHORTENED = (
    Shortened(
        "hf-toxspan train srag",
        "--hold_back 4 --steps 2 --save_steps 2 --eval_rows 1 --accumulate 1 --max_length 400",
    ),
    Shortened("hf-toxspan train quadruple_encoder", "--hold_back 8 --epochs 1"),
    Shortened("hf-toxspan train toxitrace", "--epochs 2 --warmup_epochs 1"),
    Shortened("hf-toxspan train rated", "--epochs 1"),
    Shortened("python examples/train_rated.py", "--epochs 1"),
    Shortened("python examples/train_judge.py", "--steps 2 --save_steps 2"),
    Shortened("python examples/distil_spans.py", "--epochs 1"),
)
"""Data and models are tiny too (`tests/docs/desk.py`), under the names that the pages use."""

STEPS = 2
"""A trainer of a Python block stops after so many steps."""
