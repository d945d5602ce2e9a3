"""`hf-toxspan quads`: who is attacked with what, in which group: quadruples by vote, or without an LLM."""

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING

from hf_toxspan.cli import extract, inputs, language_model
from hf_toxspan.cli.labelling import INCOMPLETE

if TYPE_CHECKING:
    from hf_toxspan.cli.flow import Classify

_DESCRIPTION = """Extract quadruples: target, argument, attacked groups, and whether it is hateful, with their places.

With --llm a language model that was taught to write them (hf-toxspan train srag) is shown the training rows that are
nearest to a text, one in each prompt, and asked again and again until a vote is decided (SRAG-MAV). With --model an
encoder (hf-toxspan train quadruple_encoder) finds them in one pass, without a language model."""

_EPILOG = f"""examples:
  hf-toxspan quads --llm runs/srag/merged --local --demonstrations runs/srag/demonstrations "What a fool you are."
  hf-toxspan quads --llm srag --base-url http://127.0.0.1:8000/v1 --demonstrations runs/srag/demonstrations \\
      --ahead 5 --input comments.csv --text-column comment --output quads.jsonl
  hf-toxspan quads --model runs/quads --input comments.txt --output quads.html
  hf-toxspan quads --llm runs/srag/merged --local --demonstrations runs/srag/demonstrations --stop fixed \\
      --max-rounds 40 --ahead 40 --record --data runs/srag/held_back.jsonl --output votes.jsonl
  hf-toxspan vote-study --votes votes.jsonl --data runs/srag/held_back.jsonl --plot tau.png

when a vote stops (each rule also where nothing can change the winner any more, and at --max-rounds at the latest):
  stratified  when the leader is ahead with --confidence, each prompt counted apart (default; ours)
  mav         when an answer has --tau votes: SRAG-MAV; as published with --tau 200 --count raw --redraws 10
  beta        when the leader is ahead of the runner-up with --confidence (Adaptive-Consistency)
  esc         when all votes of a round agree (early-stopping self-consistency)
  certified   when the chance that the leader is not the likeliest answer is at most --epsilon
  fixed       at --max-rounds

a row of the output: id, text, label (hate or non-hate), score (the winner's share of the votes), spans (targets and
arguments of what is hateful), quadruples (target, argument, groups, hateful, target_span, argument_span), votes,
agreement, generations, stopped_by, certified, tied, rounds, invalid, lost, status, detail, demonstrations, calls,
cached, prompt_tokens, completion_tokens. A text whose vote was not decided has an error, and its status says why.
--record adds form, answers and draws: what hf-toxspan vote-study takes.

{language_model.SERVERS}

exit status: 0 done, 1 done, but some texts wait for another run (failed, budget, stopped), 2 an error, 130 interrupted
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "quads",
        help="extract quadruples: target, argument, groups, hateful",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="texts to look at")
    files = parser.add_argument_group("input and output")
    extract.add_files(files)
    files.add_argument("-d", "--data", metavar="DATA", help="rows of a data set, as hf-toxspan evaluate takes them")
    files.add_argument("--record", action="store_true", help="add what each prompt was answered, draw by draw")
    encoder = parser.add_argument_group("without a language model")
    encoder.add_argument("-m", "--model", metavar="MODEL", help="folder or Hub id of an encoder")
    encoder.add_argument("--batch-size", type=extract.positive, default=32, metavar="N", help="texts at a time (32)")
    encoder.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    _add_prompts(parser.add_argument_group("prompts and answers"))
    _add_vote(parser.add_argument_group("vote"))
    language_model.add_options(parser)


def _add_prompts(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--demonstrations", metavar="FOLDER", help="examples to show (default: the plain prompt)")
    group.add_argument("--shots", type=int, default=10, metavar="K", help="prompts of a text, one example each (10)")
    group.add_argument("--split", metavar="NAME", help="show no example of this split: that of the texts")
    group.add_argument(
        "--form", choices=("triples", "quadruples"), default="triples", help="what the model writes (triples)"
    )
    group.add_argument("--temperature", type=float, default=0.1, metavar="T", help="of the draws (0.1)")


def _add_vote(group: argparse._ArgumentGroup) -> None:
    stops = ("stratified", "mav", "beta", "esc", "certified", "fixed")
    group.add_argument("--stop", choices=stops, default="stratified", help="when a vote stops; see below")
    group.add_argument("--tau", type=int, default=200, metavar="N", help="mav: votes wanted (200)")
    group.add_argument("--confidence", type=float, default=0.99, metavar="P", help="stratified, beta (0.99)")
    group.add_argument("--epsilon", type=float, default=0.05, metavar="P", help="certified: chance of an error (0.05)")
    group.add_argument("--max-rounds", type=int, default=50, metavar="N", help="the cap: draws of each prompt (50)")
    group.add_argument("--redraws", type=int, default=0, metavar="N", help="draw what can't be read again (0 times)")
    group.add_argument(
        "--ahead", type=int, default=1, metavar="N", help="rounds asked for at once, where draws cost little (1)"
    )
    group.add_argument(
        "--count", choices=("canonical", "raw"), default="canonical", help="votes: equal statements, or equal strings"
    )
    group.add_argument(
        "--support",
        type=float,
        metavar="P",
        help="keep each statement that this share of the votes makes (default: the winner's)",
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of the lot of certified (0)")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0, or 1 where texts wait for another run.

    Raises:
        ValueError: If the options contradict each other or the input is bad.
        OSError: If a file can't be read or written.
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    _check(args)
    source = inputs.find(args)
    output = extract.output_file(args, source)
    from hf_toxspan.cli import extract_to, voting

    tally = voting.Tally()
    with ExitStack() as opened:
        found = opened.enter_context(source.open())
        if args.dry_run:
            texts = [record.text for record in found if record.error is None]
            requests = voting.first_requests(args, texts)
            return language_model.show_plan(args, requests, output, rows=len(texts))

        def load() -> "Classify":
            if args.model:
                return tally.counting(voting.load_encoder(args))
            return tally.counting(voting.load_voter(args, output, opened))

        work = extract_to.Work(load, voting.settings(args), 1, tally.recall)
        if output is None:
            extract_to.stdout(args, source, found, work)
        else:
            extract_to.file(args, source, found, work, output)
    if not args.quiet and not args.model:
        extract_to.say(tally.line())
    if tally.waiting:
        extract_to.say(f"{tally.waiting:,} texts wait: the same command with --force asks what was not answered")
    return INCOMPLETE if tally.waiting else 0


def _check(args: argparse.Namespace) -> None:
    if not args.model and not args.llm:
        raise ValueError(
            "nothing to extract with; pass --llm NAME (a language model: hf-toxspan train srag) or --model FOLDER (an "
            "encoder: hf-toxspan train quadruple_encoder)"
        )
    if args.model and args.llm:
        raise ValueError(f"got --model {args.model} and --llm {args.llm}; pass one of them")
    language_model.check(args, needed=bool(args.llm), otherwise="--model")
    if args.prompt:
        raise ValueError("--prompt is not for quads, whose prompts are those that the model was taught; leave it away")
    if args.model and (args.demonstrations or args.record):
        raise ValueError("--demonstrations and --record are about a language model; leave them away with --model")
