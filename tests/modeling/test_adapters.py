"""An adapter merged into its model says what the two said together, and loads without peft."""

import sys
from pathlib import Path

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM

from hf_toxspan.llm.calls import Message, Parameters, Request
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.modeling.adapters import lora, merge_adapter

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")  # peft asks by the old name


@pytest.fixture
def adapted(chat_folder: Path) -> peft.PeftModel:
    """The tiny chat model with an adapter that is far from doing nothing."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(chat_folder), lora(rank=2))
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weights)
    return model.eval()


def test_all_linear_layers_but_the_head_are_adapted_and_nothing_else_learns(adapted: peft.PeftModel) -> None:
    learning = {name for name, weights in adapted.named_parameters() if weights.requires_grad}
    assert learning and all("lora_" in name for name in learning)
    layers = {name.split(".lora_")[0].split(".")[-1] for name in learning}
    assert layers == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert adapted.peft_config["default"].lora_alpha == 32


def test_the_merged_model_speaks_as_model_and_adapter_did(
    adapted: peft.PeftModel, chat_folder: Path, tmp_path: Path
) -> None:
    adapted.save_pretrained(tmp_path / "adapter")
    LocalLLM.load(chat_folder).tokenizer.save_pretrained(tmp_path / "adapter")
    ids = torch.tensor([[7, 8, 9, 10]])
    with torch.no_grad():
        expected = adapted(input_ids=ids).logits
        plain = AutoModelForCausalLM.from_pretrained(chat_folder)(input_ids=ids).logits

    merge_adapter(tmp_path / "adapter", tmp_path / "merged")

    llm = LocalLLM.load(tmp_path / "merged")
    with torch.no_grad():
        found = llm.network(input_ids=ids).logits
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(found, plain, atol=1e-2)
    assert not list((tmp_path / "merged").glob("adapter*"))
    (answer,) = llm.complete([Request((Message(role="user", content="hello"),), Parameters(max_tokens=3))])
    assert not isinstance(answer, Exception)


def test_without_peft_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[sft\]"'):
        lora()
