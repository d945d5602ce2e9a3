"""How alike two strings are: the decisions of `difflib` at ratio 0.5, at a fraction of its cost.

The official scorers of quadruples compare spans by the ratio of Ratcliff and Obershelp (Dr. Dobb's Journal, July 1988)
as `difflib.SequenceMatcher(None, first, second).ratio()` computes it: twice the matching characters, divided by the
characters of both. What matches is the longest common block and, recursively, what matches on its left and on its
right; of equally long blocks the one that starts earliest in the first string is taken, then earliest in the second.
So swapping the strings can change the ratio, and it is not the longest common subsequence.
"""

from difflib import SequenceMatcher

AUTOJUNK = 200
"""From this length of the second string on, `difflib` starts no block at a character that fills over 1 % of it."""


def is_similar(first: str, second: str, *, or_half: bool = False) -> bool:
    """Say whether ``difflib.SequenceMatcher(None, first, second).ratio()`` is more than 0.5.

    Two empty strings have ratio 1, an empty string and another one 0.

    Args:
        first: A string.
        second: The string it is compared with.
        or_half: Whether a ratio of exactly 0.5 is enough.

    Returns:
        What `difflib` would decide.

    >>> is_similar("abcd", "abxy"), is_similar("abcd", "abxy", or_half=True), is_similar("abcd", "abx")
    (False, True, True)
    """
    if first == second:
        return True
    length, other = len(first), len(second)
    needed = (length + other + 3) // 4 if or_half else (length + other) // 4 + 1  # ratio = 2 * matching / both lengths
    if length < needed or other < needed:
        return False
    if other < AUTOJUNK and _share_block(first, second, needed):
        return True
    if sum(map(second.__contains__, first)) < needed:  # no other characters can match
        return False
    return matching_characters(first, second) >= needed


def matching_characters(first: str, second: str) -> int:
    """Count the characters that `difflib` matches.

    >>> matching_characters("tide", "diet"), matching_characters("diet", "tide")
    (1, 2)
    """
    if len(second) >= AUTOJUNK:
        return sum(block.size for block in SequenceMatcher(None, first, second).get_matching_blocks())
    if first in second or second in first:
        return min(len(first), len(second))
    start, end = _longest_block(first, second)
    if start == end:
        return 0
    place = second.find(first[start:end])
    before = matching_characters(first[:start], second[:place])
    return before + end - start + matching_characters(first[end:], second[place + end - start :])


def _share_block(first: str, second: str, size: int) -> bool:
    for start in range(len(first) - size + 1):  # noqa: SIM110  (a generator takes longer)
        if first[start : start + size] in second:
            return True
    return False


def _longest_block(first: str, second: str) -> tuple[int, int]:
    """Find where in the first string its longest block that the second shares lies; of several, the earliest."""
    start = end = place = 0
    while (stop := place + end - start + 1) <= len(first):
        if first[place:stop] in second:
            start, end = place, stop
        else:
            place += 1
    return start, end
