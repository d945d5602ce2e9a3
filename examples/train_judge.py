"""Teach a small chat model to judge as `ChatJudge` asks, by LoRA on the training rows alone (TRL).

    pip install "hf_toxspan[sft]"
    python examples/train_judge.py --model HuggingFaceTB/SmolLM2-135M-Instruct --bf16 \
        --train hatexplain:data/dataset.json#train --dev hatexplain:data/dataset.json#dev --output runs/judge
    python examples/train_judge.py ... --resume        # goes on from the last checkpoint

The merged model in --output/merged is served by `transformers serve`, vLLM or LocalLLM; ask it with the same prompt:
``ChatJudge(labels={...}, prompt=load_prompt("judge_short"))``; judge.json in --output holds its labels.
"""

from rich.console import Console
from transformers import AutoTokenizer, HfArgumentParser

from hf_toxspan.recipes import specialist


def main() -> None:
    """Run the recipe's steps one by one."""
    parser = HfArgumentParser(specialist.SpecialistOptions, description=__doc__)
    (options,) = parser.parse_args_into_dataclasses()

    # 1. Rows of the training split, without what the development rows know, as questions with answers.
    teaching = specialist.prepare(options)

    # 2. Token ids as the chat template writes them, in training as in use. What is too long is left out, never cut.
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    encoded = specialist.encode(teaching, tokenizer, max_length=options.max_length)

    # 3. Adapters beside the frozen model; the loss is on the answers alone.
    trainer = specialist.build_trainer(options, encoded, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)

    # 4. The adapter, the merged model, and what was learnt and left out.
    specialist.save(options, trainer, teaching, encoded)
    if trainer.is_world_process_zero():
        Console().print(f"learnt from {len(encoded.rows)} rows; left out: {encoded.left_out}")


if __name__ == "__main__":
    main()
