"""Cases computed by hand: inputs, and the scores they must get."""

test_cases = [
    {
        "inputs": {
            "predictions": [[[0, 2], [4, 5]], []],
            "references": [[[0, 3]], [[1, 2]]],
            "lengths": [6, 3],
            "scores": [[0.9, 0.8, 0.1, 0.2, 0.7, 0.0], [0.1, 0.6, 0.2]],
        },
        "scores": {
            "iou_precision": 1 / 2,  # [0, 2) has IoU 2/3 with gold, [4, 5) none; no prediction in the second text
            "iou_recall": (1 + 0) / 2,
            "iou_f1": 1 / 2,
            "exact_precision": 0.0,
            "exact_recall": 0.0,
            "exact_f1": 0.0,
            "token_precision": (2 / 3 + 0) / 2,
            "token_recall": (2 / 3 + 0) / 2,
            "token_f1": (2 / 3 + 0) / 2,
            "iou_precision_micro": 1 / 2,
            "iou_recall_micro": 1 / 2,
            "iou_f1_micro": 1 / 2,
            "exact_precision_micro": 0.0,
            "exact_recall_micro": 0.0,
            "exact_f1_micro": 0.0,
            "token_precision_micro": 2 / 3,
            "token_recall_micro": 2 / 4,
            "token_f1_micro": 4 / 7,
            # gold is ranked 1, 2 and 5 of 6: the curve runs (0, 1), (2/3, 1), (2/3, 1/2), (1, 3/5); then 1 of 3
            "auprc": (2 / 3 * 1 + 1 / 3 * (1 / 2 + 3 / 5) / 2 + 1) / 2,
            "average_precision": ((1 + 1 + 3 / 5) / 3 + 1) / 2,
            "roc_auc": (7 / 9 + 1) / 2,  # of 9 pairs 2 are in the wrong order: 0.1 against 0.7 and 0.2
        },
    },
    {  # an IoU of exactly 0.5 is a hit; the second text is empty on both sides and enters no mean
        "inputs": {"predictions": [[[0, 2]], []], "references": [[[0, 4]], []], "lengths": [4, 5]},
        "scores": {"iou_precision": 1.0, "iou_recall": 1.0, "iou_f1": 1.0, "token_f1": 2 / 3, "exact_f1": 0.0},
    },
    {  # two halves of one gold span are two hits: recall 2 / 1, and F1 = 2 * 1 * 2 / 3
        "inputs": {"predictions": [[[0, 1], [1, 2]]], "references": [[[0, 2]]], "lengths": [3]},
        "scores": {"iou_precision": 1.0, "iou_recall": 2.0, "iou_f1": 4 / 3, "token_f1": 1.0},
    },
    {  # for "rated" they are one run; of the three tokens two are marked
        "inputs": {
            "predictions": [[[0, 1], [1, 2]]],
            "references": [[[0, 3]]],
            "lengths": [3],
            "scores": [[0.2, 0.1, 0.3]],
            "protocol": "rated",
        },
        "scores": {
            "span_precision": 1.0,
            "span_recall": 1.0,
            "span_f1": 1.0,
            "one_to_one_precision": 1.0,
            "one_to_one_recall": 1.0,
            "one_to_one_f1": 1.0,
            "token_accuracy": 2 / 3,
            "token_precision": 2 / 2,
            "token_recall": 2 / 3,
            "token_f1": 4 / 5,
            "token_macro_precision": (1 + 0) / 2,  # the one token left unmarked is gold
            "token_macro_recall": (2 / 3 + 0) / 2,
            "token_macro_f1": (4 / 5 + 0) / 2,
            "average_precision": 1.0,
        },
    },
]
