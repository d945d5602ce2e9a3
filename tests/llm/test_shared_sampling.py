"""Shared draws say what each would say alone, as often as the model means it, at the price of what differs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    FalconH1Config,
    Gemma2Config,
    GPT2Config,
    Lfm2Config,
    MistralConfig,
    PretrainedConfig,
    PreTrainedModel,
)

from hf_toxspan.llm import shared_sampling
from hf_toxspan.llm.draw_memory import DrawMemory
from hf_toxspan.llm.shared_sampling import Draw, Sampling, can_share, sample_shared

WHOLE = Sampling(1.0)
LOW = Sampling(0.002)
"""The tiny model's logits lie within a few tenths of one another: this is as low for it as 0.1 is for a real one."""

TASK = [5, 6, 7, 8]
PROMPTS = {
    "one length, one beginning": [[*TASK, 9], [*TASK, 10], [*TASK, 11]],
    "one beginning, other lengths": [[*TASK, 9], [*TASK, *range(20, 31)], [*TASK, 12, 13]],
    "nothing in common": [[9, 3, 2], [5], [7] * 9],
    "one is the start of another": [TASK, [*TASK, 9], [*TASK, 9, 10, 11]],
    "one token each": [[5], [6], [7]],
    "only one": [TASK],
}


@pytest.fixture(scope="module")
def network(chat_folder: Path) -> PreTrainedModel:
    """The tiny Llama, in float32."""
    return AutoModelForCausalLM.from_pretrained(chat_folder).eval()


def numbers(count: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random(count)


def draws_of(prompts: Sequence[list[int]], each: int = 3, tokens: int = 6) -> list[Draw]:
    """Draw each prompt several times, in turns."""
    order = [prompt for _ in range(each) for prompt in prompts]
    return [Draw(prompt, numbers(tokens, seed)) for seed, prompt in enumerate(order)]


def shares_after(network: PreTrainedModel, ids: list[int], temperature: float) -> NDArray[np.float64]:
    """Return the probability of each token after a text that is read anew, without a cache."""
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].double().numpy()
    scaled = np.exp((logits - logits.max()) / temperature)
    return scaled / scaled.sum()


def alone(network: PreTrainedModel, draw: Draw, sampling: Sampling) -> list[int]:
    """Draw an answer as it is written in a textbook."""
    written: list[int] = []
    for number in draw.randoms:
        shares = shares_after(network, [*draw.prompt, *written], sampling.temperature)
        written.append(int(np.searchsorted(np.cumsum(shares), number, side="right")))
        if written[-1] in sampling.ends:
            break
    return written


@pytest.mark.parametrize("prompts", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("sampling", [WHOLE, LOW], ids=["all differ", "most agree"])
def test_draws_are_those_of_a_loop_without_a_cache(
    network: PreTrainedModel, prompts: list[list[int]], sampling: Sampling
) -> None:
    draws = draws_of(prompts)
    assert sample_shared(network, draws, sampling) == [alone(network, draw, sampling) for draw in draws]


@given(st.lists(st.tuples(st.lists(st.integers(5, 8), min_size=1, max_size=5), st.integers(0, 4)), max_size=7))
@settings(max_examples=25, deadline=None)
def test_a_draw_says_the_same_whatever_is_drawn_beside_it(
    network: PreTrainedModel, wanted: list[tuple[list[int], int]]
) -> None:
    draws = [Draw(prompt, numbers(4, seed)) for prompt, seed in wanted]
    together = sample_shared(network, draws, LOW)
    assert together == [sample_shared(network, [draw], LOW)[0] for draw in draws]


def test_answers_come_in_the_order_of_the_draws(network: PreTrainedModel) -> None:
    draws = draws_of(PROMPTS["one beginning, other lengths"])
    backwards = sample_shared(network, draws[::-1], WHOLE)
    assert backwards[::-1] == sample_shared(network, draws, WHOLE)
    assert len(set(map(tuple, backwards))) == len(draws)


def test_nothing_wanted_is_nothing_drawn(network: PreTrainedModel) -> None:
    assert sample_shared(network, [], WHOLE) == []
    empty = Draw([5], numbers(0))
    assert sample_shared(network, [empty], WHOLE) == [[]]
    other = Draw([5], numbers(2))
    assert sample_shared(network, [empty, other], WHOLE) == [[], *sample_shared(network, [other], WHOLE)]


def test_each_draw_has_its_own_longest_answer(network: PreTrainedModel) -> None:
    draws = [Draw(TASK, numbers(9)[:length]) for length in (1, 9, 4)]
    short, long, middle = sample_shared(network, draws, WHOLE)
    assert (len(short), len(long), len(middle)) == (1, 9, 4)
    assert long[:4] == middle and long[:1] == short


def test_an_end_is_the_last_token_of_an_answer(network: PreTrainedModel) -> None:
    draws = draws_of(PROMPTS["one beginning, other lengths"])
    free = sample_shared(network, draws, WHOLE)
    ends = (free[0][2], free[1][0])
    cut = sample_shared(network, draws, Sampling(1.0, ends=ends))
    for whole, ended in zip(free, cut, strict=True):
        stops = [place + 1 for place, token in enumerate(whole) if token in ends]
        assert ended == whole[: min(stops, default=len(whole))]
    assert len(cut[0]) == 3 and len(cut[1]) == 1


def test_an_answer_ends_where_the_caller_says_so(network: PreTrainedModel) -> None:
    draws = draws_of(PROMPTS["one beginning, other lengths"])
    free = sample_shared(network, draws, WHOLE)
    cut = sample_shared(network, draws, Sampling(1.0, stops=lambda ids: sum(ids) % 2 == 0))
    for whole, ended in zip(free, cut, strict=True):
        even = [length for length in range(1, len(whole) + 1) if sum(whole[:length]) % 2 == 0]
        assert ended == whole[: min(even, default=len(whole))]
    assert len(set(map(len, cut))) > 1


@pytest.mark.parametrize("most", [1, 2, 5])
def test_more_texts_than_fit_are_continued_in_turns(
    network: PreTrainedModel, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for prompts in PROMPTS.values():
        draws = draws_of(prompts)
        together = sample_shared(network, draws, WHOLE)
        with monkeypatch.context() as patch:
            patch.setattr(shared_sampling, "MOST_ROWS", most)
            assert sample_shared(network, draws, WHOLE) == together


def test_first_tokens_are_drawn_as_often_as_the_model_means_them(network: PreTrainedModel) -> None:
    sampling, count = Sampling(0.05), 20_000
    randoms = numbers(count, 1)
    drawn = Counter(
        ids[0] for ids in sample_shared(network, [Draw(TASK, randoms[[n]]) for n in range(count)], sampling)
    )
    shares = shares_after(network, TASK, sampling.temperature)
    assert chi_square(drawn, dict(enumerate(shares.tolist()))) < 4


def test_answers_of_two_tokens_are_drawn_as_often_as_the_model_means_them(network: PreTrainedModel) -> None:
    sampling, count = Sampling(0.004), 2_000
    randoms = np.random.default_rng(2).random((count, 2))
    drawn = Counter(map(tuple, sample_shared(network, [Draw(TASK, own) for own in randoms], sampling)))
    first = shares_after(network, TASK, sampling.temperature)
    expected = {
        (one, two): float(first[one] * share)
        for one in np.flatnonzero(first > 0.01).tolist()
        for two, share in enumerate(shares_after(network, [*TASK, one], sampling.temperature))
    }
    assert chi_square(drawn, expected) < 4


def chi_square(drawn: Counter, expected: dict) -> float:
    """Return by how many of its standard deviations Pearson's statistic exceeds its mean; what is rare is one class."""
    count = drawn.total()
    often = [found for found, share in expected.items() if share * count >= 5]
    assert len(often) > 5
    pairs = [(drawn[found], expected[found] * count) for found in often]
    pairs.append((count - sum(have for have, _ in pairs), count - sum(want for _, want in pairs)))
    statistic = sum((have - want) ** 2 / want for have, want in pairs if want >= 1)
    freedom = len(pairs) - 1
    return (statistic - freedom) / (2 * freedom) ** 0.5


@pytest.mark.parametrize("top_p", [0.0, 0.1, 0.5, 1.0])
def test_only_the_nucleus_is_drawn(network: PreTrainedModel, top_p: float) -> None:
    randoms = np.linspace(0, 1, 3_000, endpoint=False)[:, None]
    drawn = sample_shared(network, [Draw(TASK, own) for own in randoms], Sampling(0.05, top_p))
    shares = shares_after(network, TASK, 0.05)
    ranked = np.argsort(-shares)
    size = int(np.searchsorted(np.cumsum(shares[ranked]), top_p)) + 1 if top_p < 1 else len(shares)
    found = Counter(ids[0] for ids in drawn)
    assert set(found) <= set(ranked[:size].tolist())
    nucleus = shares[ranked[:size]].sum()
    assert found[int(ranked[0])] == pytest.approx(3_000 * shares[ranked[0]] / nucleus, abs=2)
    assert len(found) == size or top_p == 1.0


def test_a_token_without_a_share_is_never_drawn() -> None:
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf, 0.0, -torch.inf]])
    randoms = [0.0, 0.25, 0.5, 0.75, 1 - 2**-53]
    (chosen,) = shared_sampling._choose(logits, [randoms], WHOLE)
    assert chosen == [(1, 0, 0.5), (1, 0, 0.5), (3, 0.5, 1), (3, 0.5, 1), (3, 0.5, 1)]


@pytest.fixture
def read(network: PreTrainedModel) -> Iterator[list[int]]:
    """Sizes of what passes through the network: tokens of each forward."""
    sizes: list[int] = []
    hook = network.get_input_embeddings().register_forward_hook(lambda _, given, __: sizes.append(given[0].numel()))
    yield sizes
    hook.remove()


def test_fifty_draws_of_ten_prompts_cost_little_more_than_one_of_each(
    network: PreTrainedModel, read: list[int]
) -> None:
    task = list(range(5, 45))
    draws = draws_of([[*task, *range(50 + 20 * n, 70 + 20 * n)] for n in range(10)], each=50, tokens=20)
    once = sample_shared(network, draws[:10], Sampling(1e-4))
    single = sum(read)
    read.clear()
    every = sample_shared(network, draws, Sampling(1e-4))
    assert every[:10] == once and len(set(map(tuple, every))) > 10
    assert sum(read) < 2 * single
    unshared = sum(len(draw.prompt) + len(ids) for draw, ids in zip(draws, every, strict=True))
    assert sum(read) < unshared / 40


def test_what_all_prompts_begin_with_is_read_once(network: PreTrainedModel, read: list[int]) -> None:
    draws = draws_of([[*TASK, 9], [*TASK, 10, 11, 12], [*TASK, 11]], tokens=1)
    sample_shared(network, draws, WHOLE)
    assert read == [4, 3 * 3]
    read.clear()
    sample_shared(network, draws_of([TASK, [*TASK, 9]], tokens=1), WHOLE)
    assert read == [3, 2 * 2]  # each keeps a token of its own, behind which it goes on


def test_draws_that_agree_to_the_end_are_one_row(network: PreTrainedModel, read: list[int]) -> None:
    same = numbers(5)
    sample_shared(network, [Draw(TASK, same)] * 30, WHOLE)
    assert read == [4, 1, 1, 1, 1]


@pytest.mark.parametrize("sampling", [WHOLE, LOW, Sampling(0.002, top_p=0.9)], ids=["all", "low", "nucleus"])
def test_rounds_asked_one_by_one_say_and_cost_what_one_call_does(
    network: PreTrainedModel, read: list[int], sampling: Sampling
) -> None:
    prompts = PROMPTS["one beginning, other lengths"]
    rounds = [
        [Draw(prompt, numbers(6, 3 * number + place)) for place, prompt in enumerate(prompts)] for number in range(9)
    ]
    at_once = sample_shared(network, [draw for own in rounds for draw in own], sampling)
    memory, one_by_one, new = DrawMemory(), [], []
    for own in rounds:
        before = len(memory)
        read.clear()
        one_by_one += sample_shared(network, own, sampling, memory)
        new.append((len(memory) - before, sum(read)))
    assert one_by_one == at_once
    assert len(memory) == len({(number % 3, tuple(ids)) for number, ids in enumerate(at_once)})
    assert all(bool(answers) == bool(tokens) for answers, tokens in new)  # nothing new is nothing read
    assert sampling is WHOLE or (0, 0) in new


def test_what_another_way_of_drawing_wrote_is_not_taken(network: PreTrainedModel) -> None:
    memory, draws = DrawMemory(), draws_of(PROMPTS["only one"])
    for sampling in (WHOLE, LOW, Sampling(1.0, top_p=0.3), Sampling(1.0, ends=(3,))):
        assert sample_shared(network, draws, sampling, memory) == sample_shared(network, draws, sampling)


def test_a_longer_draw_goes_on_where_a_shorter_one_was_cut(network: PreTrainedModel, read: list[int]) -> None:
    memory, randoms = DrawMemory(), numbers(9)
    sample_shared(network, [Draw(TASK, randoms[:4])], WHOLE, memory)
    read.clear()
    (whole,) = sample_shared(network, [Draw(TASK, randoms)], WHOLE, memory)
    assert read == [8, 1, 1, 1, 1]  # the prompt and four known tokens at once
    assert whole == alone(network, Draw(TASK, randoms), WHOLE)


SIZES = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
LAYERS = {"intermediate_size": 32, "num_key_value_heads": 1, "max_position_embeddings": 64}
ENDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}


def lively(config: PretrainedConfig) -> PreTrainedModel:
    """Build a random network of that kind whose answers depend on the whole of what it has read."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = AutoModelForCausalLM.from_config(config).eval()
    for weights in network.parameters():
        weights.data.mul_(4 if weights.dim() > 1 else 1)
    return network


@pytest.mark.parametrize(
    "config",
    [
        GPT2Config(**SIZES, **ENDS, n_positions=64),  # positions are learnt
        MistralConfig(**SIZES, **LAYERS, **ENDS, sliding_window=4),
        Gemma2Config(**SIZES, **LAYERS, **ENDS, head_dim=8, sliding_window=4),  # in every other layer
    ],
    ids=lambda config: config.model_type,
)
def test_other_kinds_of_networks_say_what_they_would_without_a_cache(config: PretrainedConfig) -> None:
    network = lively(config)
    assert can_share(network)
    for name in ("one beginning, other lengths", "nothing in common"):
        draws = draws_of(PROMPTS[name], each=2)
        assert sample_shared(network, draws, WHOLE) == [alone(network, draw, WHOLE) for draw in draws]


@pytest.mark.parametrize(
    "config",
    [
        BloomConfig(**SIZES, **ENDS),  # takes no positions
        Lfm2Config(**SIZES, **LAYERS, **ENDS, layer_types=["conv", "full_attention"]),
        FalconH1Config(**SIZES, **LAYERS, **ENDS),  # state-space layers beside attention
    ],
    ids=lambda config: config.model_type,
)
def test_networks_with_another_memory_are_told(config: PretrainedConfig) -> None:
    assert not can_share(lively(config))
