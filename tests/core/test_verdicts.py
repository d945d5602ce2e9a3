"""A verdict says what a system says, and no more."""

from hf_toxspan.core.verdicts import Verdict


def test_what_a_system_does_not_say_stays_unsaid() -> None:
    verdict = Verdict(toxic=True)
    assert (verdict.label, verdict.toxicity, dict(verdict.probabilities), verdict.spans) == (None, None, {}, ())
