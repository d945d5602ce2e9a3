"""The encoder that finds quadruples from files to a checkpoint and a table, in seconds on a tiny model."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoModel, AutoTokenizer, HfArgumentParser, PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.core.quadruples import NULL, Quadruple
from hf_toxspan.data.files import write_rows
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_encoder_config import Decoding
from hf_toxspan.modeling.quadruple_extraction import QuadrupleExtractor
from hf_toxspan.recipes import quadruple_encoder
from hf_toxspan.recipes.quadruple_encoder import QuadrupleEncoderOptions, load_rows
from tests.toy_quadruples import build_encoder, quad, row, teach, toy_rows


@pytest.fixture
def options(
    tmp_path: Path, tiny_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> QuadrupleEncoderOptions:
    """A tiny encoder, and rows with a rule."""
    tiny_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    write_rows(toy_rows(), tmp_path / "train.jsonl")
    return QuadrupleEncoderOptions(
        train=[str(tmp_path / "train.jsonl")],
        model=str(tmp_path / "model"),
        hold_back=12,
        output=str(tmp_path / "out"),
        epochs=16,
        learning_rate=5e-3,
        batch_size=8,
    )


def test_a_run_leaves_a_checkpoint_with_its_tokenizer_and_a_table(options: QuadrupleEncoderOptions) -> None:
    report = quadruple_encoder.run(options)

    assert list(report.systems)[-1] == "encoder"
    for protocol in ("ccl25", "state"):
        assert report.systems["encoder"][protocol].scores["average_f1"] > 0.8  # type: ignore[index]
    stored = json.loads(Path(options.output, "report.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(report.to_dict())) and stored["rows"] == 12
    assert report.notes == ["76 texts to learn from, 8 to tune on. Of the former: nothing that can not be learnt."]
    assert type(AutoModel.from_pretrained(options.output)) is QuadrupleEncoder
    assert AutoTokenizer.from_pretrained(options.output).is_fast
    extractor = QuadrupleExtractor.from_pretrained(options.output)
    found = [[own.quadruple for own in one] for one in extractor(["they are dumb", "what is kind"])]
    assert found == [[Quadruple("they", "dumb", "Region", True)], [Quadruple(NULL, "kind", "non-hate", False)]]
    # most rows name Sexism before Racism, which `GROUPS` does not
    assert extractor.model.config.groups.index("Sexism") < extractor.model.config.groups.index("Racism")


def test_resume_goes_on_from_the_last_checkpoint(options: QuadrupleEncoderOptions) -> None:
    quadruple_encoder.run(replace(options, epochs=1))

    quadruple_encoder.run(replace(options, epochs=2, resume=True))

    path = Path(options.output, "checkpoints", "checkpoint-20", "trainer_state.json")  # 76 rows by 8
    state = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["epoch"] for entry in state["log_history"] if "eval_average_f1" in entry] == [1, 2]


def test_no_text_stands_on_two_sides(options: QuadrupleEncoderOptions, tmp_path: Path) -> None:
    echo = "THEY are dumb!"
    write_rows([row(echo, quad(echo, "THEY", "dumb", ["Region"])), row("hello")], tmp_path / "dev.jsonl")

    given = load_rows(replace(options, dev=[str(tmp_path / "dev.jsonl")]))
    held = load_rows(options)

    assert given.dev["text"][:] == [echo] and len(given.train) + len(given.tuning) == 95
    assert "they are dumb" not in {*given.train["text"], *given.tuning["text"]}
    assert (len(held.train), len(held.tuning), len(held.dev)) == (76, 8, 12)
    assert len({*held.train["id"], *held.tuning["id"], *held.dev["id"]}) == 96


def test_the_decoding_is_that_of_the_best_quadruples_on_held_out_rows(
    options: QuadrupleEncoderOptions, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    model = teach(build_encoder(tiny_tokenizer), tiny_tokenizer)
    model.target_tagger.bias.data[0] -= 12.0  # a model that names targets everywhere
    model.config.decoding = Decoding(bonus=-1.0).to_dict()
    rows = load_rows(options)

    chosen = quadruple_encoder.tune_decoding(rows, QuadrupleExtractor(model, tiny_tokenizer))

    assert model.config.decoding == chosen.to_dict() and chosen in quadruple_encoder.DECODINGS


def test_data_without_quadruples_are_refused(options: QuadrupleEncoderOptions) -> None:
    with pytest.raises(ValueError, match=r"sample:dev has the columns id, .*; expected quads among them"):
        load_rows(replace(options, dev=["sample:dev"]))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_out_of_range_is_refused(options: QuadrupleEncoderOptions, share: float) -> None:
    with pytest.raises(ValueError, match=rf"tune_share is {share}; expected a share in \(0, 1\)"):
        replace(options, tune_share=share)


def test_the_options_are_those_of_a_command_line() -> None:
    parser = HfArgumentParser(QuadrupleEncoderOptions)

    (options,) = parser.parse_args_into_dataclasses(["--train", "a.jsonl", "b.jsonl", "--epochs", "2", "--bf16"])

    assert (options.train, options.dev, options.epochs, options.bf16) == (["a.jsonl", "b.jsonl"], [], 2.0, True)
