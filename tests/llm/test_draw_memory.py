"""What was said is said again for nothing, and only what was said."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.llm.draw_memory import DrawMemory, Step

FOOL = [Step(7, 0.1, 0.9), Step(3, 0.0, 0.7), Step(2, 0.2, 1.0)]
YOU = [Step(7, 0.1, 0.9), Step(4, 0.7, 1.0)]


def recall(memory: DrawMemory, *randoms: float, prompt: str = "p") -> tuple[list[Step], bool]:
    return memory.recall(prompt, np.array(randoms, dtype=np.float64))


def test_nothing_is_known_at_first() -> None:
    assert recall(DrawMemory(), 0.5) == ([], False)


def test_a_draw_that_follows_to_the_end_has_its_answer() -> None:
    memory = DrawMemory()
    memory.keep("p", FOOL, ended=True)
    assert recall(memory, 0.35, 0.61, 0.88, 0.4) == (FOOL, True)
    assert recall(memory, 0.35, 0.61, 0.88, 0.4, prompt="q") == ([], False)


def test_a_draw_that_leaves_an_answer_keeps_what_it_shares_with_it() -> None:
    memory = DrawMemory()
    memory.keep("p", FOOL, ended=True)
    memory.keep("p", YOU, ended=True)
    assert recall(memory, 0.05, 0.5, 0.5) == ([], False)
    assert recall(memory, 0.35, 0.61, 0.1) == (FOOL[:2], False)
    assert recall(memory, 0.35, 0.74) == (YOU, True)


def test_an_edge_belongs_to_the_token_behind_it() -> None:
    memory = DrawMemory()
    memory.keep("p", FOOL, ended=True)
    assert recall(memory, 0.1, 0.7) == (FOOL[:1], False)
    assert recall(memory, 0.9, 0.0) == ([], False)


def test_an_answer_that_was_cut_is_a_beginning() -> None:
    memory = DrawMemory()
    memory.keep("p", FOOL[:2], ended=False)
    assert recall(memory, 0.35, 0.61, 0.88) == (FOOL[:2], False)


def test_a_shorter_draw_takes_no_more_than_its_numbers() -> None:
    memory = DrawMemory()
    memory.keep("p", FOOL, ended=True)
    assert recall(memory, 0.35, 0.61) == (FOOL[:2], False)
    assert recall(memory) == ([], False)


def test_the_prompts_asked_longest_ago_are_forgotten_first() -> None:
    memory = DrawMemory(most=2)
    for prompt in ("old", "new"):
        memory.keep(prompt, YOU, ended=True)
    memory.keep("old", YOU, ended=True)  # asked again: now the younger one
    memory.keep("newest", YOU, ended=True)
    assert [recall(memory, 0.35, 0.74, prompt=name)[1] for name in ("old", "new", "newest")] == [True, False, True]
    assert len(memory) == 2


def test_an_answer_counts_once() -> None:
    memory = DrawMemory()
    for _ in range(3):
        memory.keep("p", YOU, ended=True)
    assert len(memory) == 1


@given(st.lists(st.lists(st.floats(0, 1, exclude_max=True), min_size=3, max_size=3), min_size=1, max_size=12))
def test_a_recalled_token_is_the_one_whose_stretch_holds_the_number(draws: list[list[float]]) -> None:
    """A model whose three tokens have a third each, but for 2, which ends an answer."""

    def step(number: float) -> Step:
        token = int(number * 3)
        return Step(token, token / 3, (token + 1) / 3)

    def written(randoms: list[float]) -> list[Step]:
        steps = [step(number) for number in randoms]
        end = next((place + 1 for place, own in enumerate(steps) if own.token == 2), len(steps))
        return steps[:end]

    memory = DrawMemory()
    for randoms in draws:
        known, ended = recall(memory, *randoms)
        own = [randoms[place] for place in range(len(known))]
        assert all(found.low <= number < found.high for found, number in zip(known, own, strict=True))
        assert known == written(randoms)[: len(known)]
        assert ended == (bool(known) and known[-1].token == 2)
        memory.keep("p", written(randoms), ended=written(randoms)[-1].token == 2)
        assert recall(memory, *randoms)[0] == written(randoms)
