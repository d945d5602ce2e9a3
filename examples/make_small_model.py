"""Make the small model that ships inside the package: Chinese, English and Vietnamese in under 16 MB.

    python examples/make_small_model.py ENCODER DATA OUTPUT

ENCODER is the folder of a BERT encoder with a SentencePiece unigram vocabulary (multilingual-e5-small, cut to the three
languages). DATA holds ``<set>/train.jsonl.gz``, our own rows, of COLD, HateXplain, ViHOS and SemEval-2021 task 5; only
train parts are read. OUTPUT is a folder that must not exist yet.

1. Weak spans: COLD has none, so toxic rows are marked with terms mined from its own labels.
2. A smaller model: the first layers, the vocabulary of the texts, and embeddings factorised into ELECTRA's shape.
3. Cross entropy, then `GradientConstrainedTrainer`'s constraints (ToxiTrace).
4. BiCSE's thresholds, chosen on training rows held out; float16 files.
"""

import argparse
import json
import logging
import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import layer_norm
from transformers import (
    BertModel,
    ElectraConfig,
    ElectraForSequenceClassification,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    set_seed,
)

from hf_toxspan.core import bicse
from hf_toxspan.core.lexicon import Lexicon, mine
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.rows import to_dataset
from hf_toxspan.modeling.extraction import ExtractionConfig, SpanExtractor
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

logger = logging.getLogger(__name__)

Rows = list[dict[str, Any]]
LAYERS, EMBEDDING_SIZE, VOCABULARY = (0, 1, 2), 96, 20_000
LABELS = {"clean": 0, "toxic": 1}
SPECIAL = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
LONGEST_POST = 400  # characters: what is left whole of SemEval, whose long posts would be cut
SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*\s*")
KEPT_CHARACTER = re.compile("[\u0000-\u024f\u0300-\u036f\u1e00-\u1eff\u4e00-\u9fff]")


def read_train(data: Path, name: str) -> Rows:
    """Read a training part under the labels of `LABELS`, without texts that are also in some dev or test part."""
    rows = read_rows(data / name / "train.jsonl.gz")
    fresh = [row for row in rows if not any(place.endswith(("dev", "test")) for place in row["also_in"])]
    logger.info("%s: %d rows, %d of them in no dev or test part", name, len(rows), len(fresh))
    return [as_row(name, row["text"], toxic=row["toxic"], spans=row["spans"]) for row in fresh]


def as_row(name: str, text: str, *, toxic: bool, spans: Iterable[Sequence[int]] | None) -> dict[str, Any]:
    """Return one row with one of the two labels."""
    label = "toxic" if toxic else "clean"
    marked = None if spans is None else [list(span) for span in spans]
    return {"id": name, "text": text, "label": label, "toxic": toxic, "spans": marked}


def with_weak_spans(rows: Rows) -> Rows:
    """Mark the toxic rows by terms mined from the labels; a row without any stays without span labels."""
    texts = {toxic: [row["text"] for row in rows if row["toxic"] is toxic] for toxic in (True, False)}
    lexicon = Lexicon(terms := mine(texts[True], texts[False], min_log_odds=2.0))
    logger.info("%d weak terms, such as %s", len(terms), ", ".join(list(terms)[:20]))
    return [row | {"spans": [list(s) for s in lexicon.mark(row["text"])] or None} if row["toxic"] else row for row in rows]


def sentences(rows: Rows) -> Rows:
    """Cut posts into sentences: one without any of its post's toxic spans counts as clean (weak labels)."""
    cut = []
    for row in rows:
        for match in SENTENCE.finditer(row["text"]) if row["spans"] else ():
            start, end = match.span()
            inside = [(max(s, start) - start, min(e, end) - start) for s, e in row["spans"] if s < end and e > start]
            if end - start > 15:
                cut.append(as_row("sentence", match.group(), toxic=bool(inside), spans=inside))
    return cut


def training_rows(data: Path, rng: random.Random) -> Rows:
    """Mix the four training parts, so that clean and toxic balance in each language, in random order."""
    cold, english, vietnamese = (read_train(data, name) for name in ("cold", "hatexplain", "vihos"))
    posts = read_train(data, "semeval2021_toxic_spans")
    cut = sentences(posts)
    short = [row for row in posts if len(row["text"]) <= LONGEST_POST]
    weak = rng.sample([row for row in cut if row["toxic"]], min(4000, len(cut) // 4))
    weak += rng.sample([row for row in cut if not row["toxic"]], min(7000, len(cut) // 3))
    rows = with_weak_spans(cold) + english + vietnamese + rng.sample(short, min(2000, len(short))) + weak
    rng.shuffle(rows)
    return rows


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
def small_model(encoder: Path, ids: list[int], counts: Tensor) -> ElectraForSequenceClassification:
    """Take the encoder's first layers and factorise its embeddings.

    ELECTRA normalises its small embedding *before* the projection, BERT the full one. What BERT's normalisation puts
    out has nearly one length, so its principal components (weighted by frequency) do too; turned into the complement
    of (1, ..., 1) they also have mean 0, and normalising them changes little.
    """
    big = BertModel.from_pretrained(encoder, dtype=torch.float32, add_pooling_layer=False).eval()
    width = big.config.hidden_size
    model = ElectraForSequenceClassification(small_config(big, len(ids)))
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
    basis = torch.linalg.qr(torch.cat([torch.ones(EMBEDDING_SIZE, 1), torch.randn(EMBEDDING_SIZE, EMBEDDING_SIZE - 1)], 1))
    to_small = components.T @ basis.Q[:, 1:].T  # (width, embedding size), orthonormal columns bar one
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


def small_config(big: BertModel, vocabulary: int) -> ElectraConfig:
    """Return the configuration of the small model: the encoder's, but for its size."""
    same = ("hidden_size", "num_attention_heads", "intermediate_size", "max_position_embeddings", "type_vocab_size")
    return ElectraConfig(
        **{name: getattr(big.config, name) for name in same},
        vocab_size=vocabulary,
        embedding_size=EMBEDDING_SIZE,
        num_hidden_layers=len(LAYERS),
        pad_token_id=big.config.pad_token_id,
        label2id=LABELS,
        id2label={number: label for label, number in LABELS.items()},
        toxic_labels=["toxic"],
    )


def train(
    model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, rows: Rows, options: argparse.Namespace
) -> None:
    """Warm up on cross entropy, then train under the gradient constraints."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = GradientConstrainedTrainingArguments(
            output_dir=folder,
            num_train_epochs=options.epochs,
            warmup_epochs=options.warmup_epochs,
            lambda_grad=options.lambda_grad,
            learning_rate=options.learning_rate,
            per_device_train_batch_size=32,
            warmup_steps=0.05,
            weight_decay=0.01,
            use_cpu=True,
            bf16=True,
            optim="adamw_torch_fused",
            train_sampling_strategy="group_by_length",
            logging_steps=50,
            save_strategy="no",
            disable_tqdm=True,
            seed=options.seed,
        )
        encoded = encode(to_dataset(rows, name="train"), tokenizer, label2id=LABELS, max_length=96)
        GradientConstrainedTrainer(
            model, arguments, train_dataset=encoded, data_collator=SpanCollator(tokenizer), processing_class=tokenizer
        ).train()


def tune_extraction(model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, rows: Rows) -> None:
    """Choose BiCSE's thresholds on held-out toxic rows and keep them in the config."""
    marked = [row for row in rows if row["toxic"] and row["spans"]]
    texts = [row["text"] for row in marked]
    explained = SpanExtractor(model.eval(), tokenizer)(texts, explain_all=True)
    best = bicse.tune([each.saliency for each in explained], texts, [row["spans"] for row in marked])
    logger.info("best on %d held-out training rows: %s", len(marked), best)
    model.config.span_extraction = ExtractionConfig(bicse=best).to_dict()


def save(model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, output: Path) -> None:
    """Write the model in float16 and its tokenizer without blanks, first beside the output folder, then in its place."""
    folder = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}-"))
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    save_file({n: w for n, w in weights.items() if not n.endswith("position_ids")}, folder / "model.safetensors", {"format": "pt"})
    state = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    folder.chmod(0o755)
    shutil.move(folder, output)
    logger.info("%s: %.1f MB", output, sum(file.stat().st_size for file in output.iterdir()) / 1e6)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--warmup-epochs", type=float, default=1.5)
    parser.add_argument("--lambda-grad", type=float, default=1.0)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--limit", type=int, default=None, help="train on so many rows only, for a trial")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def main() -> None:
    """Run the recipe."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = parse()
    if options.output.exists():
        raise SystemExit(f"{options.output} exists; name a folder that does not")
    set_seed(options.seed)
    rows = training_rows(options.data, random.Random(options.seed))[: options.limit]
    tokenizer, ids, counts = small_tokenizer(options.encoder, [row["text"] for row in rows])
    model = small_model(options.encoder, ids, counts)
    held_out = len(rows) // 30
    train(model, tokenizer, rows[held_out:], options)
    tune_extraction(model, tokenizer, rows[:held_out])
    save(model, tokenizer, options.output)


if __name__ == "__main__":
    main()
