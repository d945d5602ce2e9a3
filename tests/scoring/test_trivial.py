"""Promises of the trivial systems."""

from hf_toxspan.scoring.trivial import for_spans, systems


def test_systems_are_named_and_missing_ones_left_out() -> None:
    assert systems(nothing={"predictions": [[]]}) == {"mark nothing": {"predictions": [[]]}}
    assert list(systems(nothing={}, everything={}, annotator={})) == [
        "mark nothing",
        "mark everything",
        "copy one annotator",
    ]


def test_marking_everything_leaves_out_outer_blanks_and_empty_texts() -> None:
    found = for_spans({"references": [[], [], []], "texts": [" you fool ", "", "ngu"]})

    assert found["mark everything"] == {"predictions": [[(1, 9)], [], [(0, 3)]]}
    assert found["mark nothing"] == {"predictions": [[], [], []]}
