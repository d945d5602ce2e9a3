"""What `hf-toxspan quads` extracts with, as its options say, and the line that says what it came to."""

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hf_toxspan.cli import classifier, language_model

if TYPE_CHECKING:
    from hf_toxspan.cli.flow import Classify
    from hf_toxspan.generation.quadruple_voter import Voted, Voting
    from hf_toxspan.llm.calls import Request
    from hf_toxspan.llm.runner import Asker
    from hf_toxspan.retrieval.demonstrations import DemonstrationStore


def voting_of(args: argparse.Namespace) -> "Voting":
    """Return how texts are voted on.

    Args:
        args: The parsed options.

    Returns:
        The settings.

    Raises:
        ValueError: If a number is out of range.
    """
    from hf_toxspan.core.vote_rules import VoteRule
    from hf_toxspan.generation.polls import Reading
    from hf_toxspan.generation.quadruple_voter import Voting
    from hf_toxspan.llm.calls import Parameters

    rule = VoteRule(
        stop=args.stop,
        tau=args.tau,
        confidence=args.confidence,
        epsilon=args.epsilon,
        max_rounds=args.max_rounds,
        redraws=args.redraws,
        settle=args.stop != "fixed",  # who asks for all rounds wants them, to study them
        seed=args.seed,
    )
    parameters = Parameters(max_tokens=args.answer_tokens, temperature=args.temperature)
    return Voting(rule, Reading(args.form, args.count, args.support), parameters, args.shots, args.ahead)


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """Return what of the options changes a row."""
    if args.model:
        return classifier.fingerprint(args.model)
    names = ("llm", "base_url", "provider", "shots", "split", "form", "temperature", "stop", "tau", "confidence")
    more = ("epsilon", "max_rounds", "redraws", "count", "support", "seed", "record", "answer_tokens", "ahead")
    shown = classifier.fingerprint(args.demonstrations) if args.demonstrations else {"model": None}
    return {name: getattr(args, name) for name in (*names, *more)} | {"demonstrations": shown}


def first_requests(args: argparse.Namespace, texts: Sequence[str]) -> "list[Request]":
    """Return what the first round would ask, without a model."""
    from hf_toxspan.generation.quadruple_voter import write_requests

    return write_requests(texts, _demonstrations(args), voting_of(args), split=args.split)


def load_voter(args: argparse.Namespace, output: Path | None, opened: ExitStack) -> "Classify":
    """Load what votes.

    Args:
        args: The parsed options.
        output: The file that the rows will be written to; None for standard output.
        opened: Closes the store of answers.

    Returns:
        Texts -> rows.

    Raises:
        ValueError: If a model can't be loaded, or an option is out of range.
        OSError: If a file can't be read.
    """
    from hf_toxspan.generation.quadruple_voter import QuadrupleVoter

    voting, shown = voting_of(args), _demonstrations(args)
    voter = QuadrupleVoter(_asker(args, output, opened, voting), shown, voting)

    def classify(texts: list[str]) -> list[Mapping[str, Any]]:
        voted = voter(texts, split=args.split)
        return [_row(args, own, text) for own, text in zip(voted, texts, strict=True)]

    return classify


def _asker(args: argparse.Namespace, output: Path | None, opened: ExitStack, voting: "Voting") -> "Asker":
    from hf_toxspan.llm.local import LocalLLM
    from hf_toxspan.llm.pacing import Budget
    from hf_toxspan.llm.runner import Asker
    from hf_toxspan.llm.store import AnswerStore

    llm = language_model.load(args, samples=voting.ahead)
    if isinstance(llm, LocalLLM):  # --concurrency counts texts, a batch draws
        llm.batch_size = args.concurrency * max(voting.shots, 1) * voting.ahead
    if output is None:
        path = str(Path(args.store).expanduser()) if args.store else ":memory:"
    else:
        path = args.store if args.store == ":memory:" else str(language_model.store_path(args, output))
    store = opened.enter_context(AnswerStore(path))
    return Asker(llm, store, budget=Budget(args.max_calls, args.max_tokens), quiet=True)


def _demonstrations(args: argparse.Namespace) -> "DemonstrationStore | None":
    if not args.demonstrations:
        return None
    from hf_toxspan.retrieval.demonstrations import DemonstrationStore

    classifier.silence_transformers()
    return DemonstrationStore.load(os.path.expanduser(args.demonstrations))


def _row(args: argparse.Namespace, voted: "Voted", text: str) -> dict[str, Any]:
    from hf_toxspan.evaluation.recorded_votes import collect
    from hf_toxspan.pipelines.toxic_quadruple_extraction import HATE, voted_dict

    row = voted_dict(voted, text)
    toxic = None if row["label"] is None else row["label"] == HATE
    row = {**{name: row[name] for name in ("label", "score")}, "toxic": toxic, **row}
    if args.record:
        record = collect("", text, args.form, voted.answers)
        row |= {"form": record.form, "answers": record.answers, "draws": record.draws}
    if voted.status != "voted":
        row["error"] = f"{voted.status}: {voted.detail}"
    return row


def load_encoder(args: argparse.Namespace) -> "Classify":
    """Load the encoder that finds quadruples without a language model.

    Args:
        args: The parsed options.

    Returns:
        Texts -> rows.

    Raises:
        FileNotFoundError: If a folder is named that does not exist.
        ValueError: If it can't be loaded.
    """
    from hf_toxspan.pipelines.toxic_quadruple_extraction import HATE, QUADRUPLE_TASK

    pipe = classifier.load_pipeline(args.model, task=QUADRUPLE_TASK, device=args.device)
    if pipe.encoder is None:
        raise ValueError(f"--model {args.model} is a language model; pass it as --llm {args.model} --local")

    def classify(texts: list[str]) -> list[Mapping[str, Any]]:
        return [{**own, "toxic": own["label"] == HATE} for own in pipe(texts, batch_size=args.batch_size)]

    return classify


class Tally:
    """Counts what became of the texts, for the lines at the end."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.stops: Counter[str] = Counter()
        self.cost: Counter[str] = Counter()

    def counting(self, classify: "Classify") -> "Classify":
        """Return a function of texts that does the same and is counted."""

        def counted(texts: list[str]) -> Sequence[Mapping[str, Any]]:
            rows = classify(texts)
            self.recall(rows)
            return rows

        return counted

    def recall(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count rows; those that could not be read have no status."""
        for row in rows:
            if "status" in row:
                self.statuses[row["status"]] += 1
                self.stops[row["stopped_by"]] += row["status"] == "voted"
                names = ("generations", "calls", "cached", "prompt_tokens", "completion_tokens")
                self.cost.update({name: row.get(name, 0) for name in names})

    @property
    def waiting(self) -> int:
        """Texts that a later run would ask about again."""
        from hf_toxspan.llm.outcomes import WAITING

        return sum(self.statuses[name] for name in WAITING)

    def line(self) -> str:
        """Return what it came to, in one line."""
        statuses = ", ".join(f"{count:,} {name}" for name, count in self.statuses.most_common())
        stops = ", ".join(f"{count:,} by {name}" for name, count in self.stops.most_common() if count)
        cost = self.cost
        return (
            f"{statuses or 'no texts'} (stopped: {stops or 'none'}); {cost['generations']:,} votes drawn, "
            f"{cost['calls']:,} calls, {cost['cached']:,} answers from the store; {cost['prompt_tokens']:,} tokens "
            f"read, {cost['completion_tokens']:,} written"
        )
