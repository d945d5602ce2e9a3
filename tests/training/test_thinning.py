"""Promises of `hf_toxspan.training.thinning`."""

from collections import Counter
from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import BertForSequenceClassification

from hf_toxspan.modeling.labels import ToxicLabels
from hf_toxspan.training.objective import Constraints, count_sentences, loss_sums
from hf_toxspan.training.thinning import draw, thin


@pytest.mark.parametrize(
    ("sentences", "share", "expected"), [(0, 0.5, 0), (1, 0.1, 1), (3, 0.1, 1), (8, 0.5, 4), (10, 0.25, 2), (7, 1.0, 7)]
)
def test_a_draw_has_its_share_and_at_least_one(sentences: int, share: float, expected: int) -> None:
    assert len(draw(sentences, share, seed="1 0")) == expected


@given(sentences=st.integers(0, 50), share=st.floats(0.01, 1), seed=st.text(max_size=3))
def test_a_draw_is_of_different_places_in_order_and_the_same_again(sentences: int, share: float, seed: str) -> None:
    drawn = draw(sentences, share, seed=seed)

    assert drawn == sorted(set(drawn)) == draw(sentences, share, seed=seed)
    assert set(drawn) <= set(range(sentences))


def test_every_place_is_drawn_as_often() -> None:
    counts = Counter(place for step in range(3000) for place in draw(6, 1 / 3, seed=f"42 {step}"))

    # 1,000 of each are expected, with a standard deviation of 26.
    assert all(900 < counts[place] < 1100 for place in range(6))


def test_sentences_that_do_not_enter_lose_their_token_labels_alone() -> None:
    """Places count the sentences with a toxic token over both batches: rows 0 and 2, then row 1."""
    first = {"token_labels": torch.tensor([[1, 0], [0, 0], [1, 1]]), "labels": torch.tensor([1, 0, 1])}
    second = {"token_labels": torch.tensor([[-100, -100], [0, 1]]), "labels": torch.tensor([1, 1])}
    before = [batch["token_labels"].clone() for batch in (first, second)]

    found = thin([first, second], {1})

    assert found[0]["token_labels"].tolist() == [[-100, -100], [0, 0], [1, 1]]
    assert found[1]["token_labels"].tolist() == [[-100, -100], [-100, -100]]
    assert [batch["labels"].tolist() for batch in found] == [[1, 0, 1], [1, 1]]
    assert [torch.equal(batch["token_labels"], kept) for batch, kept in zip((first, second), before, strict=True)] == [
        True,
        True,
    ]


def test_over_all_draws_the_mean_gradient_is_that_of_all_sentences(
    lively_model: BertForSequenceClassification, batch: dict[str, Tensor]
) -> None:
    """Four sentences of the batch have toxic tokens: six draws of two."""
    model = lively_model.double()
    margin = ToxicLabels(("clean", "toxic"), (1,)).margin

    def gradient(batch: dict[str, Tensor]) -> Tensor:
        inputs = {name: tensor for name, tensor in batch.items() if name not in ("labels", "token_labels")}
        sums = loss_sums(
            model, model.get_input_embeddings(), margin, inputs, batch["labels"], batch["token_labels"],
            constraints=Constraints(0.5, 0.6, 0.15),
        )  # fmt: skip
        sentences, constrained = count_sentences(batch["token_labels"])
        model.zero_grad()
        (sums.cross_entropy / sentences + sums.constraints / constrained).backward()
        return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])

    draws = [gradient(thin([batch], entering)[0]) for entering in combinations(range(4), 2)]

    torch.testing.assert_close(torch.stack(draws).mean(dim=0), gradient(batch), rtol=0, atol=1e-9)
    assert (draws[0] - draws[1]).abs().max() > 1e-2
