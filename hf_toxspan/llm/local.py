"""A model in this process, through transformers. Import this module only where it is used: it loads torch."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StopStringCriteria,
)

from hf_toxspan.llm.calls import Answer, CallError, Parameters, Request
from hf_toxspan.llm.chat_tokens import Token, chat_ids, token_records
from hf_toxspan.llm.draw_memory import DrawMemory
from hf_toxspan.llm.shared_sampling import Draw, Sampling, can_share, sample_shared

_TEMPLATE_ARGUMENTS = "chat_template_kwargs"


@dataclass(frozen=True)
class _StopStrings:
    """Says of the ids of an answer whether it holds a stop string."""

    tokenizer: PreTrainedTokenizerBase
    strings: tuple[str, ...]

    def __call__(self, ids: list[int]) -> bool:
        text = self.tokenizer.decode(ids, skip_special_tokens=True)
        return any(string in text for string in self.strings)


@dataclass
class LocalLLM:
    """A chat model and its tokenizer, behind the same interface as a server.

    Requests with equal parameters are generated in one padded batch, sampled ones by `llm.shared_sampling`: many draws
    of one question cost little more than one, asked for at once or one after the other. An answer is that of a batch of
    one as far as the arithmetic allows, but for samples that are not shared: those with log-probabilities, or of a
    network with another memory than keys and values (state-space models). A message can't write a control token
    (`llm.chat_tokens`). Log-probabilities are the model's own, before temperature and `top_p`. Of `extra_body` it knows
    ``chat_template_kwargs``, as vLLM does; asking for anything else is an error of the request.

    Args:
        network: A causal language model in evaluation mode.
        tokenizer: Its tokenizer, with a chat template.
        model: Its name in the store of answers.
        batch_size: Requests of one batch.
        concurrency: Calls at a time.
        memory: The different sampled answers that the network has written; a network that learns needs a new one.
    """

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    model: str
    batch_size: int = 8
    concurrency: int = 1
    memory: DrawMemory = field(default_factory=DrawMemory, repr=False)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, batch_size: int = 8, **model_kwargs: Any) -> Self:
        """Load a folder or Hub id; no remote code is run. On a CPU the weights are float32 unless `dtype` says else.

        Args:
            folder: The model. The name of a folder holds its files' sizes and times, so that a model trained anew in
                the same place is not given the old one's answers.
            batch_size: Requests of one batch.
            **model_kwargs: Passed to ``from_pretrained`` (``device_map``, ``dtype``, ``gguf_file``, ...).

        Returns:
            The model, ready to be asked.

        Raises:
            ValueError: If it can't be loaded, or its tokenizer has no chat template.
        """
        dtype = "auto" if torch.cuda.is_available() else torch.float32
        named = {name: value for name, value in model_kwargs.items() if name == "gguf_file"}
        try:
            network = AutoModelForCausalLM.from_pretrained(folder, **{"dtype": dtype, **model_kwargs})
            tokenizer = AutoTokenizer.from_pretrained(folder, **named)
        except Exception as error:
            # Broken files surface as OSError, ValueError, SafetensorError, json errors, ...: one clear error for all.
            raise ValueError(
                f"can't load a chat model from {str(folder)!r}: {type(error).__name__}: {error}; expected a folder or "
                "Hub id of a causal language model with its tokenizer"
            ) from error
        if tokenizer.chat_template is None:
            raise ValueError(
                f"the tokenizer of {str(folder)!r} has no chat template; expected an instruction-tuned model"
            )
        return cls(network.eval(), tokenizer, model_name(folder), batch_size)

    def complete(self, requests: Sequence[Request]) -> list[Answer | CallError]:
        """Generate answers.

        Args:
            requests: The requests.

        Returns:
            An answer or an error for each.
        """
        results: dict[int, Answer | CallError] = {}
        groups: dict[str, list[int]] = {}
        for place, request in enumerate(requests):
            # Equal in all but the chat, and for shared samples the draw: generated together.
            alike = replace(request, messages=(), draw=0 if self._is_shared(request) else request.draw)
            groups.setdefault(alike.key(""), []).append(place)
        for places in groups.values():
            results |= zip(places, self._generate([requests[place] for place in places]), strict=True)
        return [results[place] for place in range(len(requests))]

    def _is_shared(self, request: Request) -> bool:
        """Say whether a request is sampled by `llm.shared_sampling`, which gives no log-probabilities."""
        parameters = request.parameters
        return parameters.temperature > 0 and not parameters.logprobs and can_share(self.network)

    def _generate(self, requests: list[Request]) -> list[Answer | CallError]:
        """Answer requests that differ in their messages only, shared samples in their draws too."""
        prompts = self._prompts(requests)
        asked = [(ids, own) for ids, own in zip(prompts, requests, strict=True) if not isinstance(ids, CallError)]
        try:
            answers = iter(self._answers(asked) if asked else [])
        except torch.OutOfMemoryError as error:
            answers = iter([CallError("request", f"{error}; lower batch_size ({self.batch_size})")] * len(asked))
        return [prompt if isinstance(prompt, CallError) else next(answers) for prompt in prompts]

    def _answers(self, asked: list[tuple[list[int], Request]]) -> list[Answer | CallError]:
        """Answer requests, at least one, each with its prompt's token ids."""
        first = asked[0][1]
        return self._sample(asked) if self._is_shared(first) else self._continue([ids for ids, _ in asked], first)

    def _prompts(self, requests: list[Request]) -> list[list[int] | CallError]:
        """Return the token ids of each request; those of one chat, which is drawn many times, are worked out once."""
        chats = [json.dumps(request.messages) for request in requests]
        known = {chat: self._prompt(request) for chat, request in dict(zip(chats, requests, strict=True)).items()}
        return [known[chat] for chat in chats]

    def _prompt(self, request: Request) -> list[int] | CallError:
        """Return the token ids of a chat, up to where the answer begins."""
        if unknown := sorted(request.parameters.extra_body.keys() - {_TEMPLATE_ARGUMENTS}):
            known = f"LocalLLM knows {_TEMPLATE_ARGUMENTS} alone"
            return CallError("request", f"extra_body has {', '.join(unknown)}; {known}, ask a server for more")
        try:
            arguments = dict(request.parameters.extra_body.get(_TEMPLATE_ARGUMENTS, {}))
            ids = chat_ids(self.tokenizer, request.messages, arguments)
        except Exception as error:  # jinja's own errors, raised by templates that know no system role, for example
            return CallError("request", f"the chat template of {self.model} refuses the messages: {error}")
        longest = getattr(self.network.config, "max_position_embeddings", None)
        if longest is not None and len(ids) + request.parameters.max_tokens > longest:
            return CallError(
                "request",
                f"{len(ids)} tokens of prompt and max_tokens {request.parameters.max_tokens} exceed the model's "
                f"{longest}; shorten the text or lower max_tokens",
            )
        return ids

    def _continue(self, prompts: list[list[int]], request: Request) -> list[Answer | CallError]:
        width = max(map(len, prompts))
        ends = self._ends()
        padding = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else (ends or [0])[0]
        # (prompts, width): padded on the left, so that each answer follows its prompt.
        input_ids = torch.tensor([[padding] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed((request.parameters.seed or 0) + request.draw)
            output = self.network.generate(
                input_ids=input_ids.to(self.network.device),
                attention_mask=mask.to(self.network.device),
                pad_token_id=padding,
                eos_token_id=ends or None,
                return_dict_in_generate=True,
                output_logits=request.parameters.logprobs,
                **self._settings(request.parameters),
            )
        written = output.sequences[:, width:]
        worth = (
            _worth(output.logits, written, request.parameters) if request.parameters.logprobs else [None] * len(prompts)
        )
        rows = zip(prompts, written.tolist(), worth, strict=True)
        return [self._answer(len(prompt), ids, ends, request, tokens) for prompt, ids, tokens in rows]

    def _sample(self, asked: list[tuple[list[int], Request]]) -> list[Answer | CallError]:
        """Draw answers whose chance is their own: that of their prompt, seed and draw."""
        parameters, ends = asked[0][1].parameters, self._ends()
        draws = [Draw(prompt, _randoms(prompt, request)) for prompt, request in asked]
        stops = _StopStrings(self.tokenizer, parameters.stop) if parameters.stop else None
        sampling = Sampling(parameters.temperature, parameters.top_p, tuple(ends), stops)
        pairs = zip(asked, sample_shared(self.network, draws, sampling, self.memory), strict=True)
        return [self._answer(len(prompt), ids, ends, request) for (prompt, request), ids in pairs]

    def _ends(self) -> list[int]:
        return _as_ids(self.network.generation_config.eos_token_id, self.tokenizer.eos_token_id)

    def _settings(self, parameters: Parameters) -> dict[str, Any]:
        """Return the arguments of `generate`; those of the checkpoint's own sampling are set aside when greedy."""
        sampled = parameters.temperature > 0
        settings: dict[str, Any] = {
            "max_new_tokens": parameters.max_tokens,
            "do_sample": sampled,
            "temperature": parameters.temperature if sampled else None,
            "top_p": parameters.top_p if sampled else None,
            "top_k": 0 if sampled else None,
            "repetition_penalty": 1.0,  # an answer that quotes repeats
        }
        if parameters.stop:
            settings["stopping_criteria"] = [StopStringCriteria(self.tokenizer, list(parameters.stop))]
        return settings

    def _answer(
        self, prompt_tokens: int, ids: list[int], ends: list[int], request: Request, worth: list[Token] | None = None
    ) -> Answer:
        length = next((place + 1 for place, token in enumerate(ids) if token in ends), len(ids))
        text = self.tokenizer.decode(ids[:length], skip_special_tokens=True)
        cuts = [place for stop in request.parameters.stop if (place := text.find(stop)) >= 0]
        ended = bool(cuts) or (length > 0 and ids[length - 1] in ends)
        return Answer(
            text=text[: min(cuts)] if cuts else text,
            finish_reason="stop" if ended else "length",
            prompt_tokens=prompt_tokens,
            completion_tokens=length,
            logprobs=None if worth is None else token_records(self.tokenizer, worth[:length]),
        )


def _worth(logits: Sequence[torch.Tensor], written: torch.Tensor, parameters: Parameters) -> list[list[Token]]:
    """Return what each token of each answer was worth; one tensor (answers, vocabulary) a step of the answers."""
    answers: list[list[Token]] = [[] for _ in written]
    for step, chosen in zip(logits, written.T, strict=True):
        logprobs = step.float().log_softmax(dim=-1)
        top = logprobs.topk(min(parameters.top_logprobs or 0, logprobs.shape[-1]))
        own = logprobs.gather(1, chosen.unsqueeze(1)).squeeze(1)
        values = zip(chosen.tolist(), own.tolist(), top.indices.tolist(), top.values.tolist(), strict=True)
        for answer, (token, logprob, others, theirs) in zip(answers, values, strict=True):
            answer.append(Token(token, logprob, dict(zip(others, theirs, strict=True))))
    return answers


def _randoms(prompt: list[int], request: Request) -> NDArray[np.float64]:
    """Return the random numbers of a draw, (max_tokens,): equal for equal prompt, seed and draw, and for no others."""
    digest = hashlib.sha256(repr(prompt).encode()).digest()[:8]
    # NumPy takes no negative seed, servers do.
    seed = [(request.parameters.seed or 0) % 2**64, request.draw, int.from_bytes(digest)]
    return np.random.default_rng(seed).random(request.parameters.max_tokens)


def _as_ids(*ids: int | list[int] | None) -> list[int]:
    """Flatten what configurations hold: one id, several or none."""
    flat = [number for given in ids if given is not None for number in (given if isinstance(given, list) else [given])]
    return list(dict.fromkeys(flat))


def model_name(folder: str | os.PathLike[str]) -> str:
    """Return a model's name in the store of answers, without loading it.

    Args:
        folder: As for `LocalLLM.load`.

    Returns:
        A Hub id as it is; a folder with its files' sizes and times.
    """
    path = Path(folder)
    if not path.is_dir():
        return str(folder)
    stats = sorted(
        (file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in path.iterdir() if file.is_file()
    )
    return f"{path.resolve()} {hashlib.sha256(repr(stats).encode()).hexdigest()[:12]}"
