"""When a majority vote has been heard: how sure the leader of two counts is, in closed forms without SciPy.

| | says | holds |
|---|---|---|
| `beta_confidence` | probability that the leader is the more probable answer (Adaptive-Consistency, arXiv 2305.11860) \
| at one look; looking again and again until it is high, an even race is called in six of ten cases |
| `e_value` | evidence against "the leader is not the more probable answer" | at any number of looks: it ever reaches \
1/a under that hypothesis with probability <= a |
| `certified_bar` | the `e_value` to demand of the leader where there are many answers, unknown beforehand | at any \
number of looks |
| `has_unanimous_window` | all votes of a window agree (ESC, arXiv 2401.10480) | at one look |
| `stratified_confidence` (ours) | as the first, for votes of several prompts that each mostly repeat themselves | at \
one look, as a normal approximation |
| `is_settled` | nothing that is still to come can change the majority | always |

All but the last two are about independent votes of one distribution.
"""

import math
import sys
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache


def beta_confidence(first: int, second: int) -> float:
    """Return the probability that the first of two answers is the more probable one, given their votes.

    The posterior of its share among the two is Beta(first + 1, second + 1), so that is P(share > 1/2), a binomial sum:
    ``2^-(n + 1) * sum_{j <= first} C(n + 1, j)`` with ``n = first + second``.

    Args:
        first: Votes of the one, >= 0.
        second: Votes of the other, >= 0.

    Returns:
        The probability.

    Raises:
        ValueError: If a count is negative.

    >>> beta_confidence(3, 0), beta_confidence(4, 0), beta_confidence(2, 2)
    (0.9375, 0.96875, 0.5)
    """
    return _binomial_sum(first, second) / (1 << (first + second + 1))


def e_value(first: int, second: int) -> float:
    """Return the evidence that the first of two answers is the more probable one, valid at any time.

    It is the likelihood ratio of a first share q that is uniform on (1/2, 1] against q = 1/2:
    ``sum_{j <= first} C(n + 1, j) / ((n + 1) C(n, first))``. Vote by vote it is a non-negative supermartingale that
    starts at 1 as long as q <= 1/2, so that it ever reaches 1/a with probability of at most a (Ville 1939). It doubles
    at most with each vote: below five votes nothing is certain at a = 0.05.

    Args:
        first: Votes of the one, >= 0.
        second: Votes of the other, >= 0.

    Returns:
        The evidence; the largest float where it is larger than that.

    Raises:
        ValueError: If a count is negative.

    >>> [round(e_value(votes, 0), 2) for votes in range(8)]
    [1.0, 1.5, 2.33, 3.75, 6.2, 10.5, 18.14, 31.88]
    >>> round(e_value(30, 10), 1), round(e_value(10, 30), 3)
    (63.2, 0.046)
    """
    total = first + second
    try:
        return _binomial_sum(first, second) / ((total + 1) * math.comb(total, first))
    except OverflowError:
        return sys.float_info.max


def certified_bar(rank: int, epsilon: float) -> float:
    """Return the `e_value` that the leader needs against every other answer for a certificate: 1.5 r (r + 1) / epsilon.

    The votes are independent draws of one distribution over any number of answers, unknown beforehand. The probability
    that the bar is ever reached by an answer that is not the single most probable one is at most epsilon, however often
    one looks. Proof: let i be the r-th answer to appear, and m another that is at least as probable. From i's first
    appearance on, that vote included, E(votes of i, later votes of m) is a non-negative supermartingale that starts at
    E(1, 0) = 1.5, so it ever reaches 1.5 / a with probability of at most a (Ville). More votes for m, such as those
    before, make E smaller, so the E of all votes reaches it no more often. The bar is 1.5 / a_r with
    a_r = epsilon / (r (r + 1)), and the a_r of all r sum to epsilon. (Ours, after CITE, arXiv 2605.05873.)

    Args:
        rank: The leader is the r-th answer to appear, r >= 1.
        epsilon: Wanted bound of the error, in (0, 1).

    Returns:
        The bar; where the leader has no rival yet, it is held against one without votes.

    >>> round(certified_bar(1, 0.05)), round(certified_bar(2, 0.05)), e_value(9, 0) > 60 > e_value(8, 0)
    (60, 180, True)
    """
    return 1.5 * rank * (rank + 1) / epsilon


def is_settled(first: int, second: int, left: int) -> bool:
    """Say whether the first answer keeps the majority whatever is still to come.

    Args:
        first: Votes of the leader.
        second: Votes of the runner-up, 0 where there is none.
        left: Votes still to come, at most.

    Returns:
        Whether the lead is larger than that.

    >>> is_settled(6, 2, 3), is_settled(6, 2, 4)
    (True, False)
    """
    return first - second > left


def has_unanimous_window(votes: Sequence[Hashable], size: int) -> bool:
    """Say whether all votes of one window agree (ESC, arXiv 2401.10480).

    Args:
        votes: In the order they were drawn in.
        size: Votes of a window; windows stand one behind the other, an incomplete last one does not count.

    Returns:
        Whether there is such a window. That a wrong answer of probability p fills a given one has probability p^size.

    >>> has_unanimous_window("abbb", 2), has_unanimous_window("abba", 2)
    (True, False)
    """
    windows = (votes[start : start + size] for start in range(0, len(votes) - size + 1, size))
    return any(len(set(window)) == 1 for window in windows)


def stratified_confidence(
    counts: Sequence[Mapping[Hashable, int]], leader: Hashable, *, concentration: float = 1.0
) -> float:
    """Return the probability that the leader is the answer of most votes in the long run, by prompt (ours).

    Votes come from several prompts in equal parts, and a prompt at low temperature mostly repeats itself: ten prompts
    that were asked once tell more than one that was asked ten times, which the rules for independent votes of one
    distribution do not see. Here each prompt has answers of its own, drawn from a Dirichlet process of concentration c:
    after n votes, a of them for the leader and b for a rival, its difference of the two shares has the mean
    ``(a - b) / (n + c)`` and the variance ``((a + b) / (n + c) - mean^2) / (n + c + 1)``. The sum over prompts is taken
    as normal: ``Phi(sum of means / sqrt(sum of variances))``.

    The formula gives a prompt without a vote for either no variance, as if it never could vote for one of them; but its
    unseen mass ``c / (n + c)`` may go to either, so that stands in the place of ``(a + b) / (n + c)``.

    Args:
        counts: Of each prompt its valid votes by answer.
        leader: An answer.
        concentration: How many votes the belief is worth that a prompt will say something new, > 0.

    Returns:
        The smallest confidence over the rivals: all other answers, and one that nobody voted for yet.

    Raises:
        ValueError: If there is no prompt, or the concentration is not positive.

    >>> round(stratified_confidence([{"a": 1}] * 8 + [{"b": 1}] * 2, "a"), 4)
    0.9995
    >>> round(stratified_confidence([{"a": 8, "b": 2}], "a"), 4)  # as many votes of one prompt
    0.9922
    >>> stratified_confidence([{"a": 2}, {"b": 2}], "a")
    0.5
    """
    if not counts or not concentration > 0:
        raise ValueError(
            f"{len(counts)} prompts and a concentration of {concentration}; expected at least one and a number above 0"
        )
    valid = [sum(own.values()) for own in counts]
    ours = [own.get(leader, 0) for own in counts]
    rivals = {answer for own in counts for answer in own} - {leader}
    theirs = [[0] * len(counts), *([own.get(rival, 0) for own in counts] for rival in rivals)]
    return min(_stratified(valid, ours, their, concentration) for their in theirs)


def _stratified(valid: Sequence[int], leader: Sequence[int], rival: Sequence[int], concentration: float) -> float:
    mean = variance = 0.0
    for votes, ours, theirs in zip(valid, leader, rival, strict=True):
        total = votes + concentration
        own = (ours - theirs) / total
        mean += own
        variance += ((ours + theirs or concentration) / total - own**2) / (total + 1)
    return (1 + math.erf(mean / math.sqrt(2 * variance))) / 2


@lru_cache(maxsize=2**14)
def _binomial_sum(first: int, second: int) -> int:
    """Return ``sum_{j <= first} C(first + second + 1, j)``, exactly."""
    if first < 0 or second < 0:
        raise ValueError(f"votes are {first} and {second}; expected counts of at least 0")
    total = first + second + 1
    term = whole = 1
    for chosen in range(1, first + 1):
        term = term * (total - chosen + 1) // chosen
        whole += term
    return whole
