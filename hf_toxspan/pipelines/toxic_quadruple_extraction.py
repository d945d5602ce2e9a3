"""``pipeline("toxic-quadruple-extraction")``: who is attacked with what, in which group, and whether it is hateful."""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from hf_toxspan.core.quadruple_places import LocatedQuadruple
from hf_toxspan.core.quadruples import NON_HATE, NULL, split_groups
from hf_toxspan.core.spans import merge
from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.generation.quadruple_voter import QuadrupleVoter, Voted, Voting
from hf_toxspan.llm.local import LocalLLM, model_name
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_extraction import ExtractedQuadruple, QuadrupleExtractor
from hf_toxspan.pipelines.registration import register_tasks
from hf_toxspan.pipelines.text_pipeline import TextPipeline, given
from hf_toxspan.retrieval.demonstrations import DemonstrationStore

QUADRUPLE_TASK = "toxic-quadruple-extraction"
HATE, CLEAN = "hate", NON_HATE
"""The label of a text: hate where one of its quadruples is."""


class ToxicQuadrupleExtractionPipeline(TextPipeline):
    """Extract quadruples (target, argument, groups, hateful) with their places.

    The model is a chat model that was taught to write them, which is asked again and again until a vote is decided
    (SRAG-MAV), or the encoder that finds them in one pass, without an LLM; the checkpoint says which. For a model
    behind a server use `hf_toxspan.generation.quadruple_voter.QuadrupleVoter`, or ``hf-toxspan quads``.

    Example:
        ```python
        import hf_toxspan
        from transformers import pipeline

        pipe = pipeline(
            "toxic-quadruple-extraction", model="runs/srag/merged", demonstrations="runs/srag/demonstrations"
        )
        pipe("What a stupid idea, you fool.")
        # {"label": "hate", "score": 0.8, "spans": [{"start": 24, "end": 28, "text": "fool", "score": 0.8}, ...],
        #  "quadruples": [{"target": "you", "argument": "fool", "groups": ["others"], "hateful": True,
        #                  "target_span": [20, 23], "argument_span": [24, 28]}],
        #  "votes": [{"answer": "you | fool | others [END]", "votes": 16}, ...], "agreement": 0.8, "generations": 20,
        #  "stopped_by": "stratified", "status": "voted", ...}
        ```

    Args:
        *args: As for every `transformers.Pipeline`.
        demonstrations: Chat model: a store of examples to show, or its folder; none are shown when None.
        rule: Chat model: when a vote stops; that of `voting` when None.
        voting: Chat model: how texts are voted on; its ``form`` must be that which the model was taught.
        store: Chat model: keeps the answers, so that no draw is made twice; in memory when None.
        **kwargs: As for every `transformers.Pipeline`.

    Raises:
        ValueError: If the model is neither, or options of a chat model are given to the encoder.
    """

    def __init__(
        self,
        *args: Any,
        demonstrations: DemonstrationStore | str | PathLike[str] | None = None,
        rule: VoteRule | None = None,
        voting: Voting | None = None,
        store: AnswerStore | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.encoder: QuadrupleExtractor | None = None
        self.voter: QuadrupleVoter | None = None
        if isinstance(self.model, QuadrupleEncoder):
            if any(own is not None for own in (demonstrations, rule, voting, store)):
                raise ValueError(
                    "the model is an encoder, which neither shows demonstrations nor votes; leave them away"
                )
            self.encoder = QuadrupleExtractor(self.model.eval(), self.tokenizer)
            return
        if getattr(self.tokenizer, "chat_template", None) is None:
            raise ValueError(
                f"the model is a {type(self.model).__name__} without a chat template; expected a chat model, such as "
                "examples/train_srag.py teaches, or a QuadrupleEncoder; none ships with the package: pass model=..."
            )
        if isinstance(demonstrations, str | PathLike):
            demonstrations = DemonstrationStore.load(demonstrations)
        llm = LocalLLM(self.model.eval(), self.tokenizer, model_name(self.model.config._name_or_path))
        asker = Asker(llm, AnswerStore(":memory:") if store is None else store, quiet=True)
        own = voting or Voting()
        self.voter = QuadrupleVoter(asker, demonstrations, replace(own, rule=rule or own.rule))

    def _sanitize_parameters(
        self, batch_size: int | None = None, split: str | None = None
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return {}, given({"batch_size": batch_size, "split": split}), {}

    def preprocess(self, input_: list[str], **_: Any) -> dict[str, Any]:
        """Wrap a chunk of texts."""
        return {"texts": input_}

    def _forward(self, input_tensors: dict[str, Any], batch_size: int = 32, split: str | None = None) -> dict[str, Any]:
        # Dicts already here: between the two steps transformers turns named tuples into plain ones.
        texts = input_tensors["texts"]
        if self.encoder is not None:
            found = self.encoder(texts, batch_size=batch_size)
            return {"results": [found_dict(own, text) for own, text in zip(found, texts, strict=True)]}
        assert self.voter is not None
        llm = self.voter.asker.llm
        assert isinstance(llm, LocalLLM)
        llm.batch_size = max(batch_size, self.voter.voting.shots)
        voted = self.voter(texts, split=split)
        return {"results": [voted_dict(own, text) for own, text in zip(voted, texts, strict=True)]}

    def postprocess(self, model_outputs: dict[str, Any], **_: Any) -> list[dict[str, Any]]:
        """Return the dicts that users see."""
        results: list[dict[str, Any]] = model_outputs["results"]
        return results


def voted_dict(voted: Voted, text: str) -> dict[str, Any]:
    """Return the output for a text that was voted on.

    Args:
        voted: What the vote says.
        text: The text.

    Returns:
        ``label``, ``score`` (the winner's share of the votes), ``spans`` (targets and arguments of what is hateful),
        ``quadruples``, and how the vote went; label and score are None where it was not decided: ``status`` and
        ``detail`` say why.
    """
    result, decided = voted.result, voted.status == "voted"
    agreement = round(result.agreement, 4)
    return {
        **_labelled(voted.quadruples, text, [agreement] * len(voted.quadruples), agreement if decided else None),
        "quadruples": [_quadruple_dict(own) for own in voted.quadruples],
        "votes": [{"answer": answer, "votes": count} for answer, count in voted.votes],
        "agreement": agreement,
        "generations": result.generations,
        "stopped_by": result.stopped_by,
        "certified": result.certified,
        "tied": result.tied,
        "rounds": result.rounds,
        "invalid": result.invalid,
        "lost": result.lost,
        "status": voted.status,
        "detail": voted.detail,
        "demonstrations": voted.demonstrations,
        **voted.cost,
    }


def found_dict(found: Sequence[ExtractedQuadruple], text: str) -> dict[str, Any]:
    """Return the output for a text that the encoder has read.

    Args:
        found: What it found.
        text: The text.

    Returns:
        As `voted_dict`, without votes; each quadruple has its own ``score``, and the text's is the highest one of its
        label (1 where nothing was found).
    """
    located = [LocatedQuadruple(own.quadruple, own.target_span, own.argument_span) for own in found]
    hateful = any(own.quadruple.hateful for own in found)
    score = max((own.score for own in found if own.quadruple.hateful == hateful), default=1.0)
    shown = [{**_quadruple_dict(place), "score": own.score} for place, own in zip(located, found, strict=True)]
    scores = [own.score for own in found]
    return {
        **_labelled(located, text, scores, score),
        "quadruples": shown,
        "votes": [],
        "agreement": None,
        "generations": 0,
        "stopped_by": "encoder",
        "status": "found",
    }


def _labelled(
    located: Sequence[LocatedQuadruple], text: str, scores: Sequence[float], score: float | None
) -> dict[str, Any]:
    """Return label, score and spans; the spans of a place that several quadruples share score the highest of theirs."""
    hateful = [(own, sure) for own, sure in zip(located, scores, strict=True) if own.quadruple.hateful]
    places = [(span, sure) for own, sure in hateful for span in own[1:] if span is not None]
    spans = [
        {
            "start": span.start,
            "end": span.end,
            "text": text[span.start : span.end],
            "score": max(sure for other, sure in places if other.start < span.end and span.start < other.end),
        }
        for span in merge(span for span, _ in places)
    ]
    label = None if score is None else HATE if hateful else CLEAN
    return {"label": label, "score": score, "spans": spans}


def _quadruple_dict(located: LocatedQuadruple) -> dict[str, Any]:
    target, argument, group, hateful = located.quadruple
    return {
        "target": None if target == NULL else target,
        "argument": None if argument == NULL else argument,
        "groups": [name for name in split_groups(group) if name != NON_HATE],
        "hateful": hateful,
        "target_span": located.target_span and list(located.target_span),
        "argument_span": located.argument_span and list(located.argument_span),
    }


register_tasks()  # for those who import this module before `transformers.pipelines`
