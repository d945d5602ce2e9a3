"""Promises of `hf_toxspan.training.objective`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.alignment import char_values, strip_blanks
from hf_toxspan.modeling.evidence import score_function
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.labels import ToxicLabels
from hf_toxspan.tensor.gradient_loss import Method
from hf_toxspan.tensor.losses import pgr_loss, ppt_loss
from hf_toxspan.tensor.saliency import input_gradient
from hf_toxspan.training.objective import (
    Constraints,
    LossSums,
    at_least_float32,
    count_sentences,
    gradient_saliency,
    loss_sums,
)

CONSTRAINTS = Constraints(pgr_margin=0.5, ppt_alpha=0.6, ppt_percentile=0.15)
MARGIN = ToxicLabels(("clean", "toxic"), (1,)).margin
Batch = dict[str, Tensor]


@pytest.fixture
def model(lively_model: BertForSequenceClassification) -> BertForSequenceClassification:
    return lively_model.double()


def encoder_inputs(batch: Batch) -> Batch:
    return {name: tensor for name, tensor in batch.items() if name not in ("labels", "token_labels")}


def sums(model: BertForSequenceClassification, batch: Batch, constraints: Constraints | None = CONSTRAINTS) -> LossSums:
    return loss_sums(
        model,
        model.get_input_embeddings(),
        MARGIN,
        encoder_inputs(batch),
        batch["labels"],
        batch["token_labels"],
        constraints=constraints,
    )


def total(parts: LossSums) -> Tensor:
    return parts.cross_entropy + parts.constraints


def plain_saliency(model: BertForSequenceClassification, input_ids: Tensor) -> Tensor:
    """Saliency of one sentence without padding; special tokens stand at both ends."""
    embeddings = model.get_input_embeddings()(input_ids[None]).detach().requires_grad_()
    clean, toxic = model(inputs_embeds=embeddings).logits[0]
    (gradient,) = torch.autograd.grad(toxic - clean, embeddings)
    norm = gradient[0].norm(dim=-1)
    norm[[0, -1]] = 0
    return norm / norm.max()


def test_sums_are_those_of_the_sentences_one_by_one(model: BertForSequenceClassification, batch: Batch) -> None:
    expected = {"cross_entropy": 0.0, "pgr": 0.0, "ppt": 0.0}
    logits = []
    for ids, mask, label, token_labels in zip(
        batch["input_ids"], batch["attention_mask"], batch["labels"], batch["token_labels"], strict=True
    ):
        ids, token_labels = ids[mask == 1], token_labels[mask == 1]
        logits.append(model(input_ids=ids[None]).logits)
        expected["cross_entropy"] += cross_entropy(logits[-1], label[None]).item()
        if (token_labels == 1).any():
            saliency = plain_saliency(model, ids)
            expected["pgr"] += pgr_loss(saliency[None], token_labels[None], margin=0.5).item()
            expected["ppt"] += ppt_loss(saliency[None], token_labels[None], alpha=0.6, percentile=0.15).item()

    found = sums(model, batch)

    torch.testing.assert_close(found.logits, torch.cat(logits), rtol=0, atol=1e-12)
    assert {name: getattr(found, name).item() for name in expected} == pytest.approx(expected, abs=1e-7)
    assert found.constraints.item() == pytest.approx(expected["pgr"] + expected["ppt"], abs=1e-7)
    assert min(expected.values()) > 0.1


def test_without_constraints_only_cross_entropy_is_left(model: BertForSequenceClassification, batch: Batch) -> None:
    logits = model(**encoder_inputs(batch)).logits

    found = sums(model, batch, constraints=None)

    assert found.cross_entropy.item() == pytest.approx(cross_entropy(logits, batch["labels"], reduction="sum").item())
    assert (found.constraints.item(), found.pgr.item(), found.ppt.item()) == (0, 0, 0)
    torch.testing.assert_close(found.logits, logits)


def test_labels_are_smoothed_as_torch_does(model: BertForSequenceClassification, batch: Batch) -> None:
    logits = model(**encoder_inputs(batch)).logits
    arguments = (model, model.get_input_embeddings(), MARGIN, encoder_inputs(batch))

    found = loss_sums(*arguments, batch["labels"], batch["token_labels"], constraints=None, label_smoothing=0.1)

    expected = cross_entropy(logits, batch["labels"], reduction="sum", label_smoothing=0.1)
    assert found.cross_entropy.item() == pytest.approx(expected.item())


@pytest.fixture
def second_passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sentences each call of `torch.autograd.grad` was given."""
    sizes: list[int] = []
    original = torch.autograd.grad

    def counting(outputs: Any, inputs: Tensor, **options: Any) -> tuple[Tensor, ...]:
        sizes.append(len(inputs))
        return original(outputs, inputs, **options)

    monkeypatch.setattr(torch.autograd, "grad", counting)
    return sizes


def test_only_sentences_with_toxic_tokens_pay_for_a_second_pass(
    model: BertForSequenceClassification, batch: Batch, second_passes: list[int]
) -> None:
    seen: list[tuple[int, ...]] = []
    model.bert.encoder.register_forward_hook(lambda _, inputs, __: seen.append(tuple(inputs[0].shape[:2])))

    sums(model, batch)

    # Rows 0, 2, 4 and 5 have toxic tokens; each sentence passes once, and padding of all rows of a half is dropped.
    assert second_passes == [4]
    assert seen == [(3, 9), (4, 9)]


def test_a_batch_without_toxic_tokens_costs_no_second_pass(
    model: BertForSequenceClassification, batch: Batch, second_passes: list[int]
) -> None:
    ignored = {**batch, "token_labels": torch.full_like(batch["token_labels"], -100)}
    clean = {**batch, "token_labels": batch["token_labels"].clamp(max=0)}

    for quiet in (ignored, clean):
        found = sums(model, quiet)
        total(found).backward()
        assert (found.pgr.item(), found.ppt.item()) == (0, 0)
        assert not found.constraints.requires_grad
    sums(model, batch, constraints=None)

    assert second_passes == []


def test_a_batch_of_toxic_sentences_alone_works(model: BertForSequenceClassification, batch: Batch) -> None:
    chosen = {name: tensor[[0, 2, 4, 5]] for name, tensor in batch.items()}

    assert total(sums(model, chosen)).requires_grad
    assert sums(model, chosen).pgr.item() == pytest.approx(sums(model, batch).pgr.item())


def test_no_graph_is_built_where_gradients_are_off(model: BertForSequenceClassification, batch: Batch) -> None:
    with_graph = sums(model, batch)

    with torch.no_grad():
        found = sums(model, batch)

    assert not any(part.requires_grad for part in found)
    for part, expected in zip(found, with_graph, strict=True):
        torch.testing.assert_close(part, expected.detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
def test_eager_and_sdpa_give_equal_gradients(
    model: BertForSequenceClassification, batch: Batch, training: bool
) -> None:
    gradients = {}
    for attention in ("eager", "sdpa"):
        model.set_attn_implementation(attention)
        model.train(training).zero_grad()
        total(sums(model, batch)).backward()
        gradients[attention] = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}

    for name, gradient in gradients["eager"].items():
        torch.testing.assert_close(gradients["sdpa"][name], gradient, rtol=0, atol=1e-6, msg=name)


def gradients(model: BertForSequenceClassification, batch: Batch, method: Method) -> Tensor:
    model.zero_grad()
    torch.manual_seed(7)
    total(sums(model, batch, CONSTRAINTS._replace(method=method))).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).double()


@pytest.mark.parametrize(
    ("method", "dtype", "tolerance"),
    [
        ("central", torch.float64, 1e-7),
        ("one_sided", torch.float64, 1e-5),
        ("central", torch.float32, 4e-3),
        ("one_sided", torch.float32, 2e-2),
    ],
)
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_differences_have_the_gradient_of_double_backward(
    model: BertForSequenceClassification,
    batch: Batch,
    method: Method,
    dtype: torch.dtype,
    tolerance: float,
    attention: str,
    dropout: float,
) -> None:
    model.set_attn_implementation(attention)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
    exact = gradients(model.train(), batch, "double_backward")
    model.to(dtype)

    found = gradients(model, batch, method)

    assert (found - exact).norm() / exact.norm() < tolerance


def saliency_with_graph(model: BertForSequenceClassification, inputs: Batch, valid: Tensor) -> Tensor:
    embeddings = model.get_input_embeddings()(inputs["input_ids"])
    gradient = input_gradient(score_function(model, inputs, MARGIN), embeddings, create_graph=True)
    return gradient_saliency(gradient, valid)


def frozen_thresholds(model: BertForSequenceClassification, batch: Batch) -> Callable[[], Tensor]:
    """PGR + PPT with PPT's thresholds of this moment: what the gradient, which takes them as constants, belongs to."""
    rows = (batch["token_labels"] == 1).any(dim=-1)
    labels = batch["token_labels"][rows]
    inputs = {name: tensor[rows] for name, tensor in encoder_inputs(batch).items()}

    def saliency() -> Tensor:
        return saliency_with_graph(model, inputs, labels != -100)

    first = saliency().detach()
    caps = [torch.quantile(values[own != -100], 0.15) for values, own in zip(first, labels, strict=True)]

    def loss() -> Tensor:
        now = saliency()
        ppt = sum(
            (values[own == 0] - cap).clamp(min=0).sum() / max(int((own == 0).sum()), 1)
            + (0.6 - values[own == 1]).clamp(min=0).mean()
            for values, own, cap in zip(now, labels, caps, strict=True)
        )
        return pgr_loss(now, labels, margin=0.5, reduction="sum") + ppt

    return loss


@pytest.mark.parametrize(
    "name",
    [
        "bert.embeddings.word_embeddings.weight",
        "bert.embeddings.LayerNorm.weight",
        "bert.encoder.layer.0.attention.self.query.weight",
        "bert.encoder.layer.1.attention.self.value.weight",
        "bert.encoder.layer.1.output.dense.bias",
        "classifier.weight",
    ],
)
def test_gradients_are_those_of_finite_differences(
    model: BertForSequenceClassification, batch: Batch, name: str
) -> None:
    """The second-order path is right: along a direction in a parameter the loss changes as its gradient says."""
    parameter = model.get_parameter(name)
    steps = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)).double()
    if "word_embeddings" in name:  # the rows of the batch only
        steps *= torch.zeros(len(steps), 1).index_fill_(0, batch["input_ids"].flatten(), 1)
    direction, size = steps / steps.norm(), 1e-5
    parts: dict[str, tuple[Callable[[], Tensor], Callable[[], Tensor]]] = {
        "cross entropy": ((entropy := lambda: sums(model, batch).cross_entropy), entropy),
        "PGR + PPT": (lambda: sums(model, batch).constraints, frozen_thresholds(model, batch)),
    }

    for part, (loss, value) in parts.items():
        (gradient,) = torch.autograd.grad(loss(), parameter)
        with torch.no_grad():
            parameter += size * direction
            above = value().item()
            parameter -= 2 * size * direction
            below = value().item()
            parameter += size * direction

        expected = (gradient * direction).sum().item()
        assert (above - below) / (2 * size) == pytest.approx(expected, rel=1e-4, abs=1e-6), part
        assert abs(expected) > 1e-4, part


def test_saliency_in_training_is_that_of_the_extractor(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    text = "you are a stupid friend, 蠢 😀"
    encoded = tiny_tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
    offsets = strip_blanks(encoded.pop("offset_mapping")[0].tolist(), text)
    valid = torch.tensor([[end > start for start, end in offsets]])

    saliency = saliency_with_graph(taught_model, dict(encoded), valid).detach()

    (explanation,) = SpanExtractor(taught_model, tiny_tokenizer)([text])
    expected = char_values(offsets, saliency[0].tolist(), len(text))
    np.testing.assert_allclose(explanation.saliency, expected, rtol=0, atol=6e-5)


def test_sentences_are_counted() -> None:
    token_labels = torch.tensor([[-100, 1, 0], [-100, 0, 0], [-100, -100, -100], [1, -100, -100]])

    assert count_sentences(token_labels).tolist() == [4, 2]
    assert count_sentences(token_labels[:0]).tolist() == [0, 0]


def test_only_half_precision_is_raised() -> None:
    assert at_least_float32(torch.zeros(1, dtype=torch.bfloat16)).dtype == torch.float32
    assert at_least_float32(torch.zeros(1, dtype=torch.float64)).dtype == torch.float64
