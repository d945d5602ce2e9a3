"""Cases computed by hand: inputs, and the scores they must get."""

test_cases = [
    {
        "inputs": {"full": [0.9, 0.6], "without": [0.4, 0.7], "only": [0.8, 0.6], "empty": [0.3, 0.5]},
        "scores": {
            "comprehensiveness": (0.5 - 0.1) / 2,  # without its rationale the second text is surer than with it
            "sufficiency": (0.1 + 0.0) / 2,
        },
    },
    {  # RATeD counts a negative difference as 0
        "inputs": {"full": [0.9, 0.6], "without": [0.4, 0.7], "only": [0.8, 0.7], "clip": True},
        "scores": {"comprehensiveness": (0.5 + 0.0) / 2, "sufficiency": (0.1 + 0.0) / 2},
    },
    {  # AOPC: a short and a long rationale
        "inputs": {"full": [0.8, 0.6], "without": [[0.7, 0.3], [0.6, 0.4]], "only": [[0.2, 0.6], [0.4, 0.6]]},
        "scores": {
            "comprehensiveness": (0.05 + 0.35) / 2,
            "comprehensiveness_bin_1": (0.1 + 0.0) / 2,
            "comprehensiveness_bin_2": (0.5 + 0.2) / 2,
            "sufficiency": (0.4 + 0.1) / 2,
            "sufficiency_bin_1": (0.6 + 0.2) / 2,
            "sufficiency_bin_2": (0.2 + 0.0) / 2,
        },
    },
]
