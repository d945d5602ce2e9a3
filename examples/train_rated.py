"""Train an encoder that tags the toxic words and classifies by what it tagged (RATeD-V's backbone).

    accelerate launch examples/train_rated.py                          # packaged sample and model, minutes on 2 cores
    accelerate launch examples/train_rated.py --preset hatexplain --bf16 \
        --train hatexplain:data/dataset.json#train --dev hatexplain:data/dataset.json#dev --output runs/hatexplain
    accelerate launch examples/train_rated.py --preset vihos --bf16 \
        --train vihos:train.csv --dev vihos:dev.csv --output runs/vihos
    python examples/train_rated.py --alphas 0 0.1 0.5 1 5 10 20 50 100   # what the weight of the tags does, with a plot

The checkpoint in --output loads with pipeline("toxic-span-extraction", model="runs/rated").
"""

from rich.console import Console
from transformers import HfArgumentParser

from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.recipes import alpha_sweep, rated


def main() -> None:
    """Run the recipe's steps one by one."""
    parser = HfArgumentParser((rated.RatedOptions, alpha_sweep.SweepOptions), description=__doc__)
    options, sweep = parser.parse_args_into_dataclasses()
    if sweep.alphas:
        Console().print(alpha_sweep.run(options, sweep))
        return

    # 1. Rows: texts with labels and spans. Part of them is held out to choose the epoch and the threshold.
    rows = rated.load_rows(options)

    # 2. Any encoder, with new heads: BIO tags, and a classifier that sees what was tagged.
    model, tokenizer = rated.load_model(options, rows)

    # 3. lambda_cls CE(label) + lambda_tag CE(BIO) + lambda_cons consistency.
    trainer = rated.build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)

    # 4. Threshold of the tags, kept in the checkpoint's config.
    rated.tune_threshold(rows, SpanExtractor(model, tokenizer))

    # 5. Every protocol, beside the trivial systems and the published numbers.
    table = rated.report(options, rows, [("after training", SpanExtractor(model, tokenizer))])

    # 6. A checkpoint that the pipeline loads, and the table.
    rated.save(options, trainer, table)
    if trainer.is_world_process_zero():
        Console().print(table.to_tables())


if __name__ == "__main__":
    main()
