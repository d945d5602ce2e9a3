"""An opinion is a verdict, with or without words."""

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Opinion


def test_an_opinion_may_come_without_words() -> None:
    assert Opinion(Verdict(toxic=False)) == Opinion(Verdict(toxic=False), rationale="", rejected=())
