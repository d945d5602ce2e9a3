"""Make the small model that ships inside the package: Chinese, English and Vietnamese in under 16 MB.

    python examples/make_small_model.py ENCODER DATA OUTPUT

ENCODER is the folder of a BERT encoder with a SentencePiece unigram vocabulary (multilingual-e5-small, cut to the three
languages). DATA holds ``<set>/train.jsonl.gz``, our own rows, of COLD, HateXplain, ViHOS and SemEval-2021 task 5; only
train parts are read. OUTPUT is a folder that must not exist yet.

1. Weak spans: COLD has none, so toxic rows are marked with terms mined from its own labels.
2. A smaller model: the first layers, the vocabulary of the texts, and embeddings factorised into ELECTRA's shape.
3. Cross entropy, then `GradientConstrainedTrainer`'s constraints (ToxiTrace).
4. The decision border and BiCSE's thresholds, chosen on training rows held out; float16 files.
"""

import argparse
import json
import logging
import random
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from shrink_encoder import small_model, small_tokenizer
from transformers import (
    ElectraForSequenceClassification,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    set_seed,
)

from hf_toxspan.core.bicse import GRID, BiCSE, extract
from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.core.lexicon import Lexicon, mine
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.rows import to_dataset
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

logger = logging.getLogger(__name__)

Rows = list[dict[str, Any]]
LABELLED = ("cold", "hatexplain", "vihos")  # whose rows people called toxic or clean
GOLD = ("hatexplain", "vihos", "semeval2021_toxic_spans")  # whose spans people marked
LABELS = {"clean": 0, "toxic": 1}
LONGEST_POST = 400  # characters: what is left whole of SemEval, whose long posts would be cut
SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*\s*")
# Of the terms mined from COLD those that insult by themselves (read through by hand); the others name its topics.
INSULTS = frozenset(
    re.findall(
        r"\w+",
        """
        虚伪 智商低 黑命贵 垃圾 强奸犯 舔狗 恶心 劣等 黑鬼 低素质 喷子 素质低 nigger 日本鬼子 毒贩 流氓 欺软怕硬
        白人老爷 废物 直男癌 阴险 理中客 素质差 祸害 穷逼 肮脏 骗子 畜生 低劣 圣母婊 屁事 愚昧 东亚病夫 鬼子
        崇洋媚外 tm 恶毒 不要脸 扯淡 没素质 智障 傻逼 婊 懒惰 好吃懒做 愚蠢 真他妈 狗屁 刁民 蠢 愚 跪舔 放屁 无脑黑
        红脖子 败类 自私 土匪 孽 贱 low 白左 滚回 女权癌 滥交 劣 女拳 渣男 滚出 老鼠屎 邪恶 舔 矫情 变态 无脑
        玻璃心 辣鸡 懒 臭 装逼 长得丑 sb 强盗 圣母 鬼 渣 傻 老鼠 mmp 妓女 屁 棒子 尼玛 阿三 奇葩 淫 打拳 偷井盖
        接盘 狡 猥琐 丑 狗 屎 他妈 艹 野蛮 怂 滚 黄皮 键盘侠 拜金 废 脏
        """,
    )
)


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
    mined = mine(texts[True], texts[False], min_log_odds=0.6)
    lexicon = Lexicon(term for term in mined if term in INSULTS)
    marks = [lexicon.mark(row["text"]) if row["toxic"] else [] for row in rows]
    logger.info("%d terms mined, %d toxic rows marked by the insults among them", len(mined), sum(map(bool, marks)))
    return [row | {"spans": [list(span) for span in spans] or None} for row, spans in zip(rows, marks, strict=True)]


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
    weak = rng.sample([row for row in cut if row["toxic"]], min(2000, len(cut) // 6))
    weak += rng.sample([row for row in cut if not row["toxic"]], min(5000, len(cut) // 4))
    rows = with_weak_spans(cold) + english + vietnamese + rng.sample(short, min(1500, len(short))) + weak
    rng.shuffle(rows)
    return rows


def train(
    model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, rows: Rows, options: argparse.Namespace
) -> None:
    """Warm up on cross entropy, then train under the gradient constraints."""
    arguments = GradientConstrainedTrainingArguments(
        output_dir=str(options.output.with_name(f"{options.output.name}-training")),
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
        save_steps=300,
        save_only_model=True,
        save_total_limit=1,
        disable_tqdm=True,
        seed=options.seed,
    )
    model.set_attn_implementation("eager")  # the fastest with a second derivative
    encoded = encode(to_dataset(rows, name="train"), tokenizer, label2id=LABELS, max_length=96)
    GradientConstrainedTrainer(
        model, arguments, train_dataset=encoded, data_collator=SpanCollator(tokenizer), processing_class=tokenizer
    ).train()


def tune_extraction(model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, rows: Rows) -> None:
    """Choose BiCSE's thresholds on held-out toxic rows with gold spans and keep them in the config.

    What counts is the mean of the sources' pooled character F1, so that no source's long spans rule the choice.
    """
    marked = [row for row in rows if row["toxic"] and row["spans"] and row["id"] in GOLD]
    explained = SpanExtractor(model.eval(), tokenizer)([row["text"] for row in marked], explain_all=True)
    groups: dict[str, list[tuple[dict[str, Any], Any]]] = defaultdict(list)
    for row, explanation in zip(marked, explained, strict=True):
        groups[row["id"]].append((row, explanation.saliency))

    def mean_f1(candidate: BiCSE) -> float:
        scores = [
            score_spans(
                [extract(values, row["text"], candidate) for row, values in group], [r["spans"] for r, _ in group]
            )
            for group in groups.values()
        ]
        return sum(score.char_f1 for score in scores) / max(len(scores), 1)

    best = max(GRID, key=mean_f1)
    logger.info("best on %d held-out training rows: %s, mean F1 %.4f", len(marked), best, mean_f1(best))
    model.config.span_extraction = ExtractionConfig(bicse=best).to_dict()


def calibrate(model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, rows: Rows) -> None:
    """Move the decision border to where held-out rows are told apart best, in the mean of the labelled sources.

    SemEval's posts, toxic without exception, pull English towards toxic; a shift of the bias undoes it and moves no
    gradient.
    """
    chosen = [row for row in rows if row["id"] in LABELLED]
    extractor = SpanExtractor(model.eval(), tokenizer)
    toxicity = torch.tensor([explanation.toxicity for explanation in extractor([row["text"] for row in chosen])])
    margins = torch.logit(toxicity.double(), eps=1e-9)

    def mean_f1(shift: float) -> float:
        scores = []
        for name in LABELLED:
            own = [position for position, row in enumerate(chosen) if row["id"] == name]
            decided = (margins[own] > shift).tolist()
            scores.append(score_classes(decided, [chosen[position]["toxic"] for position in own]).macro_f1)
        return sum(scores) / len(scores)

    best = max((step / 20 for step in range(-30, 31)), key=mean_f1)
    logger.info("bias shifted by %.2f: mean macro-F1 %.4f -> %.4f", -best, mean_f1(0.0), mean_f1(best))
    model.classifier.out_proj.bias.data[LABELS["toxic"]] -= best


def save(model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, output: Path) -> None:
    """Write the model in float16 and its tokenizer, first beside the output folder, then in its place."""
    folder = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}-"))
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    file = folder / "tokenizer.json"
    state = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    for written in folder.iterdir():
        written.chmod(0o644)
    folder.chmod(0o755)
    shutil.move(folder, output)
    logger.info("%s: %.1f MB", output, sum(file.stat().st_size for file in output.iterdir()) / 1e6)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=float, default=3.2)
    parser.add_argument("--warmup-epochs", type=float, default=0.8)
    parser.add_argument("--lambda-grad", type=float, default=2.0)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--start", type=Path, help="train this earlier output further instead of shrinking ENCODER")
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
    if options.start:
        model = ElectraForSequenceClassification.from_pretrained(options.start, dtype=torch.float32)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(options.start)
    else:
        tokenizer, ids, counts = small_tokenizer(options.encoder, [row["text"] for row in rows])
        model = small_model(options.encoder, ids, counts, label2id=LABELS, toxic_labels=["toxic"])
    held_out = len(rows) // 20
    train(model, tokenizer, rows[held_out:], options)
    calibrate(model, tokenizer, rows[:held_out])
    tune_extraction(model, tokenizer, rows[:held_out])
    save(model, tokenizer, options.output)


if __name__ == "__main__":
    main()
