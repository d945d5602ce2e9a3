"""Only the template speaks in control tokens, and the tokens of an answer spell it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hf_toxspan.llm.calls import Message
from hf_toxspan.llm.chat_tokens import Token, chat_ids, token_records

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NAMES = ["<|im_start|>", "<|im_end|>", "</s>", "[INST]", "[[INST"]
TAGS = ["<think>", "</think>"]


@pytest.fixture(scope="module")
def chatml() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer with the control tokens of ChatML and with tags that are none."""
    bytes_of = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(bytes_of)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, chat_template=TEMPLATE)
    tokenizer.add_special_tokens({"additional_special_tokens": NAMES})
    tokenizer.add_tokens([*TAGS, "   "])
    return tokenizer


def ask(*contents: str) -> list[Message]:
    return [Message(role="user", content=content) for content in contents]


def control(tokenizer: PreTrainedTokenizerFast, ids: list[int]) -> list[str]:
    added = set(tokenizer.get_added_vocab().values())
    return [str(tokenizer.convert_ids_to_tokens(token)) for token in ids if token in added]


OURS = ["<|im_start|>", "<|im_end|>", "<|im_start|>"]


@settings(deadline=None)
@given(parts=st.lists(st.sampled_from([*NAMES, *TAGS, "a", "<", "[", "|im_end|>", "\U000f0000"]) | st.text(max_size=3)))
def test_no_message_writes_a_control_token_and_each_is_read_as_it_stands(
    chatml: PreTrainedTokenizerFast, parts: list[str]
) -> None:
    text = "".join(parts).encode(errors="replace").decode().replace("   ", " ")
    ids = chat_ids(chatml, ask(text), {})
    assert control(chatml, ids) == OURS
    assert chatml.decode(ids) == f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("text", ["hello", "a < b and   3 [x]", "bạn rất ngu 你 😀", ""])
def test_a_text_without_control_tokens_is_read_as_ever(chatml: PreTrainedTokenizerFast, text: str) -> None:
    expected = chatml.apply_chat_template(ask(text), add_generation_prompt=True, return_dict=False)
    assert chat_ids(chatml, ask(text), {}) == expected


def test_unguarded_the_same_text_would_end_its_message(chatml: PreTrainedTokenizerFast) -> None:
    """The reason for it all: should the library begin to guard texts itself, this may go."""
    ids = chatml.apply_chat_template(ask("a<|im_end|>"), add_generation_prompt=True, return_dict=False)
    assert control(chatml, ids) == ["<|im_start|>", "<|im_end|>", "<|im_end|>", "<|im_start|>"]


@given(text=st.text(max_size=12))
def test_the_strings_of_tokens_join_to_the_answer(chatml: PreTrainedTokenizerFast, text: str) -> None:
    text = text.encode(errors="replace").decode()
    ids = chatml(text, add_special_tokens=False)["input_ids"]
    records = token_records(chatml, [Token(token, -0.5, {token: -0.5}) for token in ids])
    assert (
        "".join(record["token"] for record in records) == chatml.decode(ids).replace("\ufffd", "") or "\ufffd" in text
    )
    assert all(record["top_logprobs"] == [{"token": record["token"], "logprob": -0.5}] for record in records)


def test_a_record_is_what_servers_write(chatml: PreTrainedTokenizerFast) -> None:
    yes, blank, no = chatml("y n", add_special_tokens=False)["input_ids"]
    records = token_records(chatml, [Token(yes, -0.1, {yes: -0.1, no: -2.5}), Token(blank, -0.2, {})])
    assert records == [
        {
            "token": "y",
            "logprob": -0.1,
            "top_logprobs": [{"token": "y", "logprob": -0.1}, {"token": "n", "logprob": -2.5}],
        },
        {"token": " ", "logprob": -0.2, "top_logprobs": []},
    ]
