"""Protocols that need a label, a toxicity or character spans: classes, communities, Vietnamese characters."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hf_toxspan.core.bias import BiasCorpus, tally_bias
from hf_toxspan.core.class_ranking import ClassRanking
from hf_toxspan.core.class_scores import tally_classes
from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import Span
from hf_toxspan.core.tallies import Corpus, Together
from hf_toxspan.core.target_groups import NO_COMMUNITY
from hf_toxspan.core.vihos_scores import VihosProtocol, tally_vihos
from hf_toxspan.evaluation.boards import Board
from hf_toxspan.modeling.extraction import Explanation

Rows = Sequence[Mapping[str, Any]]

COMMUNITIES = 10
"""Communities that are scored, those that most texts name, as in HateXplain's notebook."""
CLASS_COLUMNS = {"macro-F1": "macro_f1", "accuracy": "accuracy", "AUROC": "roc_auc"}

SPAN_COLUMNS = {"char F1": "char_f1", "char IoU": "char_iou", "overlap F1": "overlap_f1", "text F1": "text_char_f1"}


def spans_explained(rows: Rows) -> Board | None:
    """Score the spans of the toxic annotated texts, each explained whatever its predicted label (ToxiTrace's tables).

    Args:
        rows: The rows.

    Returns:
        The board, without systems; None where no toxic row is annotated.
    """
    places = [place for place, row in enumerate(rows) if row["toxic"] and row["spans"] is not None]
    title = "Spans, explained: the toxic annotated texts, whatever their predicted label"
    return _spans(rows, places, title, lambda explanation: explanation.spans)


def spans_as_shown(rows: Rows) -> Board | None:
    """Score the spans of all annotated texts as a user sees them.

    Args:
        rows: The rows.

    Returns:
        The board, without systems; None without annotated rows.
    """
    places = [place for place, row in enumerate(rows) if row["spans"] is not None]
    return _spans(rows, places, "Spans, as shown: all annotated texts, none where called clean", as_shown)


def _spans(rows: Rows, places: Sequence[int], title: str, found: Callable[[Explanation], list[Span]]) -> Board | None:
    if not places:
        return None
    gold = [rows[place]["spans"] for place in places]

    def tally(explanations: Sequence[Explanation]) -> Corpus:
        return tally_spans([found(explanations[place]) for place in places], gold)

    reading = (
        "char: characters, pooled over all texts. Overlap counts spans that touch, so marking everything scores 100 "
        "there: never read it alone. text F1: mean over texts (SemEval-2021's rule)."
    )
    return Board(title, SPAN_COLUMNS, reading, len(places), tally)


def toxic_or_not(rows: Rows) -> Board:
    """Read every label as toxic or clean; AUROC is that of the toxicity.

    Args:
        rows: The rows.

    Returns:
        The board, without systems.
    """
    toxic = [row["toxic"] for row in rows]

    def tally(explanations: Sequence[Explanation]) -> Corpus:
        ranking = ClassRanking.of_two([explanation.toxicity for explanation in explanations], toxic)
        return Together((tally_classes([explanation.toxic for explanation in explanations], toxic), ranking))

    reading = "AUROC: how often a toxic text has a higher toxicity than a clean one."
    return Board("Classes: toxic or not", CLASS_COLUMNS, reading, len(rows), tally)


def all_labels(rows: Rows, names: Sequence[str]) -> Board:
    """Read the labels as they are, more than two.

    Args:
        rows: The rows; each label is one of the names.
        names: The labels in the order of the explanations' probabilities.

    Returns:
        The board, with the system that always says the most frequent label.
    """
    labels = [row["label"] for row in rows]
    gold = np.array([names.index(label) for label in labels])

    def tally(explanations: Sequence[Explanation]) -> Corpus:
        ranking = ClassRanking(np.array([explanation.probabilities for explanation in explanations]), gold)
        return Together((tally_classes([explanation.label for explanation in explanations], labels), ranking))

    reading = "AUROC: one label against one, mean over all pairs (HateXplain's reading)."
    board = Board(f"Classes: {', '.join(names)}", CLASS_COLUMNS, reading, len(rows), tally)
    ((most, _),) = Counter(labels).most_common(1)
    certain = tuple(float(name == most) for name in names)
    board.add(f'always "{most}"', [Explanation(most, 1.0, False, 0.0, None, [], probabilities=certain)] * len(rows))
    return board


def bias(rows: Rows) -> Board | None:
    """Compare toxicity across the communities that texts speak of (GMB, HateXplain's rules, power -5).

    Args:
        rows: The rows; ``target_groups`` lists the communities of a text and may be missing or None.

    Returns:
        The board, without systems; None where no text names a community.

    Raises:
        ValueError: If ``target_groups`` is something else.
    """
    known = [place for place, row in enumerate(rows) if row.get("target_groups") is not None]
    groups = [_groups(rows[place], place) for place in known]
    toxic = [rows[place]["toxic"] for place in known]
    named = Counter(name for names in groups for name in dict.fromkeys(names) if name not in NO_COMMUNITY)
    communities = [name for name, _ in named.most_common(COMMUNITIES)]
    if not communities:
        return None

    def tally(explanations: Sequence[Explanation]) -> BiasCorpus:
        toxicity = [explanations[place].toxicity for place in known]
        return tally_bias(toxicity, toxic, groups, communities=communities)

    columns = {f"{name}\nAUC": f"gmb_{name.lower()}_auc" for name in ("Subgroup", "BPSN", "BNSP")}
    support = tally_bias([0.0] * len(known), toxic, groups, communities=communities)
    title = f"Bias: mean over {len(communities)} communities (GMB, p = -5)"
    return Board(title, columns, _support(support), len(known), tally, _bias_details)


def _groups(row: Mapping[str, Any], place: int) -> list[str]:
    groups = row["target_groups"]
    if not isinstance(groups, list | tuple) or not all(isinstance(name, str) for name in groups):
        raise ValueError(
            f"row {row.get('id', place)}: target_groups is {groups!r:.80}; expected a list of names such as "
            '["Women"], empty for none. Correct the row, or rename the column.'
        )
    return list(groups)


def _support(corpus: BiasCorpus) -> str:
    """Say how many texts the areas rest on, which do not depend on a system."""
    per_group = corpus.per_group()
    smallest = min(per_group, key=lambda name: min(per_group[name][3:]))
    toxic, clean = per_group[smallest][3:]
    lacking = list(dict.fromkeys(skipped.group for skipped in corpus.skipped()))
    return (
        "Subgroup: toxic against clean texts of a community; BPSN: toxic ones of others against its clean ones; BNSP: "
        "its toxic ones against clean ones of others. 50 is chance. The worst community leads the mean. Smallest "
        f"support: {smallest}, {toxic} toxic and {clean} clean texts."
        + (f" Left out where toxic or clean texts are missing: {', '.join(lacking)}." if lacking else "")
    )


def _bias_details(corpus: BiasCorpus) -> dict[str, Any]:
    return {
        "groups": {name: areas._asdict() for name, areas in corpus.per_group().items()},
        "skipped": [left_out._asdict() for left_out in corpus.skipped()],
    }


def vihos(rows: Rows, protocol: VihosProtocol) -> Board | None:
    """Score the characters of each annotated text, with the spans that a user sees.

    Args:
        rows: The rows.
        protocol: Whose rules.

    Returns:
        The board, without systems; None without annotated rows.
    """
    annotated = [place for place, row in enumerate(rows) if row["spans"] is not None]
    if not annotated:
        return None
    texts, gold = ([rows[place][column] for place in annotated] for column in ("text", "spans"))

    def tally(explanations: Sequence[Explanation]) -> Corpus:
        return tally_vihos(texts, [as_shown(explanations[place]) for place in annotated], gold, protocol=protocol)

    columns = {"macro-F1": "macro_f1", "weighted\nF1": "weighted_f1", "accuracy": "accuracy"}
    whose = {"vihatet5": "ViHateT5", "rated": "RATeD"}[protocol]
    reading = "Means over texts, clean ones too, where marking nothing is perfect."
    return Board(f"ViHOS characters, {whose}'s rules", columns, reading, len(annotated), tally)


def as_shown(explanation: Explanation) -> list[Span]:
    """Return the spans that a user sees: none where the text is called clean.

    Args:
        explanation: Of one text.

    Returns:
        Its spans.
    """
    return explanation.spans if explanation.toxic else []
