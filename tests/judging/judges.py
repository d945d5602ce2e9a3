"""Judges that need no language model: what they are told is what they say."""

import re
from collections.abc import Sequence

from hf_toxspan.core.spans import find_all
from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Message, Parameters, Request

_ANSWER = re.compile(r"(toxic|clean)( \d\.\d+)?(?:: (.*))?")


class WordJudge:
    """Asks with the text alone, as often as `questions` says; reads "toxic", "clean 0.10" or "toxic 0.90: fool"."""

    def __init__(self, questions: int = 1) -> None:
        self.name, self.questions = "word", questions

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask the same in several draws."""
        messages = (Message(role="user", content=text),)
        return tuple(Request(messages, Parameters(max_tokens=5), draw) for draw in range(self.questions))

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the first answer; all must be equal."""
        found = _ANSWER.fullmatch(answers[0].text)
        if not found or len({answer.text for answer in answers}) > 1:
            return Unparsed("no verdict", answers[0].text)
        toxicity = float(found[2]) if found[2] else None
        spans = tuple(find_all(found[3], text)) if found[3] else ()
        return Opinion(Verdict(found[1] == "toxic", toxicity=toxicity, spans=spans), rationale="so it is")
