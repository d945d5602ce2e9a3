"""Cases computed by hand: inputs, and the scores they must get."""

test_cases = [
    {
        "inputs": {
            "predictions": [[[0, 4]], []],
            "references": [[[2, 4], [6, 7]], []],
            "texts": ["you fool", "hello"],
        },
        "scores": {
            "overlap_precision": 1.0,  # the one predicted span touches gold
            "overlap_recall": 0.5,  # one of two gold spans is touched
            "overlap_f1": 2 / 3,
            "char_precision": 2 / 4,
            "char_recall": 2 / 3,
            "char_f1": 4 / 7,
            "char_iou": 2 / 5,
            "text_char_f1": (4 / 7 + 1) / 2,  # the second text is empty on both sides
            "text_char_iou": (2 / 5 + 1) / 2,
        },
    },
    {  # two spans that touch stay two, and both are right; characters count once
        "inputs": {"predictions": [[[0, 3], [2, 6]]], "references": [[[2, 4]]]},
        "scores": {
            "overlap_precision": 2 / 2,
            "overlap_recall": 1 / 1,
            "overlap_f1": 1.0,
            "char_precision": 2 / 6,
            "char_recall": 2 / 2,
            "char_f1": 4 / 8,
            "char_iou": 2 / 6,
            "text_char_f1": 4 / 8,
            "text_char_iou": 2 / 6,
        },
    },
    {  # nothing anywhere: nothing to divide by, except in the means over texts
        "inputs": {"predictions": [[], []], "references": [[], []]},
        "scores": {
            "overlap_precision": 0.0,
            "overlap_recall": 0.0,
            "overlap_f1": 0.0,
            "char_precision": 0.0,
            "char_recall": 0.0,
            "char_f1": 0.0,
            "char_iou": 0.0,
            "text_char_f1": 1.0,
            "text_char_iou": 1.0,
        },
    },
]
