"""A chat model that always writes the same quadruple, at once: what pages show of a vote is the same everywhere."""

import copy
import json
from pathlib import Path

import torch
from tokenizers import AddedToken
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tests.chat_servers import CHAT_TEMPLATE

SAYS = "you | fool | others [END]"


def write_parrot(folder: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write a Llama whose next token hangs on the last one alone: behind the prompt its saying, then the end.

    Its embeddings are one-hot, its one layer adds nothing (a training can change that), and its head is a table.
    """
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.add_tokens([AddedToken(SAYS, normalized=False)])  # normalising would lower its letters
    width = -(-len(tokenizer) // 8) * 8
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(torch.eye(len(tokenizer), width))
        model.model.layers[0].self_attn.o_proj.weight.zero_()
        model.model.layers[0].mlp.down_proj.weight.zero_()
        model.lm_head.weight.zero_()
        model.lm_head.weight[tokenizer.sep_token_id] = 1.0
        colon, saying = tokenizer.convert_tokens_to_ids([":", SAYS])
        model.lm_head.weight[:, colon] = 0.0
        model.lm_head.weight[saying, colon] = 1.0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings |= {"chat_template": CHAT_TEMPLATE, "eos_token": "[SEP]"}
    settings["model_input_names"] = ["input_ids", "attention_mask"]
    path.write_text(json.dumps(settings), encoding="utf-8")
