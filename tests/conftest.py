"""Fixtures of the whole suite: a tokenizer and a model built in memory, so that no test needs a network."""

import gzip
import json
import os
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn
from transformers import BertConfig, BertForSequenceClassification, PreTrainedModel, PreTrainedTokenizerFast
from transformers.modeling_outputs import SequenceClassifierOutput

from hf_toxspan.core.tags import BEGIN, OUTSIDE, TAGS
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.rationale_config import RationaleConfig
from hf_toxspan.tensor.rationale_losses import tagging_loss

pytest_plugins = ["tests.chat_servers", "tests.encoders", "tests.hub_server"]

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

WORDS = """
you are is am so the a an and not very this that what stupid idiot idiots fool trash garbage ugly
dumb nice good kind hello world friend thank people they he she we i it bạn rất ngu đồ tốt xin chào
người không và là
"""

CHINESE = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看"
    "起发当没成只如事把还用第样道想作种开美乐真太吧呢啊吗哈今很谢朋友喜欢黑白男女狗猪猫傻笨蠢蛋垃圾恶滚废物脑残素质低丑坏死妈的"
    "东西南北京海河省市区城乡老少孩语文书读写字气候春夏秋冬雨雪风花草树山水火土金木车路门房电话手机网视频点赞评论回复"
)

LETTERS = string.ascii_lowercase + string.digits + "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"

TOXIC_WORDS = "stupid idiot idiots fool trash garbage ugly dumb 蠢 傻 笨 滚 恶 ngu"
"""What `taught_model` knows."""

PUNCTUATION = string.punctuation + "，。！？、；：“”（）…"


def _vocabulary() -> dict[str, int]:
    pieces = [*SPECIAL_TOKENS, *WORDS.split(), *LETTERS, *(f"##{letter}" for letter in LETTERS), *PUNCTUATION, *CHINESE]
    return {piece: position for position, piece in enumerate(dict.fromkeys(pieces))}


@pytest.fixture(scope="session")
def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """A BERT-like fast tokenizer: English and Vietnamese words, letters, and one token a Chinese character.

    The template is ``[CLS] text [SEP]``, the limit 128 tokens; a word outside the vocabulary falls into letters, a
    character outside it becomes ``[UNK]``. All tests share it: `copy.deepcopy` it before changing a setting.
    """
    vocabulary = _vocabulary()
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(strip_accents=False, lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def _tiny_config(tokenizer: PreTrainedTokenizerFast, **settings: Any) -> BertConfig:
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id,
        **settings,
    )


LABELS: dict[str, Any] = {"id2label": {0: "clean", 1: "toxic"}, "label2id": {"clean": 0, "toxic": 1}}


def _tiny_model(tokenizer: PreTrainedTokenizerFast) -> BertForSequenceClassification:
    config = _tiny_config(tokenizer, **LABELS)
    config.toxic_labels = ["toxic"]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertForSequenceClassification(config)
    return model.eval()


@pytest.fixture
def tiny_model(tiny_tokenizer: PreTrainedTokenizerFast) -> BertForSequenceClassification:
    """A two-layer BERT of width 16 with the labels clean and toxic, in `eval` mode; the same weights in every test."""
    return _tiny_model(tiny_tokenizer)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets that ``HF_TOXSPAN_TEST_DATA`` names; without it the test is skipped."""
    folder = os.environ.get("HF_TOXSPAN_TEST_DATA")
    if not folder:
        pytest.skip("HF_TOXSPAN_TEST_DATA does not name a folder with real data sets")
    return Path(folder)


GoldenCases = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def golden_cases(real_data: Path) -> GoldenCases:
    """Read inputs and what official scorers printed for them, ``golden_cases("quad_ccl25", "corpus")``, or skip."""

    def read(name: str, kind: str | None = None) -> list[dict[str, Any]]:
        file = real_data.parent / "goldens" / f"{name}.json.gz"
        if not file.is_file():
            pytest.skip(f"no golden file at {file}")
        cases = json.loads(gzip.decompress(file.read_bytes()))["cases"]
        return [case for case in cases if kind is None or case["kind"] == kind]

    return read


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models this small lose more time to the hand-over between threads than they win."""
    torch.set_num_threads(1)


def _lessons(tokenizer: PreTrainedTokenizerFast) -> Iterator[tuple[Tensor, Tensor]]:
    """Token ids (16, tokens) of texts of which every second holds one of `TOXIC_WORDS`, and their labels."""
    toxic = torch.tensor(tokenizer.convert_tokens_to_ids(TOXIC_WORDS.split()))
    clean = torch.tensor([i for i in range(len(SPECIAL_TOKENS), len(tokenizer)) if i not in toxic.tolist()])
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(16) % 2
    for step in range(200):
        length = (6, 12, 24, 60, 120)[step % 5]
        input_ids = clean[torch.randint(len(clean), (16, length), generator=draw)]
        places = torch.randint(1, length - 1, (8,), generator=draw)
        input_ids[labels == 1, places] = toxic[torch.randint(len(toxic), (8,), generator=draw)]
        input_ids[:, 0], input_ids[:, -1] = tokenizer.cls_token_id, tokenizer.sep_token_id
        yield input_ids, labels


@pytest.fixture(scope="session")
def taught_weights(tiny_tokenizer: PreTrainedTokenizerFast) -> dict[str, torch.Tensor]:
    """Weights of a tiny model that learnt, in two seconds, to call a text with one of `TOXIC_WORDS` toxic."""
    model = _tiny_model(tiny_tokenizer)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for input_ids, labels in _lessons(tiny_tokenizer):
        optimizer.zero_grad()
        model(input_ids=input_ids, labels=labels).loss.backward()
        optimizer.step()
    return model.state_dict()


@pytest.fixture
def taught_model(
    tiny_tokenizer: PreTrainedTokenizerFast, taught_weights: dict[str, torch.Tensor]
) -> BertForSequenceClassification:
    """The model of `tiny_model` that calls a text toxic where it holds one of `TOXIC_WORDS`."""
    model = _tiny_model(tiny_tokenizer)
    model.load_state_dict(taught_weights)
    return model


BuildRationale = Callable[..., RationaleForToxicSpans]


@pytest.fixture(scope="session")
def build_rationale(tiny_tokenizer: PreTrainedTokenizerFast) -> BuildRationale:
    """Build a rationale model on the encoder of `tiny_model`: ``build_rationale(lively=True, fusion="rationale")``.

    A lively one has eight times the weights, so that its tags are as good as drawn by lot, and no dropout.
    """

    def build(*, lively: bool = False, **settings: Any) -> RationaleForToxicSpans:
        config = RationaleConfig(_tiny_config(tiny_tokenizer), **{**LABELS, **settings})
        config.toxic_labels = ["toxic"]
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = RationaleForToxicSpans(config)
        for module in model.modules() if lively else ():
            if isinstance(module, nn.Linear | nn.Embedding):
                module.weight.data.mul_(8)
            elif isinstance(module, nn.Dropout):
                module.p = 0.0
        return model.eval()

    return build


@pytest.fixture(scope="session")
def taught_rationale_weights(
    tiny_tokenizer: PreTrainedTokenizerFast, build_rationale: BuildRationale
) -> dict[str, torch.Tensor]:
    """Weights of a tiny rationale model that learnt in seconds what `taught_model` knows, and to tag it."""
    toxic = torch.tensor(tiny_tokenizer.convert_tokens_to_ids(TOXIC_WORDS.split()))
    model = build_rationale()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for input_ids, labels in _lessons(tiny_tokenizer):
        tags = torch.where(torch.isin(input_ids, toxic), BEGIN, OUTSIDE)
        token_mask = (input_ids != tiny_tokenizer.cls_token_id) & (input_ids != tiny_tokenizer.sep_token_id)
        targets = nn.functional.one_hot(tags, len(TAGS)) * token_mask[..., None]
        output = model(input_ids=input_ids, token_mask=token_mask)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(output.logits, labels) + tagging_loss(output.tag_logits, targets)
        loss.backward()
        optimizer.step()
    return model.state_dict()


@pytest.fixture
def taught_rationale_model(
    build_rationale: BuildRationale, taught_rationale_weights: dict[str, torch.Tensor]
) -> RationaleForToxicSpans:
    """A rationale model that calls a text toxic where it holds one of `TOXIC_WORDS`, and tags each of them as a B."""
    model = build_rationale()
    model.load_state_dict(taught_rationale_weights)
    return model


class AddingClassifier(PreTrainedModel):
    """Logits are a bias and what each visible token adds to each label: every probability can be computed by hand."""

    config_class = BertConfig

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.words = nn.Embedding(config.vocab_size, config.num_labels)
        self.bias = nn.Parameter(torch.zeros(config.num_labels))

    def get_input_embeddings(self) -> nn.Module:
        return self.words

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> SequenceClassifierOutput:
        added = self.words(input_ids) if inputs_embeds is None else inputs_embeds
        assert attention_mask is not None
        return SequenceClassifierOutput(logits=self.bias + (added * attention_mask[..., None]).sum(dim=1))


@pytest.fixture
def adding_model(tiny_tokenizer: PreTrainedTokenizerFast) -> Callable[..., AddingClassifier]:
    """Build a classifier from what words add to its labels: ``adding_model({"fool": [0, 2]}, bias=[0, -1])``."""

    def build(
        weights: dict[str, list[float]],
        *,
        bias: list[float],
        labels: tuple[str, ...] = ("clean", "toxic"),
        **settings: Any,
    ) -> AddingClassifier:
        config = BertConfig(vocab_size=len(tiny_tokenizer), id2label=dict(enumerate(labels)), **settings)
        model = AddingClassifier(config).eval()
        with torch.no_grad():
            model.words.weight.zero_()
            model.bias.copy_(torch.tensor(bias))
            for word, added in weights.items():
                model.words.weight[tiny_tokenizer.convert_tokens_to_ids(word)] = torch.tensor(added)
        return model

    return build
