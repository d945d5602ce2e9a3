"""The cascade that the options of a command ask for, and the line that says what it came to."""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hf_toxspan.cli import classifier, language_model, obfuscation

if TYPE_CHECKING:
    from hf_toxspan.cli.flow import Classify
    from hf_toxspan.core.routing import Region
    from hf_toxspan.core.verdicts import MergeRules
    from hf_toxspan.judging.judge import Judge
    from hf_toxspan.llm.store import AnswerStore
    from hf_toxspan.pipelines.cascade_judge import CascadeJudgePipeline

CHAT_JUDGES = {"chat": "judge", "specialist": "judge_short"}
"""Judges that a prompt makes, each with its packaged one."""


def read_region(written: str) -> "Region":
    """Return the region that an option names.

    Args:
        written: ``all``, ``none``, ``LOW:HIGH``, or a file.

    Returns:
        The region.

    Raises:
        ValueError: If it is none of these.

    >>> read_region("0.5:0.75").high
    0.75
    """
    from hf_toxspan.core.routing import EVERYTHING, NOTHING, Region

    known = {"all": EVERYTHING, "none": NOTHING}
    if written in known:
        return known[written]
    path = Path(written).expanduser()
    if path.is_file():
        return Region.from_json(path.read_text(encoding="utf-8"))
    try:
        low, high = map(float, written.split(":"))
    except ValueError:
        raise ValueError(f"--region is {written!r}; expected all, none, LOW:HIGH such as 0.5:0.8, or a file") from None
    return Region(low, high)


def merge_rules(args: argparse.Namespace) -> "MergeRules":
    """Return how verdicts are merged: as asked, else as the region's file says that it was found.

    Args:
        args: The parsed options.

    Returns:
        The rules.

    Raises:
        ValueError: If a number is out of range.
    """
    from hf_toxspan.core.verdicts import MergeRules

    path = Path(args.region).expanduser()
    written = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    try:
        known = dict(written.get("provenance", {}).get("merged_anew", {}))
    except (AttributeError, TypeError, ValueError):
        raise ValueError(
            f"{path} does not say how its region was found: its provenance is not what hf-toxspan calibrate wrote; "
            "take the provenance out, and pass --judge-weight and --keep-toxic as they are needed"
        ) from None
    weight = known.get("judge_weight") if args.judge_weight is None else args.judge_weight
    keep = known.get("keep_toxic") if args.keep_toxic is None else args.keep_toxic
    return MergeRules(1.0 if weight is None else weight, keep)


def call_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options of a call of the pipeline."""
    return {
        "batch_size": args.batch_size,
        "return_saliency": args.saliency,
        "explain_all": args.explain_all,
        "max_spans": args.max_spans,
    }


def settings(args: argparse.Namespace, region: "Region") -> dict[str, Any]:
    """Return what of the cascade's options changes a row."""
    names = ("judge", "llm", "base_url", "provider", "structured", "no_logprobs", "answer_tokens")
    more = ("slang_without", "trusting")
    files = {name: _digest(getattr(args, name)) for name in ("prompt", "slang")}
    rules = merge_rules(args)
    merged = {"judge weight": rules.judge_weight, "keep toxic": rules.keep_toxic}
    return {"region": region.to_json(), **merged} | {name: getattr(args, name) for name in (*names, *more)} | files


def _digest(path: str | None) -> str | None:
    """Return what tells the content of a file from another's."""
    return path and hashlib.sha256(Path(path).expanduser().read_bytes()).hexdigest()[:12]


def load(args: argparse.Namespace, region: "Region", open_store: Callable[[], "AnswerStore"]) -> "CascadeJudgePipeline":
    """Load the classifier and the judge's model, and put them together.

    Args:
        args: The parsed options.
        region: Which texts are judged.
        open_store: Opens what keeps the answers, when nothing else can go wrong.

    Returns:
        The cascade.

    Raises:
        ValueError: If a model can't be loaded, or an option is out of range.
        OSError: If a file can't be read.
    """
    from hf_toxspan.judging.wariness import WaryJudge
    from hf_toxspan.llm.pacing import Budget, Retries
    from hf_toxspan.pipelines.cascade_judge import CASCADE_TASK, CascadeJudgePipeline

    normaliser = obfuscation.normaliser_of(args)
    plain = classifier.load_pipeline(args.model, device=args.device, dtype=args.dtype, toxic_labels=args.toxic_label)
    judge = _judge(args, plain.extractor.labels.kinds)
    return CascadeJudgePipeline(
        model=plain.model,
        tokenizer=plain.tokenizer,
        task=CASCADE_TASK,
        toxic_labels=args.toxic_label,
        second_reading=normaliser,
        judge=judge if args.trusting else WaryJudge(judge),
        llm=language_model.load(args),
        region=region,
        rules=merge_rules(args),
        store=open_store(),
        retries=Retries(patience=args.patience),
        budget=Budget(args.max_calls, args.max_tokens),
    )


def _judge(args: argparse.Namespace, labels: Mapping[str, bool]) -> "Judge":
    """Return the judge that the options name; a chat model chooses among the classifier's labels."""
    from hf_toxspan.judging.guards import GUARDS, load_guard

    if args.judge in GUARDS:
        if args.slang or args.structured or args.prompt:
            raise ValueError(f"--judge {args.judge} has its own format; leave --slang, --structured and --prompt away")
        return load_guard(args.judge)
    if args.judge not in CHAT_JUDGES:
        raise ValueError(f"--judge is {args.judge!r}; expected one of {', '.join([*CHAT_JUDGES, *GUARDS])}")
    from hf_toxspan.judging.chat import ChatJudge

    parameters = language_model.parameters(args)
    if not args.no_logprobs:
        parameters = replace(parameters, logprobs=True, top_logprobs=20)
    prompt = language_model.prompt(args, CHAT_JUDGES[args.judge])
    return ChatJudge(labels, prompt, _slang(args), parameters, args.structured)


def _slang(args: argparse.Namespace) -> Any:
    if not args.slang:
        return None
    from hf_toxspan.retrieval.knowledge import KnowledgeBase

    return KnowledgeBase.load(Path(args.slang).expanduser()).without(*args.slang_without).notes


class Tally:
    """Counts what became of the texts, for the lines at the end."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.cost: Counter[str] = Counter()
        self.waiting = 0

    def counting(self, classify: "Classify") -> "Classify":
        """Return a function of texts that does the same and is counted."""

        def counted(texts: list[str]) -> Sequence[Mapping[str, Any]]:
            results = classify(texts)
            for result in results:
                self._count(result)
            return results

        return counted

    def recall(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count the rows that an interrupted run left behind; those that could not be read have no answer."""
        for row in rows:
            if "error" not in row:
                self._count(row)

    def _count(self, result: Mapping[str, Any]) -> None:
        from hf_toxspan.llm.outcomes import WAITING

        judge = result["judge"]
        self.statuses[judge["status"] if judge else "fast"] += 1
        if judge:
            self.cost.update({name: judge[name] for name in ("calls", "cached", "prompt_tokens", "completion_tokens")})
            self.cost["changed"] += result["label"] != result["backbone"]["label"]
            self.waiting += judge["status"] in WAITING

    def line(self) -> str:
        """Return what it came to, in one line."""
        total, fast = self.statuses.total(), self.statuses["fast"]
        others = ", ".join(f"{count:,} {name}" for name, count in self.statuses.most_common() if name != "fast")
        asked = f"judge asked about {total - fast:,} of {total:,} texts"
        if total == fast:
            return asked
        cost = self.cost
        return (
            f"{asked} ({others}), {cost['changed']:,} labels changed; {cost['calls']:,} calls, "
            f"{cost['cached']:,} answers from the store; {cost['prompt_tokens']:,} tokens read, "
            f"{cost['completion_tokens']:,} written"
        )
