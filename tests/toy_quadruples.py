"""What the tests of the encoder that finds quadruples share: a tiny model, and rows with a rule that it can learn."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import torch
from datasets import Dataset
from torch import nn
from transformers import BertConfig, PreTrainedTokenizerBase

from hf_toxspan.data.quadruple_encoding import QuadrupleCollator, encode_quadruples
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_encoder_config import QuadrupleEncoderConfig
from hf_toxspan.training.quadruple_encoder import count_learnt, quadruple_sums

Row = dict[str, Any]

WHO: dict[str | None, list[str]] = {
    "they": ["Region"],
    "she": ["Sexism"],
    "people": ["Sexism", "Racism"],
    None: ["others"],
}
"""Whom an unkind word attacks, by the one who is named."""
UNKIND = ("dumb", "ugly trash", "idiot")
KIND = ("kind", "very good", "nice people")


def quad(text: str, target: str | None, argument: str, groups: Sequence[str] = (), hateful: bool = True) -> Row:
    """Build a quadruple of a row; a string that the text does not hold has no span."""

    def span(quote: str | None) -> list[int] | None:
        start = -1 if quote is None else text.find(quote)
        return None if quote is None or start < 0 else [start, start + len(quote)]

    return {
        "target": target,
        "argument": argument,
        "group": list(groups),
        "hateful": hateful,
        "target_span": span(target),
        "argument_span": span(argument),
    }


def row(text: str, *quads: Row) -> Row:
    """Build a row; its text is its id."""
    hateful = any(own["hateful"] for own in quads)
    label = "hate" if hateful else "non-hate"
    return {"id": text, "text": text, "label": label, "toxic": hateful, "spans": None, "quads": list(quads)}


def toy_rows() -> list[Row]:
    """Build 96 rows: who is named gives the groups, what is said gives the hate."""
    rows = []
    for (who, groups), said, end in product(WHO.items(), UNKIND + KIND, ("", " hello", " and thank you", " friend")):
        text = (f"{who} are {said}" if who else f"what is {said}") + end
        unkind = said in UNKIND
        rows.append(row(text, quad(text, who, said, groups if unkind else (), hateful=unkind)))
    return rows


def build_encoder(tokenizer: PreTrainedTokenizerBase, *, lively: bool = False, **settings: Any) -> QuadrupleEncoder:
    """Build a two-layer BERT of width 16 with new heads, always the same; a lively one has eight times the weights."""
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    positions = {"max_position_embeddings": 128, "pad_token_id": tokenizer.pad_token_id}
    config = QuadrupleEncoderConfig(BertConfig(vocab_size=len(tokenizer), **sizes, **positions), **settings)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = QuadrupleEncoder(config)
        nn.init.normal_(model.no_target)
    for module in model.modules() if lively else ():
        if isinstance(module, nn.Linear | nn.Embedding):
            module.weight.data.mul_(8)
        elif isinstance(module, nn.Dropout):
            module.p = 0.0
    return model.eval()


def teach(model: QuadrupleEncoder, tokenizer: PreTrainedTokenizerBase, *, epochs: int = 25) -> QuadrupleEncoder:
    """Teach a model the rule of `toy_rows`, in seconds, without a trainer."""
    groups = model.config.groups
    encoded = encode_quadruples(Dataset.from_list(toy_rows()), tokenizer, groups=groups, max_length=32).rows.to_list()
    collate = QuadrupleCollator(tokenizer, len(groups))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for _ in range(epochs):
            order = torch.randperm(len(encoded)).tolist()
            for start in range(0, len(order), 16):
                batch = collate([encoded[place] for place in order[start : start + 16]])
                output = model.train()(batch["input_ids"], batch["attention_mask"], pairs=batch["pairs"])
                optimizer.zero_grad()
                (torch.stack(quadruple_sums(output, batch)) / count_learnt(batch)).sum().backward()
                optimizer.step()
    return model.eval()
