"""Cases computed by hand: inputs, and the scores they must get."""

DECOMPOSED = "e\u0301 fool"  # 7 code points, 6 in NFC

test_cases = [
    {
        "inputs": {"texts": ["you fool", "hello"], "predictions": [[[4, 7]], []], "references": [[[4, 8]], []]},
        "scores": {
            "accuracy": (7 / 8 + 1) / 2,  # the second text is clean on both sides: one class, all 1
            "weighted_f1": ((6 / 7 + 8 / 9) / 2 + 1) / 2,  # half of the eight characters are hate
            "macro_f1": ((6 / 7 + 8 / 9) / 2 + 1) / 2,
        },
    },
    {  # a perfect system that counts in NFC: gold is at 3 to 7 of 7 characters, it says 2 to 6
        "inputs": {"texts": [DECOMPOSED], "predictions": [[[2, 6]]], "references": [[[3, 7]]]},
        "scores": {
            "accuracy": 5 / 7,
            "weighted_f1": (4 * (6 / 8) + 3 * (4 / 6)) / 7,
            "macro_f1": (6 / 8 + 4 / 6) / 2,
        },
    },
    {  # "rated" cuts gold at the 6 characters of the NFC form: 3 to 6
        "inputs": {"texts": [DECOMPOSED], "predictions": [[[2, 6]]], "references": [[[3, 7]]], "protocol": "rated"},
        "scores": {
            "accuracy": 5 / 6,
            "weighted_f1": (3 * (6 / 7) + 3 * (4 / 5)) / 6,
            "macro_f1": (6 / 7 + 4 / 5) / 2,
            "binary_f1": 6 / 7,
        },
    },
    {  # everything marked in a clean text: no class is right
        "inputs": {"texts": ["hello"], "predictions": [[[0, 5]]], "references": [[]]},
        "scores": {"accuracy": 0.0, "weighted_f1": 0.0, "macro_f1": 0.0},
    },
]
