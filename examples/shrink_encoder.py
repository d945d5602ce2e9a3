"""Shrink a BERT encoder to ELECTRA's shape: fewer layers, fewer pieces of vocabulary, factorised embeddings.

Used by ``make_small_model.py``. The result is a plain `ElectraForSequenceClassification`: it loads without custom code.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import layer_norm
from transformers import (
    BertModel,
    ElectraConfig,
    ElectraForSequenceClassification,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

LAYERS, EMBEDDING_SIZE, VOCABULARY = (0, 1, 2), 96, 20_000
SPECIAL = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
KEPT_CHARACTER = re.compile("[\u0000-\u024f\u0300-\u036f\u1e00-\u1eff\u4e00-\u9fff]")


def small_tokenizer(encoder: Path, texts: Sequence[str]) -> tuple[PreTrainedTokenizerBase, list[int], Tensor]:
    """Cut the vocabulary to the single characters and the pieces most frequent in lower-cased texts.

    Returns:
        The tokenizer, the old number of each new piece, and how often each piece occurs.
    """
    state = json.loads((encoder / "tokenizer.json").read_text(encoding="utf-8"))
    state["normalizer"]["normalizers"].append({"type": "Lowercase"})
    counts = Counter(i for line in Tokenizer.from_str(json.dumps(state)).encode_batch(texts) for i in line.ids)
    pieces = [piece for piece, _ in state["model"]["vocab"]]
    special = {added["id"] for added in state["added_tokens"]}
    kept = special | {i for i, piece in enumerate(pieces) if is_kept(piece, counts[i])}
    frequent = (i for i, _ in counts.most_common() if i not in kept)
    ids = sorted([*kept, *(i for i, _ in zip(frequent, range(VOCABULARY - len(kept)), strict=False))])
    state["model"]["vocab"] = [[pieces[i], round(state["model"]["vocab"][i][1], 2)] for i in ids]
    for added in state["added_tokens"]:
        added["id"] = ids.index(added["id"])
    names = {f"{name}_token": token for name, token in SPECIAL.items()}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(state)), model_max_length=512, **names
    )
    return tokenizer, ids, torch.tensor([float(counts[i]) for i in ids])


def is_kept(piece: str, count: int) -> bool:
    """Keep the blank and every single character that is Chinese, Latin, Vietnamese or occurs."""
    character = piece.replace("▁", "")
    single = len(character) == 1 and (count > 0 or KEPT_CHARACTER.match(character) is not None)
    return piece == piece.lower() and (not character or single)


@torch.no_grad()
def small_model(
    encoder: Path, ids: list[int], counts: Tensor, *, label2id: dict[str, int], toxic_labels: list[str]
) -> ElectraForSequenceClassification:
    """Take the encoder's first layers and factorise its embeddings.

    ELECTRA normalises its small embedding *before* the projection, BERT the full one. What BERT's normalisation puts
    out has nearly one length, so its principal components (weighted by frequency) do too; turned into the complement
    of (1, ..., 1) they also have mean 0, and normalising them changes little.
    """
    big = BertModel.from_pretrained(encoder, dtype=torch.float32, add_pooling_layer=False).eval()
    width = big.config.hidden_size
    model = ElectraForSequenceClassification(small_config(big, len(ids), label2id, toxic_labels))
    for layer, source in zip(model.electra.encoder.layer, LAYERS, strict=True):
        layer.load_state_dict(big.encoder.layer[source].state_dict())
    source, norm = big.embeddings, big.embeddings.LayerNorm

    def normalise(values: Tensor) -> Tensor:
        return layer_norm(values, (width,), norm.weight, norm.bias, norm.eps)

    words = source.word_embeddings.weight[ids] + source.token_type_embeddings.weight[0]
    positions = source.position_embeddings.weight
    weights = (counts + 1).sqrt()[:, None] / (counts + 1).sqrt().sum()
    typical = positions[1:48].mean(dim=0)
    wanted = normalise(words + typical)  # (words, width), BERT's embedding at a typical place
    centre = (weights * wanted).sum(dim=0)
    components = torch.linalg.svd(weights.sqrt() * (wanted - centre), full_matrices=False).Vh[: EMBEDDING_SIZE - 1]
    anything = torch.randn(EMBEDDING_SIZE, EMBEDDING_SIZE - 1)
    basis = torch.linalg.qr(torch.cat([torch.ones(EMBEDDING_SIZE, 1), anything], dim=1)).Q[:, 1:]
    to_small = components.T @ basis.T  # (width, embedding size), orthonormal columns bar one
    coded = (wanted - centre) @ to_small
    length = (weights * coded.pow(2).mean(dim=1, keepdim=True).sqrt()).sum()
    common = counts.topk(500).indices
    moved = torch.stack([(normalise(words[common] + place) - wanted[common]).mean(dim=0) for place in positions])
    target = model.electra.embeddings
    target.word_embeddings.weight.copy_(coded / length)
    target.position_embeddings.weight.copy_(moved @ to_small / length)
    target.token_type_embeddings.weight.zero_()
    model.electra.embeddings_project.weight.copy_(length * to_small)
    model.electra.embeddings_project.bias.copy_(centre)
    return model


def small_config(big: BertModel, vocabulary: int, label2id: dict[str, int], toxic_labels: list[str]) -> ElectraConfig:
    """Return the configuration of the small model: the encoder's, but for its size."""
    same = ("hidden_size", "num_attention_heads", "intermediate_size", "max_position_embeddings", "type_vocab_size")
    return ElectraConfig(
        **{name: getattr(big.config, name) for name in same},
        vocab_size=vocabulary,
        embedding_size=EMBEDDING_SIZE,
        num_hidden_layers=len(LAYERS),
        pad_token_id=big.config.pad_token_id,
        label2id=label2id,
        id2label={number: label for label, number in label2id.items()},
        toxic_labels=toxic_labels,
    )
