"""What `transformers.Trainer(compute_metrics=...)` takes: the scores of `core/` from logits or token ids, offline."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import EvalPrediction, PreTrainedTokenizerBase

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.core.plausibility import tally_plausibility
from hf_toxspan.core.quadruple_scores import Elements, Protocol, tally_quadruples
from hf_toxspan.core.quadruples import SEP
from hf_toxspan.core.spans import from_mask
from hf_toxspan.core.tallies import scores

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""What an unknown token in a prediction is scored as."""

ComputeMetrics = Callable[[EvalPrediction], dict[str, float]]


def classification_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Return accuracy and macro-F1 of a sequence classifier.

    Args:
        prediction: Logits (texts, labels), alone or first of a tuple, and class indices (texts,), likewise.

    Returns:
        ``accuracy`` and ``macro_f1``.

    Raises:
        ValueError: If the logits are not those of at least two classes a text, or hold a nan.
    """
    logits, labels = _first(prediction)
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ValueError(f"the logits have the shape {logits.shape}; expected (texts, labels) with two labels or more")
    _check_numbers(logits)
    return score_classes(np.argmax(logits, axis=-1).tolist(), labels.tolist())._asdict()


def rationale_metrics(prediction: EvalPrediction, *, outside: int = 0) -> dict[str, float]:
    """Return the ERASER scores of a token classifier, such as one of BIO tags.

    Tokens labelled `IGNORED` (special tokens, padding) are taken out first; runs of tokens of any class but `outside`
    are the spans, and 1 - P(outside) ranks the tokens. Touching spans of BIO tags count as one run.

    Args:
        prediction: Logits (texts, tokens, classes), alone or first of a tuple, and classes (texts, tokens), likewise.
        outside: The class of a token that is no evidence.

    Returns:
        The scores of `hf_toxspan.core.plausibility.tally_plausibility`, without those that are undefined.

    Raises:
        ValueError: If the logits are not those of tokens, or hold a nan.
    """
    logits, labels = _first(prediction)
    if logits.ndim != 3:
        raise ValueError(f"the logits have the shape {logits.shape}; expected (texts, tokens, classes)")
    _check_numbers(logits)
    kept = [row != IGNORED for row in labels]
    predicted = [from_mask(row[keep].argmax(axis=-1) != outside) for row, keep in zip(logits, kept, strict=True)]
    gold = [from_mask(row[keep] != outside) for row, keep in zip(labels, kept, strict=True)]
    ranked = [_inside(row[keep], outside) for row, keep in zip(logits, kept, strict=True)]
    tally = tally_plausibility(predicted, gold, [int(keep.sum()) for keep in kept], scores=ranked)
    return {name: value for name, value in scores(tally).items() if np.isfinite(value)}


def quadruple_metrics(
    tokenizer: PreTrainedTokenizerBase, *, protocol: Protocol = "ccl25", elements: Elements = "quad"
) -> ComputeMetrics:
    """Return a function that scores generated quadruples, for `Seq2SeqTrainer(predict_with_generate=True)`.

    Args:
        tokenizer: Decodes predictions and labels. Its special tokens are left out, but for a ``[SEP]`` and for the
            unknown token, which in a prediction equals nothing.
        protocol: Whose rules.
        elements: What is compared.

    Returns:
        From token ids (texts, tokens), padded with any special token or `IGNORED`, to the scores of
        `hf_toxspan.core.quadruple_scores.tally_quadruples`.
    """
    dropped = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id, tokenizer.get_vocab().get(SEP)}

    def compute(prediction: EvalPrediction) -> dict[str, float]:
        ids = _first(prediction)
        if ids[0].ndim != 2:
            raise ValueError(
                f"the predictions have the shape {ids[0].shape}; expected token ids (texts, tokens), as of "
                "predict_with_generate=True"
            )
        generated, labels = (_decode(tokenizer, side, dropped) for side in ids)
        if tokenizer.unk_token is not None:
            generated = [text.replace(tokenizer.unk_token, UNKNOWN) for text in generated]
        return scores(tally_quadruples(generated, labels, protocol=protocol, elements=elements))

    return compute


def _first(prediction: EvalPrediction) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return predictions and labels, of a tuple the first, as arrays."""
    sides = (prediction.predictions, prediction.label_ids)
    predictions, labels = (np.asarray(side[0] if isinstance(side, tuple) else side) for side in sides)
    return predictions, labels


def _check_numbers(logits: NDArray[Any]) -> None:
    undefined = np.isnan(logits).any(axis=tuple(range(1, logits.ndim)))
    if undefined.any():
        raise ValueError(f"the logits of text {undefined.argmax()} hold a nan: the model has diverged")


def _inside(logits: NDArray[Any], outside: int) -> list[float]:
    """Return 1 - P(outside) of each token, (tokens, classes) -> (tokens,)."""
    finite = np.nan_to_num(logits.astype(np.float64))  # float16 overflows to infinity
    odds = np.exp(finite - finite.max(axis=-1, keepdims=True, initial=-np.inf))
    listed: list[float] = (1 - odds[:, outside] / odds.sum(axis=-1)).tolist()
    return listed


def _decode(tokenizer: PreTrainedTokenizerBase, ids: NDArray[Any], dropped: set[int]) -> Sequence[str]:
    kept = [[int(token) for token in row if token >= 0 and int(token) not in dropped] for row in ids]
    decoded: list[str] = tokenizer.batch_decode(kept)
    return decoded
