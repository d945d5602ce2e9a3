"""Cases computed by hand: inputs, and the scores they must get."""

predictions = ["you | fool | others | hate [END]", "he | is cold | others | hate [SEP] he | cold | others | hate [END]"]
references = ["you | fool | others | hate [END]", "he | coat | others | hate [END]"]

test_cases = [
    {  # "cold" and "coat" share "co": ratio 2 * 2 / 8 = 0.5, which is not more than 0.5; "is cold" has 2 * 2 / 11
        "inputs": {"predictions": predictions, "references": references, "texts": ["you fool", "he is cold"]},
        "scores": {
            "hard_precision": 1 / 3,
            "hard_recall": 1 / 2,
            "hard_f1": 2 / 5,
            "soft_precision": 1 / 3,
            "soft_recall": 1 / 2,
            "soft_f1": 2 / 5,
            "average_f1": 2 / 5,
        },
    },
    {  # for "state" a ratio of 0.5 is enough
        "inputs": {"predictions": predictions, "references": references, "protocol": "state"},
        "scores": {
            "hard_precision": 1 / 3,
            "hard_recall": 1 / 2,
            "hard_f1": 2 / 5,
            "soft_precision": 2 / 3,
            "soft_recall": 2 / 2,
            "soft_f1": 4 / 5,
            "average_f1": (2 / 5 + 4 / 5) / 2,
        },
    },
    {  # the second piece has three fields: "ccl25" does not see it
        "inputs": {
            "predictions": ["you | fool | others | hate [SEP] you | others | hate [END]"],
            "references": references[:1],
        },
        "scores": {"hard_precision": 1.0, "hard_recall": 1.0, "hard_f1": 1.0, "soft_f1": 1.0, "average_f1": 1.0},
    },
    {  # "state" counts it as one more prediction
        "inputs": {
            "predictions": ["you | fool | others | hate [SEP] you | others | hate [END]"],
            "references": references[:1],
            "protocol": "state",
        },
        "scores": {
            "hard_precision": 1 / 2,
            "hard_recall": 1.0,
            "hard_f1": 2 / 3,
            "soft_f1": 2 / 3,
            "average_f1": 2 / 3,
        },
    },
    {  # triples leave out the group, which is wrong here
        "inputs": {
            "predictions": ["you | fool | Region | hate [END]"],
            "references": references[:1],
            "protocol": "state",
            "elements": "triple",
        },
        "scores": {"hard_f1": 1.0, "soft_f1": 1.0, "average_f1": 1.0},
    },
]
