"""The training rows of the small model: what is read, what is left out, and spans where nobody marked any.

Used by ``make_small_model.py``.
"""

import logging
import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hf_toxspan.core.lexicon import Lexicon, mine
from hf_toxspan.data.files import read_rows

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
