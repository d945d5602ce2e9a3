"""Guard models by name: how each is asked and read. Any size of a family is asked in the same way."""

from collections.abc import Callable, Mapping

from hf_toxspan.judging.granite_guardian import GraniteGuardian
from hf_toxspan.judging.judge import Judge
from hf_toxspan.judging.llama_guard import LlamaGuard
from hf_toxspan.judging.qwen3guard import Qwen3Guard
from hf_toxspan.judging.shieldgemma import ShieldGemma

GUARDS: Mapping[str, Callable[[], Judge]] = {
    "qwen3guard": Qwen3Guard,
    "qwen3guard-loose": lambda: Qwen3Guard(strict=False),
    "shieldgemma": ShieldGemma,
    "shieldgemma-plain": lambda: ShieldGemma(plain=True),
    "llama-guard": LlamaGuard,
    "granite-guardian-3.0": lambda: GraniteGuardian("3.0"),
    "granite-guardian-3.3": lambda: GraniteGuardian("3.3"),
    "granite-guardian-4.1": lambda: GraniteGuardian("4.1"),
}
"""A judge for each published format, with the defaults of its class."""


def load_guard(name: str) -> Judge:
    """Return the judge for a guard model.

    Args:
        name: One of `GUARDS`.

    Returns:
        The judge.

    Raises:
        ValueError: If the name is unknown.
    """
    if name not in GUARDS:
        raise ValueError(f"there is no guard {name!r}; expected one of {', '.join(GUARDS)}")
    return GUARDS[name]()
