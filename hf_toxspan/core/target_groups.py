"""From annotators' lists of target names to the groups a post speaks of.

HateXplain asks each annotator which communities a post targets. Two readings of the answers are published: HateXplain's
own notebook wants a name twice, RATeD wants it once and takes parts of words for it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

Annotations = Iterable[Sequence[str]]
"""What the annotators of one post named, one list each."""

NO_COMMUNITY = ("None", "Other")
"""Answers that name no community."""

RATED_NAMES = (
    *("African", "Arab", "Asian", "Hispanic", "Jew", "Muslim", "Caucasian"),
    *("Women", "Men", "Homosexual", "Disability"),
)
"""The 11 groups of RATeD; no answer of HateXplain holds "Muslim", which it calls Islam."""


def majority_groups(annotations: Annotations) -> list[str]:
    """Return the communities that occur at least twice in the lists of a post, in the order of their first naming.

    One annotator who names a community twice suffices: the notebook concatenates the lists before it counts. "None" and
    "Other", which it drops later, are left out here.
    Source: HateXplain, Bias_Calculation_NB.ipynb.

    >>> majority_groups([["Women", "Arab"], ["Arab"], ["None"]])
    ['Arab']
    """
    return [name for name in _named_twice(annotations) if name not in NO_COMMUNITY]


def substring_groups(annotations: Annotations, *, names: Sequence[str] = RATED_NAMES) -> list[str]:
    """Return the names that occur, in any case, inside an answer of any annotator.

    "Men" is found in "Women" and "Jew" in "Jewish".
    Source: RATeD, experiments/english/common/metrics.py.

    >>> substring_groups([["Women"], ["None"]])
    ['Women', 'Men']
    """
    answers = [answer.lower() for answers in annotations for answer in answers]
    return [name for name in names if any(name.lower() in answer for answer in answers)]


def community_counts(posts: Iterable[Annotations]) -> Counter[str]:
    """Count how many posts name each community, as HateXplain's notebook counts them to rank communities.

    A post counts for each of its majority groups. A post in which nothing was named twice counts, by a slip of the
    notebook, for the last name that was new in its lists. "None" and "Other" are not counted; the notebook fails where
    a corpus holds no "None" or no "Other", and so does it on a first post without any name, which here counts for none.

    >>> community_counts([[["Arab"], ["Arab"]], [["Women"], ["Men"]], [["None"], ["None"]]])
    Counter({'Arab': 1, 'Men': 1})
    """
    counts: Counter[str] = Counter()
    for lists in map(list, posts):
        last = list(dict.fromkeys(name for names in lists for name in names))[-1:]
        counts.update(_named_twice(lists) or last)
    for name in NO_COMMUNITY:
        counts.pop(name, None)
    return counts


def top_communities(posts: Iterable[Annotations], *, count: int = 10) -> list[str]:
    """Return the communities that most posts name, of equals the one that was counted first.

    The notebook ranks over all posts of the data set and scores those of the test split only.
    Source: HateXplain, Bias_Calculation_NB.ipynb, with the counts of `community_counts`.

    >>> top_communities([[["Arab"], ["Arab"]], [["Women"], ["Women"]], [["Women"], ["Women"]]], count=1)
    ['Women']
    """
    return [name for name, _ in community_counts(posts).most_common(count)]


def _named_twice(annotations: Annotations) -> list[str]:
    counts = Counter(name for names in annotations for name in names)
    return [name for name, times in counts.items() if times > 1]
