"""Teach a language model to write quadruples, shown the training row that is nearest to each text (SRAG-MAV, TRL).

    pip install "hf_toxspan[sft,retrieval]"
    python examples/train_srag.py --train state_toxicn:train.json --hold_back 300 --bf16 --output runs/srag
    python examples/train_srag.py --preset lora ...                 # adapters in place of full fine-tuning
    python examples/train_srag.py --preset small --model FOLDER ... # 135 million weights, on two CPU cores
    python examples/train_srag.py ... --resume                      # goes on from the last checkpoint

--form quadruples --no_shots is the task without SRAG-MAV, --no_shots with its reformulation alone. What is in --output
is all that use needs: ``hf-toxspan quads --llm runs/srag/merged --local --demonstrations runs/srag/demonstrations``.
"""

from rich.console import Console
from transformers import AutoTokenizer, HfArgumentParser

from hf_toxspan.recipes import srag
from hf_toxspan.recipes.srag_rows import SragOptions


def main() -> None:
    """Run the recipe's steps one by one."""
    parser = HfArgumentParser(SragOptions, description=__doc__)
    (options,) = parser.parse_args_into_dataclasses()

    # 1. and 2. Rows apart from those held back, quadruples as triples, the nearest neighbour of each, the prompts.
    rows, lessons = srag.prepare(options)

    # 3. Token ids as the chat template writes them, in training as in use. What is too long is left out, never cut.
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    encoded = srag.encode(options, rows, lessons, tokenizer)

    # 4. The loss is on the answers alone; at each evaluation the model answers held-back rows and is scored.
    trainer = srag.build_trainer(options, rows, lessons, encoded, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)

    # 5. The model, merged where it had adapters, and what was learnt, lost and left out.
    srag.save(options, trainer, lessons, encoded)
    if trainer.is_world_process_zero():
        Console().print(srag.summary(lessons, encoded).to_tables())


if __name__ == "__main__":
    main()
