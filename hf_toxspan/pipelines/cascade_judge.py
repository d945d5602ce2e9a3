"""``pipeline("toxic-cascade-judge")``: a classifier answers every text, and asks a judge where it is in doubt."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from itertools import islice
from typing import Any, NamedTuple

from hf_toxspan.core.routing import Region, Route
from hf_toxspan.core.spans import Span
from hf_toxspan.core.verdicts import Merged, MergeRules, Verdict, merge_verdicts
from hf_toxspan.judging.desk import Desk, Hearing, Judgement
from hf_toxspan.judging.judge import Judge, Opinion
from hf_toxspan.llm.calls import LLM, Request
from hf_toxspan.llm.pacing import Budget, Retries
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore
from hf_toxspan.modeling.extraction import Explanation
from hf_toxspan.pipelines.registration import register_tasks
from hf_toxspan.pipelines.text_pipeline import BATCH_SIZE
from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline, as_dict, strongest

CASCADE_TASK = "toxic-cascade-judge"

DOUBTFUL = Region(0.0, 0.8)
"""Where nothing else is said: the judge is asked where the most probable label has at most 0.8 (ours, a guess; choose
with ``hf-toxspan calibrate``)."""

QUICK = Retries(attempts=2, first_wait=0.5, longest_wait=5.0, give_up_after=5)
"""For a service, which would rather answer without the judge than wait; ``patience`` is for runs over files."""

MOST_PENDING = 4096
"""Texts that may wait for the judge before the classifier waits too; bounds memory on endless input."""

STREAM_CHUNK = 8
"""Batches after which a stream hands over what it has."""


class _Case(NamedTuple):
    """A text as the backbone sees it, and where it goes."""

    text: str
    explanation: Explanation
    route: Route


class _View(NamedTuple):
    """What a caller wants to see: spans of clean texts too, and the options of `as_dict`."""

    explain_all: bool
    options: dict[str, Any]


class CascadeJudgePipeline(ToxicSpanExtractionPipeline):
    """RATeD-V's cascade: texts in the region of ambiguity go to a judge, the others return at once.

    The judge sees the text and what it looks up itself, never the backbone's answer. A judge that fails, times out or
    answers nonsense never makes a text clean: the backbone's answer stands, and ``judge["status"]`` says so. A span
    that the judge alone quotes scores the judge's toxicity, None where it gives no probability.

    Example:
        ```python
        from hf_toxspan import ChatJudge, Region, ServerLLM, WaryJudge
        from transformers import pipeline

        llm = ServerLLM("Qwen/Qwen3-8B", base_url="http://127.0.0.1:8000/v1")
        judge = WaryJudge(ChatJudge())
        pipe = pipeline("toxic-cascade-judge", judge=judge, llm=llm, region=Region(0.5, 0.8))
        pipe("What a lemon.")
        # {"label": "toxic", "score": 0.71, "spans": [{"start": 7, "end": 12, "text": "lemon", "score": 0.71,
        #  "source": "judge"}], "confidence": 0.64, "path": "judge",
        #  "backbone": {"label": "non-toxic", "score": 0.64, "toxicity": 0.36, "probabilities": {...}, "spans": []},
        #  "judge": {"status": "judged", "toxic": True, "toxicity": 0.71, "rationale": "...", "calls": 1, ...}}
        pipe(texts)  # a list for a list, a generator in order for an iterator
        for place, result in pipe.stream(texts):  # each as soon as it is known, the fast ones first
            ...
        ```

    Args:
        *args: As for `ToxicSpanExtractionPipeline`, whose model is the backbone.
        judge: Writes the questions and reads the answers.
        llm: The model that is asked; its `concurrency` bounds the calls under way.
        region: Where the judge is asked.
        rules: How its verdict changes the backbone's; it decides when None.
        store: Keeps the answers, so that no text is judged twice; in memory when None.
        retries: How often to ask again, when to leave a server that is down alone, and whether to wait for it.
        budget: What all calls of the pipeline together may spend; those under way at a time do not see one another's.
        **kwargs: As for `ToxicSpanExtractionPipeline`.

    Raises:
        ValueError: If the region names labels that the model does not have.
    """

    def __init__(
        self,
        *args: Any,
        judge: Judge,
        llm: LLM,
        region: Region = DOUBTFUL,
        rules: MergeRules | None = None,
        store: AnswerStore | None = None,
        retries: Retries = QUICK,
        budget: Budget | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.labels: Mapping[str, bool] = self.extractor.labels.kinds
        region.check_labels(self.labels)
        self.region, self.rules = region, rules or MergeRules()
        kept = AnswerStore(":memory:") if store is None else store
        asker = Asker(llm, kept, retries=retries, budget=budget or Budget(), quiet=True)
        self.desk = Desk(judge, asker)

    def stream(
        self, texts: Iterable[str], batch_size: int = BATCH_SIZE, **kwargs: Any
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Hand over each result as soon as it is known.

        Left early, it asks nothing new and waits for the calls under way, which are paid.

        Args:
            texts: Any iterable of texts.
            batch_size: Windows of a forward pass.
            **kwargs: As for a call of the pipeline.

        Yields:
            The place of a text, counted from 0, and its result; each place once.

        Raises:
            TypeError: If an input is not a string.
            ValueError: If an option is out of range.
        """
        options = self._sanitize_parameters(batch_size=batch_size, **kwargs)
        yield from self._unordered(iter(texts), batch_size * STREAM_CHUNK, options)

    def questions(self, texts: Iterable[str], batch_size: int = BATCH_SIZE) -> list[Request]:
        """Write what would be asked about texts, and ask nothing: `hf_toxspan.llm.plan.plan` says what it would cost.

        Args:
            texts: Any iterable of texts.
            batch_size: Windows of a forward pass.

        Returns:
            The requests about the doubtful ones, in order.
        """
        cases = self._run(list(texts), 0, self._sanitize_parameters(batch_size=batch_size))
        return [request for case in cases if case.route.ask for request in self.desk.judge.requests(case.text)]

    def _stream(self, texts: Iterator[str], chunk: int, options: Any) -> Iterator[dict[str, Any]]:
        ready: dict[int, dict[str, Any]] = {}
        turn = 0
        for place, result in self._unordered(texts, chunk, options):
            ready[place] = result
            while turn in ready:
                yield ready.pop(turn)
                turn += 1

    def _unordered(self, texts: Iterator[str], chunk: int, options: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        show = self._view(options)
        doubtful: dict[int, _Case] = {}
        done = 0
        with self.desk.open() as hearing:
            while batch := list(islice(texts, chunk)):
                cases = dict(enumerate(self._run(batch, done, options), start=done))
                done += len(batch)
                asked = {place: case for place, case in cases.items() if case.route.ask}
                doubtful |= asked
                hearing.add((place, case.text) for place, case in asked.items())
                yield from ((place, self._fast(case, show)) for place, case in cases.items() if place not in asked)
                yield from self._judged(hearing, doubtful, show, wait=hearing.pending > MOST_PENDING)
            yield from self._judged(hearing, doubtful, show, wait=True)

    def _view(self, options: Any) -> _View:
        _, forward, after = options
        explain_all = {**self._forward_params, **forward}.get("explain_all", False)
        return _View(explain_all, {**self._postprocess_params, **after})

    def postprocess(self, model_outputs: dict[str, Any], **_: Any) -> list[Any]:
        """Say where each text goes; the dicts that users see are made when its answer is known."""
        return [
            _Case(text, own, self.region.route(own.label, self._probabilities(own), own.toxicity))
            for text, own in zip(model_outputs["texts"], model_outputs["explanations"], strict=True)
        ]

    def _judged(
        self, hearing: Hearing, doubtful: dict[int, _Case], show: _View, *, wait: bool
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        for place, judgement in hearing.judgements(wait=wait):
            case, opinion = doubtful.pop(place), judgement.opinion
            result = self._fast(case, show) if opinion is None else self._merge(case, opinion, show)
            yield place, {**result, "path": "judge", "judge": _judge_dict(judgement)}

    def _fast(self, case: _Case, show: _View) -> dict[str, Any]:
        """Return the backbone's answer."""
        result = self._dict(case.text, case.explanation, show)
        for span in result["spans"]:
            span["source"] = "backbone"
        return self._with_route(result, case)

    def _merge(self, case: _Case, opinion: Opinion, show: _View) -> dict[str, Any]:
        """Make one answer of the backbone's and the judge's."""
        own, verdict = case.explanation, opinion.verdict
        merged = self._merged(own, verdict)
        if merged.toxic and not merged.spans and own.saliency is None:
            # The judge calls it toxic and quotes nothing, the backbone called it clean and has not looked for evidence.
            own = self.extractor([case.text], explain_all=True)[0]
            merged = self._merged(own, verdict)
        sources = dict(merged.spans)
        spans = own.spans if show.explain_all and not merged.toxic else list(sources)
        final = replace(own, label=merged.label, score=merged.score, toxic=merged.toxic, spans=spans)
        result = self._dict(case.text, final, show._replace(options={**show.options, "max_spans": None}))
        for span in result["spans"]:
            span["source"] = sources.get(Span(span["start"], span["end"]), "backbone")
            if span["source"] == "judge":
                span["score"] = verdict.toxicity
        result["spans"] = strongest(result["spans"], show.options.get("max_spans"))
        return self._with_route(result, case)

    def _merged(self, own: Explanation, verdict: Verdict) -> Merged:
        backbone = Verdict(own.toxic, own.label, own.toxicity, self._probabilities(own), tuple(own.spans))
        return merge_verdicts(backbone, verdict, self.labels, self.rules)

    def _probabilities(self, explanation: Explanation) -> dict[str, float]:
        """Return the backbone's probability of each label; clean is what is left where no output stands for it."""
        named = dict(zip(self.extractor.labels.names, explanation.probabilities, strict=True))
        return {self.extractor.labels.clean_name: 1 - explanation.toxicity, **named}

    def _dict(self, text: str, explanation: Explanation, show: _View) -> dict[str, Any]:
        return as_dict(explanation, text, second_reading=self.reader is not self.extractor, **show.options)

    def _with_route(self, result: dict[str, Any], case: _Case) -> dict[str, Any]:
        own = case.explanation
        backbone = {
            "label": own.label,
            "score": own.score,
            "toxicity": own.toxicity,
            "probabilities": self._probabilities(own),
            "spans": [list(span) for span in own.spans],
        }
        return {**result, "confidence": case.route.confidence, "path": "fast", "backbone": backbone, "judge": None}


def _judge_dict(judgement: Judgement) -> dict[str, Any]:
    """Return what a judge has said, as JSON values."""
    opinion = judgement.opinion or Opinion(Verdict(toxic=False))
    verdict, known = opinion.verdict, judgement.opinion is not None
    return {
        "status": judgement.status,
        "detail": judgement.detail,
        "toxic": verdict.toxic if known else None,
        "label": verdict.label,
        "toxicity": verdict.toxicity,
        "probabilities": dict(verdict.probabilities),
        "spans": [list(span) for span in verdict.spans],
        "rationale": opinion.rationale,
        "rejected": list(opinion.rejected),
        "raw": "\n".join(judgement.raw),
        **asdict(judgement.cost),
    }


register_tasks()  # for those who import this module before `transformers.pipelines`
