"""Which language a text is in: a light guess by script, letters and small words (ours).

The models need no language: it is for clients of Perspective API, which answers with the languages it detected and
refuses those it was not made for. Most-used words of each language stand for it; a script that one language owns needs
none. Digits, signs and emoji alone are no language (``und``).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

UNDETERMINED = "und"
LEAST_SHARE = 0.2
"""Of the letters of a text that a language must have to be listed beside the first (ours)."""
LONGEST_LOOK = 5_000
"""Characters that are looked at."""

_SCRIPTS = {
    "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "ARABIC": "ar", "THAI": "th",
    "DEVANAGARI": "hi", "HEBREW": "he", "GREEK": "el", "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te", "KHMER": "km",
    "LAO": "lo", "MYANMAR": "my", "GEORGIAN": "ka", "ARMENIAN": "hy", "LATIN": "",
}  # fmt: skip
"""From the first word of a letter's Unicode name to its language; Latin is told by words and letters."""

_LETTERS = {
    "vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "de": "äöüß",
    "es": "ñ¿¡",
    "pl": "ąęłśźżń",
    "cs": "ěřůčžš",
    "sv": "å",
    "tr": "ğşı",
    "fr": "çœèùîïêâô",
    "pt": "ãõ",
}
"""Letters that speak for a language among those in Latin script, the likeliest language first."""

_WORDS = {
    "en": "the a an of to and is are was you your i he she they it that this what who not have do in for with on be my "
    "we so all just no if me at or but can will how why",
    "vi": "không là của và có được một những cho người này đó tôi bạn mày tao nó thì mà như rất quá cái con khong ko "
    "cua duoc nguoi nhung toi ban may vcl vl đm dm ngu vay roi",
    "de": "der die das und ist nicht du ich ein eine sie wir ihr dich mir mich auf mit den dem bist sind war auch",
    "es": "el la los las de que y es en un una por no se con eres para como pero su al lo muy está tu",
    "fr": "le la les des et est un une que qui ne pas je tu il elle nous vous dans pour sur avec ce sont es",
    "pt": "o os as de que e é do da em um uma não se com para você por mais eu ele são muito",
    "it": "il lo gli di che e è un una non per con sono sei mi ti si come ma del della questo molto",
    "nl": "de het een en van ik je is dat niet wat zijn op te met voor hij zij maar ook jij bent",
    "id": "yang dan di ini itu dengan untuk tidak dari dalam kamu saya aku ada dia kau bukan juga sudah",
    "pl": "nie to jest się na i w z że do jak ty co ale jesteś czy tak",
    "sv": "och att det som är en jag du inte på för med han den ett var",
    "tr": "bir ve bu da de için çok ne sen ben değil gibi ama var",
    "cs": "je to se na ne že jsi ty co jak jsem ale tak by",
}
_KNOWN = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def detect(text: str) -> list[str]:
    """Name the languages of a text.

    Args:
        text: Any text.

    Returns:
        Codes, the likeliest first; at least one, ``und`` where there is no letter of a known script.
    """
    looked_at = unicodedata.normalize("NFKC", text[:LONGEST_LOOK])
    letters: Counter[str] = Counter()
    for character, count in Counter(looked_at).items():
        if character.isalpha() and (code := _SCRIPTS.get(unicodedata.name(character, "").split(" ")[0].split("-")[0])):
            letters[code] += count
    if letters["ja"]:  # kana among Chinese characters: all of it is Japanese
        letters["ja"] += letters.pop("zh", 0)
    latin = "".join(character if _is_latin(character) else " " for character in looked_at)
    if latin.strip():
        letters[_latin_language(latin)] += sum(not character.isspace() for character in latin)
    total = sum(letters.values())
    ranked = [code for code, count in letters.most_common() if count >= LEAST_SHARE * total]
    return ranked or [UNDETERMINED]


def supports(supported: Iterable[str], language: str) -> bool:
    """Tell whether a language is among those supported; a variety (``zh-Hant``, ``en-GB``) is if its language is.

    Args:
        supported: Codes; none at all: every language is.
        language: A BCP 47 code.

    Returns:
        Whether it is.
    """
    known = {code.lower() for code in supported}
    code = language.lower().replace("_", "-")
    return not known or code in known or code.split("-")[0] in known


def _is_latin(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN")


def _latin_language(text: str) -> str:
    words = _WORD.findall(text.lower())
    points = {code: float(sum(word in known for word in words)) for code, known in _KNOWN.items()}
    for code, letters in _LETTERS.items():
        points[code] += sum(character in letters for word in words for character in set(word))
    return max(points, key=lambda code: points[code])  # the first of equals: English
