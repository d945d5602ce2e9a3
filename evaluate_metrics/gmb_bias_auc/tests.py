"""Cases computed by hand: inputs, and the scores they must get."""

texts = {
    "scores": [0.9, 0.2, 0.7, 0.6, 0.8, 0.5, 0.95],
    "references": [1, 0, 1, 0, 0, 1, 0],
    "groups": [["Women"], ["Women"], ["Arab"], ["Arab"], ["Arab"], ["Asian"], []],
}

test_cases = [
    {  # a power of -1 gives the harmonic mean; no clean text about Asian, and the last text names nobody: left out
        "inputs": {**texts, "power": -1},
        "scores": {
            "gmb_subgroup_auc": 2 / (1 / 1 + 1 / 0.5),  # Women 1, Arab 1 of 2 pairs
            "gmb_bpsn_auc": 2 / (1 / 1 + 1 / 0.5),  # Women: 0.2 under 0.7 and 0.5; Arab: 0.6, 0.8 under 0.9, not 0.5
            "gmb_bnsp_auc": 3 / (1 / 1 + 1 / 1 + 3 / 1),  # Asian: 0.5 over 0.2, not over 0.6 and 0.8
        },
    },
    {  # for "rated" the last text is background: one more clean text, scored above all toxic ones
        "inputs": {**texts, "power": -1, "protocol": "rated"},
        "scores": {
            "gmb_subgroup_auc": 2 / (1 / 1 + 1 / 0.5),
            "gmb_bpsn_auc": 2 / (1 / 1 + 1 / 0.5),
            "gmb_bnsp_auc": 3 / (3 / 2 + 2 / 1 + 4 / 1),
        },
    },
    {  # the power of the papers, -5
        "inputs": {**texts, "communities": ["Women", "Arab"]},
        "scores": {
            "gmb_subgroup_auc": ((1**-5 + 0.5**-5) / 2) ** (-1 / 5),
            "gmb_bpsn_auc": 1.0,  # the text about Asian is no background any more: 0.2 under 0.7; 0.6, 0.8 under 0.9
            "gmb_bnsp_auc": 1.0,
        },
    },
]
