"""Train a classifier whose gradients point at the toxic words (ToxiTrace), and see what that brings.

    accelerate launch examples/train_toxitrace.py                      # packaged sample and model, minutes on 2 cores
    accelerate launch examples/train_toxitrace.py --lambda_grad 0      # the same budget on cross entropy alone
    accelerate launch examples/train_toxitrace.py --model FacebookAI/xlm-roberta-base \
        --train cold:train.csv my_spans.jsonl --dev cold:dev.csv --output runs/cold

The checkpoint in --output loads with pipeline("toxic-span-extraction", model="runs/toxitrace").
"""

from rich.console import Console
from transformers import HfArgumentParser

from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.recipes import toxitrace


def main() -> None:
    """Run the recipe's steps one by one."""
    (options,) = HfArgumentParser(toxitrace.ToxiTraceOptions, description=__doc__).parse_args_into_dataclasses()

    # 1. Rows: texts with labels; some with character spans. Part of those is held out to tune the extractor on.
    rows = toxitrace.load_rows(options)

    # 2. Any sequence classifier or encoder; its config says which label is toxic.
    model, tokenizer = toxitrace.load_model(options)

    # 3. What the trivial baselines and the untrained model reach.
    report = toxitrace.report_before(options, rows, SpanExtractor(model, tokenizer))

    # 4. Cross entropy for the warm-up epochs, then CE + lambda_grad (PGR + PPT).
    trainer = toxitrace.build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)

    # 5. Thresholds of the extractor, kept in the checkpoint's config.
    config = toxitrace.tune_extractor(rows, SpanExtractor(model, tokenizer))
    toxitrace.add_model(report, "after training", SpanExtractor(model, tokenizer, config=config), rows.dev)

    # 6. A checkpoint that the pipeline loads, and the table.
    toxitrace.save(options, trainer, report)
    if trainer.is_world_process_zero():
        Console().print(report.to_tables())


if __name__ == "__main__":
    main()
