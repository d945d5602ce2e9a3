"""Choose the COLD sample that lies inside the package, and mark mild insults in it by a word list.

    python examples/make_cold_sample.py COLD/train.csv hf_toxspan/data/samples/cold_sample.jsonl [overlaps.jsonl.gz]

The optional third file holds the same rows with a field `also_in`: those that also lie in another public file (a test
set, for example) are left out. The words that keep a text out are a coarse sieve; read what was chosen before use.
"""

import logging
import re
import sys
import zlib
from collections import Counter
from typing import Any

from hf_toxspan.core.spans import Span, find_all, merge
from hf_toxspan.data.cold import read_cold
from hf_toxspan.data.files import read_rows, write_rows

LONGEST = 79
MARKED, UNMARKED, CLEAN = 220, 100, 320  # a quarter of each goes to "dev"
PER_WORD = 60  # rows a word may fill, so that the commonest does not fill the sample

INSULTS = """
恶心 垃圾 素质低 低素质 素质差 素质太差 没素质 没有素质 蠢 愚蠢 傻子 可笑 虚伪 自私 小气 无知
矫情 奇葩 无耻 没文化 野蛮 粗鲁 懦弱 弱智 脑残 笨 喷子 废物 猥琐 虚荣 丑陋 不要脸 狡猾 肮脏
神经病 讨人厌 招人烦 没教养 没礼貌 斤斤计较 小心眼 厚脸皮 没脑子 令人作呕 low爆
"""
"""Ordinary words that insult whoever they are said of; read in their sentences by hand."""

KEPT_OUT = """
死 杀 尸 奸 嫖 妓 鸡 屌 逼 操 艹 日你 黑鬼 尼哥 尼格 黑奴 猩 猴 鬼子 棒子 阿三 婊 狗 猪
猫 屎 尿 粪 艾滋 病毒 疫 灭 屠 纳粹 希特勒 清洗 奴 绿茶 妈的 他妈 tm nm sb cnm 滚
炸 枪 打 砍 恐怖 圣战 毒 奶 胸 乳 裸 炮 睡 处女 破鞋 滥交 骚 贱 屁 肛 精 阴 口交 恋童
幼女 贼 穆 伊斯兰 回族 绿教 清真 维 藏 政府 党 独 香港 台湾 文革 毛 习 性侵 性骚扰 骚扰
性交 性生活 性欲 上床 怀孕 堕胎 器 血 战争 战 军 鬼 畜 牲 禽兽 杂 种 畸 癌 残疾 太监 阉
变态 拐 卖 仇 暴 罪 犯 抢 国男 国女 蝈蝻 普信 拳 田园 蛆 虫 杂碎 渣 怪物 劣 低等 基因
智商 混血 炎 黑粉 二哈 娘炮 人妖 亡 牛头 入关 出轨 小三 偷 骗 家暴 虐 淫 割礼 猥亵 掐
歧视黑 歧视日 嫁给黑 老黑 黑b 黑哥 性伴 榨干 mmp 煞笔 智障 白痴 不去吊 无脑 宰 吐 食品
倒垃圾 扔垃圾 捡垃圾 扫 之徒 身体素质 斩 开房 服务者 女犬 杨笠 杨x 郑爽 岳云鹏 侃叔 饥荒
黑社会 赌 阿拉伯 犹太 印度 阿富汗 难民 移民 蛮夷 下地狱 断子绝孙
"""
"""Slurs, sex, death, violence, disease, crime and politics: a text with one of these stays out, whatever its label."""

READ_AND_LEFT_OUT = """
1198 1586 2375 5939 6039 6282 7373 7679 10068 11431 12186 12349 12758 13424 13549 13950 14114 14764
15158 16384 16853 17036 18128 18331 18349 19770 20340 20999 21546 22601 23610 24166 24599 24908
25029
"""
"""Row numbers of the training file: harsher than their words, or the listed word means something else there."""

CONTACT = re.compile(r"\d{7}|@")
"""A telephone number or a user's name."""

Rows = list[dict[str, Any]]


def is_mild(text: str) -> bool:
    """Say whether a text is short and holds no word that keeps it out."""
    return (
        len(text) <= LONGEST
        and "�" not in text
        and not CONTACT.search(text)
        and not any(word in text.lower() for word in KEPT_OUT.split())
    )


def number_of(row: dict[str, Any]) -> str:
    """Return the number of a row in its file, the last part of its id."""
    return str(row["id"]).rpartition("-")[2]


def insults_in(text: str) -> tuple[list[Span], list[str]]:
    """Return the places of the listed words in the text, joined, and the words."""
    found = {word: find_all(word, text) for word in INSULTS.split()}
    return merge(span for places in found.values() for span in places), [
        word for word, places in found.items() if places
    ]


def choose_marked(rows: Rows) -> Rows:
    """Take toxic rows with a listed word, no word more than `PER_WORD` times, and add their spans."""
    chosen: Rows = []
    uses = Counter[str]()
    for row in rows:
        spans, words = insults_in(row["text"])
        if words and max(uses[word] for word in words) < PER_WORD and len(chosen) < MARKED:
            uses.update(words)
            chosen.append({**row, "spans": [list(span) for span in spans], "spans_source": "lexicon"})
    return chosen


def with_split(rows: Rows) -> Rows:
    """Send every fourth row to "dev", the others to "train"."""
    return [{**row, "split": "dev" if number % 4 == 3 else "train"} for number, row in enumerate(rows)]


def main(cold_csv: str, output: str, overlaps: str | None = None) -> None:
    """Choose, mark and write the sample."""
    elsewhere = {row["text"] for row in read_rows(overlaps) if row["also_in"]} if overlaps else set()
    columns = ("id", "text", "label", "toxic", "spans", "topic")
    rows = [
        {**{column: row[column] for column in columns}, "spans_source": None}
        for row in read_cold(cold_csv)
        if is_mild(row["text"]) and row["text"] not in elsewhere and number_of(row) not in READ_AND_LEFT_OUT.split()
    ]
    rows.sort(key=lambda row: zlib.crc32(row["text"].encode()))  # any order that does not depend on the other rows
    toxic, clean = [row for row in rows if row["toxic"]], [row for row in rows if not row["toxic"]]
    marked = choose_marked(toxic)
    unmarked = [row for row in toxic if not insults_in(row["text"])[1]][:UNMARKED]
    chosen = with_split(marked) + with_split(unmarked) + with_split(clean[:CLEAN])
    chosen.sort(key=lambda row: int(number_of(row)))  # the order of COLD: classes mixed
    write_rows(chosen, output)
    counts = Counter((row["split"], row["label"], row["spans"] is not None) for row in chosen)
    logging.info("%d rows in %s: %s", len(chosen), output, dict(counts))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(*sys.argv[1:])
