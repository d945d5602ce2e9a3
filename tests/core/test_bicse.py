"""Promises of BiCSE, the extractor of evidence spans."""

import itertools
import unicodedata
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.bicse import GRID, BiCSE, extract, tune
from hf_toxspan.core.spans import Span, merge, to_mask

DRAWN = [0.1, 0.6, 0.9, 1.0, 0.8, 0.3, 0.2, 0.7]
CHARACTERS = BiCSE(whole_words=False)

few = settings(max_examples=60, deadline=None)


class Case(NamedTuple):
    """A text with one whole number a character: quotients of such numbers are exact in every scale."""

    saliency: list[int]
    text: str
    parameters: BiCSE


@st.composite
def cases(draw: st.DrawFn) -> Case:
    text = draw(st.text(alphabet="ab傻货é\u0301 \n\u3000,😀\u200bไ", max_size=20))
    saliency = draw(st.lists(st.integers(0, 10), min_size=len(text), max_size=len(text)))
    shares = st.sampled_from([0.2, 0.3, 0.5, 0.7, 1.0])
    peak = draw(shares)
    floor = draw(st.sampled_from([0.0, 0.5, 1.0])) * peak
    return Case(saliency, text, BiCSE(peak, floor, draw(shares), draw(st.integers(0, 2)), draw(st.booleans())))


def run(case: Case) -> list[Span]:
    return extract(case.saliency, case.text, case.parameters)


def quotes(text: str, salient: str, parameters: BiCSE | None = None) -> list[str]:
    """Return the evidence of a text in which one quoted piece alone is salient."""
    start = text.index(salient)
    saliency = to_mask([(start, start + len(salient))], len(text)).astype(float)
    return [text[start:end] for start, end in extract(saliency, text, parameters)]


def bridged(case: Case) -> list[float]:
    """Return the level of each character as the module describes it, without words."""
    level: list[float] = []
    for blank, group in itertools.groupby(range(len(case.text)), key=lambda position: case.text[position].isspace()):
        run_of = list(group)
        inner = blank and run_of[0] > 0 and run_of[-1] + 1 < len(case.text)
        weaker = min(case.saliency[run_of[0] - 1], case.saliency[run_of[-1] + 1]) if inner else 0
        level += [weaker if blank else case.saliency[position] for position in run_of]
    top = max(level, default=0)
    return [value / top if top else 0.0 for value in level]


def test_the_drawn_example_gives_the_drawn_evidence() -> None:
    parameters = BiCSE(peak=0.65, floor=0.25, cliff=0.5)

    assert extract(DRAWN, "他真是个蠢货吧呀", parameters) == [Span(1, 5), Span(7, 8)]


@pytest.mark.parametrize(
    ("parameters", "spans"),
    [
        (BiCSE(peak=1.0, floor=0.0, cliff=0.05), [(3, 4)]),
        (BiCSE(peak=1.0, floor=0.0, cliff=0.15), [(2, 4)]),
        (BiCSE(peak=1.0, floor=0.0, cliff=0.25), [(2, 5)]),
        (BiCSE(peak=1.0, floor=0.0, cliff=0.5), [(1, 5)]),
        (BiCSE(peak=1.0, floor=0.0, cliff=1.0), [(0, 8)]),
        (BiCSE(peak=1.0, floor=0.75, cliff=1.0), [(2, 5)]),
        (BiCSE(peak=0.65, floor=0.65, cliff=1.0), [(2, 5), (7, 8)]),
        (BiCSE(peak=0.65, floor=0.65, cliff=1.0, gap=1), [(2, 5), (7, 8)]),
        (BiCSE(peak=0.65, floor=0.65, cliff=1.0, gap=2), [(2, 8)]),
    ],
)
def test_each_threshold_moves_the_ends_of_the_drawn_example(parameters: BiCSE, spans: list[tuple[int, int]]) -> None:
    assert extract(DRAWN, "他真是个蠢货吧呀", parameters) == spans


@few
@given(cases(), st.integers(1, 10**6), st.integers(-60, 60))
def test_the_scale_of_the_saliency_does_not_matter(case: Case, factor: int, power: int) -> None:
    scaled = case._replace(saliency=[value * factor * 2.0**power for value in case.saliency])

    assert run(scaled) == run(case)


@few
@given(cases())
def test_spans_are_normalised_inside_the_text_and_begin_and_end_with_ink(case: Case) -> None:
    spans = run(case)

    assert spans == merge(spans)
    assert all(0 <= start < end <= len(case.text) for start, end in spans)
    assert not any(case.text[start].isspace() or case.text[end - 1].isspace() for start, end in spans)
    assert all(type(position) is int for span in spans for position in span)


@few
@given(cases())
def test_every_character_from_the_peak_on_is_evidence(case: Case) -> None:
    inside = to_mask(run(case), len(case.text))

    top = max((value for value, c in zip(case.saliency, case.text, strict=True) if not c.isspace()), default=0)
    assert all(
        inside[position] or character.isspace() or case.saliency[position] / top < case.parameters.peak
        for position, character in enumerate(case.text)
        if top
    )


@few
@given(cases())
def test_without_words_and_gap_no_character_below_the_floor_is_evidence(case: Case) -> None:
    case = case._replace(parameters=replace(case.parameters, gap=0, whole_words=False))
    inside = to_mask(run(case), len(case.text))

    assert all(level >= case.parameters.floor for level, marked in zip(bridged(case), inside, strict=True) if marked)


@few
@given(cases())
def test_evidence_is_what_a_walk_from_a_peak_reaches_without_cliff_or_floor(case: Case) -> None:
    case = case._replace(parameters=replace(case.parameters, gap=0, whole_words=False))
    level, (peak, floor, cliff, *_) = bridged(case), vars(case.parameters).values()
    expected = set()
    for position, step in itertools.product(range(len(level)), (1, -1)):
        before, here = None, position
        while 0 <= here < len(level) and level[here] > 0:
            if level[here] < peak if before is None else level[here] < floor or level[here] <= (1 - cliff) * before:
                break
            expected.add(here)
            before, here = level[here], here + step

    assert set(np.flatnonzero(to_mask(run(case), len(level))).tolist()) == expected


@few
@given(cases())
def test_a_mirrored_text_gives_mirrored_spans(case: Case) -> None:
    case = case._replace(parameters=replace(case.parameters, whole_words=False))
    mirrored = case._replace(saliency=case.saliency[::-1], text=case.text[::-1])

    length = len(case.text)
    assert run(mirrored) == [Span(length - end, length - start) for start, end in reversed(run(case))]


@few
@given(cases())
def test_lower_thresholds_never_mark_less(case: Case) -> None:
    lower = replace(case.parameters, peak=case.parameters.peak * 0.75, floor=case.parameters.floor * 0.75)
    wider = replace(lower, cliff=1.0, gap=case.parameters.gap + 1)

    inside = to_mask(run(case), len(case.text))
    assert (inside <= to_mask(run(case._replace(parameters=lower)), len(case.text))).all()
    assert (inside <= to_mask(run(case._replace(parameters=wider)), len(case.text))).all()


@pytest.mark.parametrize("unit", ["a", "傻", "傻 ", "ab ", "e\u0301", " "])
def test_two_hundred_thousand_characters_are_read(unit: str) -> None:
    text = (unit * 200_000)[:200_000]
    saliency = 1.0 + np.arange(len(text)) % 2

    spans = extract(saliency, text, BiCSE(peak=0.9, cliff=0.3))

    assert spans == ([] if unit == " " else merge(spans))
    assert bool(spans) == (unit != " ")


def test_a_word_is_read_whole_from_one_salient_piece() -> None:
    assert quotes("what an idiotic, idea", "iot") == ["idiotic"]
    assert quotes("what an idiotic idea", "iot", CHARACTERS) == ["iot"]


@pytest.mark.parametrize(
    ("text", "salient", "word"),
    [
        ("bạn rất ngu ạ", "g", "ngu"),
        (unicodedata.normalize("NFC", "đúng là đồ rẻ rách"), "r", "rẻ"),
        (unicodedata.normalize("NFD", "thật bẩn thỉu quá"), "b", unicodedata.normalize("NFD", "bẩn")),
        (unicodedata.normalize("NFD", "thật bẩn thỉu quá"), "\u0309", unicodedata.normalize("NFD", "bẩn")),
        ("ты идиот!", "ди", "идиот"),
        ("तू मूर्ख है", "र", "मूर्ख"),
        ("நீ முட்டாள் தான்", "ட", "முட்டாள்"),
        ("أنت غَبِيّ جدا", "ب", "غَبِيّ"),
        ("אתה אִידְיוֹט גמור", "ד", "אִידְיוֹט"),
        ("너는 바보야 진짜", "보", "바보야"),
        ("you stu\u200bpid one", "p", "stu\u200bpid"),
        ("sh1t, 4ss!", "4", "4ss"),
    ],
)
def test_words_are_whole_in_every_script_that_writes_blanks(text: str, salient: str, word: str) -> None:
    assert quotes(text, salient) == [word]


@pytest.mark.parametrize(
    ("text", "salient"),
    [
        ("他真是个蠢货吧", "蠢货"),
        ("𠮷𠮷𡈽𠮷", "𡈽"),
        ("おまえはバカだ", "バカ"),
        ("人々はﾊﾞｶだ", "ｶ"),
        ("二〇〇八年", "〇"),
        ("คนโง่มาก", "โง่"),
        ("เขาโง่", "ข"),
        ("ສົມໂງ່", "ໂງ່"),
        ("လူမိုက်", "မ"),
        ("មនុស្ស", "ស"),
        ("👨\u200d👩😀😀", "😀"),
        ("foo_bar", "bar"),
        ("shut-up", "shut"),
    ],
)
def test_characters_stand_alone_where_no_blanks_are_written(text: str, salient: str) -> None:
    start = text.index(salient)
    saliency = to_mask([(start, start + len(salient))], len(text))

    assert extract(saliency, text) == [Span(start, start + len(salient))]


def test_a_latin_word_inside_chinese_is_whole_and_ends_at_the_character() -> None:
    assert quotes("你这个idiot真坏", "dio") == ["idiot"]
    assert quotes("你这个idiot真坏", "真") == ["真"]


def test_blanks_between_salient_words_are_bridged() -> None:
    assert extract([1, 1, 1, 1, 0, 0.9, 0.9, 0, 0], "shut up !") == [Span(0, 7)]
    assert extract([1, 1, 0, 0, 0, 1], "ab \n\u3000c") == [Span(0, 6)]


def test_a_blank_is_as_salient_as_its_weaker_neighbour() -> None:
    assert extract([1, 1, 1, 0.2, 0.2], "ab cd") == [Span(0, 2)]
    assert extract([1, 1, 1, 0.6, 0.6], "ab cd") == [Span(0, 5)]


def test_blanks_at_the_ends_of_a_text_are_never_evidence() -> None:
    assert extract([1, 1, 1, 1, 1], "  a  ") == [Span(2, 3)]
    assert extract([1, 1, 1], " \n\t") == []


def test_what_a_model_gives_to_a_blank_does_not_raise_the_bar() -> None:
    assert extract([0, 0, 0, 9, 1, 1, 1, 1], "you fool") == [Span(4, 8)]


def test_a_gap_is_bridged_up_to_its_width() -> None:
    saliency, text = [1, 0, 1, 0, 0, 1], "一二三四五六"

    assert extract(saliency, text, BiCSE(gap=0)) == [Span(0, 1), Span(2, 3), Span(5, 6)]
    assert extract(saliency, text, BiCSE(gap=1)) == [Span(0, 3), Span(5, 6)]
    assert extract(saliency, text, BiCSE(gap=2)) == [Span(0, 6)]


def test_a_blank_beside_evidence_counts_in_the_gap() -> None:
    assert extract([1, 0, 0, 1], "一 二三", BiCSE(gap=1)) == [Span(0, 1), Span(3, 4)]
    assert extract([1, 0, 0, 1], "一 二三", BiCSE(gap=2)) == [Span(0, 4)]


def test_a_fall_to_nothing_ends_evidence_under_every_parameter() -> None:
    assert extract([1, 0, 0], "一二三", BiCSE(peak=1, floor=0, cliff=1)) == [Span(0, 1)]


def test_no_saliency_is_no_evidence() -> None:
    assert extract([0.0, 0.0], "ab") == []
    assert extract([], "") == []


@pytest.mark.parametrize("saliency", [[1.0], [1.0, 1.0, 1.0], [], [[1.0, 1.0]], 1.0])
def test_another_number_of_values_than_characters_is_an_error(saliency: object) -> None:
    with pytest.raises(ValueError, match=r"expected one value a character, \(2,\)"):
        extract(saliency, "ab")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -0.1])
def test_a_value_that_is_negative_or_not_finite_is_an_error(wrong: float) -> None:
    with pytest.raises(ValueError, match="negative or not finite; expected values >= 0"):
        extract([1.0, wrong], "ab")


@pytest.mark.parametrize("parameters", [BiCSE(), CHARACTERS])
def test_the_saliency_of_the_caller_stays_unchanged(parameters: BiCSE) -> None:
    saliency = np.array([0.0, 2.0, 3.0, 5.0, 4.0])

    extract(saliency, "a bcd", parameters)

    assert saliency.tolist() == [0.0, 2.0, 3.0, 5.0, 4.0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"peak": 0}, "peak is 0; expected 0 < peak <= 1"),
        ({"peak": 1.1}, r"peak is 1\.1"),
        ({"peak": float("nan")}, "peak is nan"),
        ({"floor": -0.1}, r"floor is -0\.1; expected 0 <= floor <= peak \(0\.5\)"),
        ({"floor": 0.6}, r"floor is 0\.6"),
        ({"cliff": 0}, "cliff is 0; expected 0 < cliff <= 1"),
        ({"cliff": 2}, "cliff is 2"),
        ({"gap": -1}, "gap is -1; expected a number of characters >= 0"),
    ],
)
def test_a_parameter_out_of_range_is_quoted(values: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BiCSE.from_dict(values)  # type: ignore[arg-type]


@pytest.mark.parametrize("parameters", [BiCSE(), BiCSE(0.7, 0.1, 1.0, 2, False), GRID[-1]])
def test_parameters_survive_a_config(parameters: BiCSE) -> None:
    assert BiCSE.from_dict(dict(vars(parameters))) == parameters
    assert BiCSE.from_dict({}) == BiCSE()


def test_unknown_parameters_are_named_beside_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown BiCSE parameters \['Gap', 'top'\]; expected some of \['peak', "):
        BiCSE.from_dict({"top": 1, "Gap": 2, "peak": 0.5})


STRICT, WIDE = BiCSE(peak=1.0, floor=1.0, whole_words=False), BiCSE(peak=0.1, floor=0.0, cliff=1.0, whole_words=False)
SALIENCIES, TEXTS = [[0.2, 1.0, 0.5], [1.0, 0.3, 0.2, 0.1]], ["一二三", "一二三四"]


def test_tune_picks_the_best_character_f1_pooled_over_the_texts() -> None:
    # gold of 1 + 4 characters: STRICT shares 1 + 1 of 2, F1 4/7; WIDE shares 1 + 4 of 7, F1 10/12
    assert tune(SALIENCIES, TEXTS, [[[1, 2]], [[0, 4]]], grid=[STRICT, WIDE]) == WIDE
    # gold of 1 + 1 characters: STRICT is perfect
    assert tune(SALIENCIES, TEXTS, [[[1, 2]], [[0, 1]]], grid=[WIDE, STRICT]) == STRICT
    # the mean over the two texts would prefer STRICT: (1 + 2/5) / 2 = .7 against (1/2 + 8/9) / 2 = .69
    longer = [SALIENCIES[0], [1.0] + [0.2] * 4], [TEXTS[0], "一二三四五"]
    assert tune(*longer, [[[1, 2]], [[0, 4]]], grid=[STRICT, WIDE]) == WIDE


def test_tune_counts_overlapping_gold_once_and_clean_texts_too() -> None:
    assert tune(SALIENCIES, TEXTS, [[[1, 2], [1, 2]], []], grid=[WIDE, STRICT]) == STRICT


def test_tune_keeps_the_first_of_equals() -> None:
    assert tune([[1.0]], ["一"], [[[0, 1]]], grid=[WIDE, STRICT]) == WIDE
    assert tune([[1.0]], ["一"], [[[0, 1]]], grid=[STRICT, WIDE]) == STRICT
    assert tune([[1.0]], ["一"], [[]]) == GRID[0]


def test_tune_reads_generators_once() -> None:
    best = tune(iter(SALIENCIES), iter(TEXTS), iter([iter([[1, 2]]), iter([[0, 1]])]), grid=iter([WIDE, STRICT]))

    assert best == STRICT


def test_tune_on_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no texts to tune on"):
        tune([], [], [])
    with pytest.raises(ValueError, match="no texts to tune on"):
        tune(iter([]), iter([]), iter([]))


def test_tune_names_how_many_of_each_it_was_given() -> None:
    with pytest.raises(ValueError, match="2 saliencies and 1 references for 2 texts"):
        tune(SALIENCIES, TEXTS, [[]])
    with pytest.raises(ValueError, match="1 saliencies and 2 references for 2 texts"):
        tune(SALIENCIES[:1], TEXTS, [[], []])


def test_the_grid_holds_distinct_candidates() -> None:
    assert len(set(GRID)) == len(GRID)
