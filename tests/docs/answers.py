"""What a language model would say, for every kind of question that the package asks; it knows the word fool."""

import json
from typing import Any

from tests.chat_servers import Reply, question, says

KNOWN = ("fool", "stupid", "idiot", "lemon", "蠢货")


def answer(_number: int, body: dict[str, Any]) -> Reply:
    """Answer a call in the form that its prompt asks for."""
    try:
        asked = json.loads(question(body))
    except ValueError:
        return says(_quadruples(question(body)))
    return says(json.dumps(_object(asked, body), ensure_ascii=False))


def _quadruples(prompt: str) -> str:
    word = next((word for word in KNOWN if word in prompt.splitlines()[-1]), None)
    return f"you | {word} | others [END]" if word else "NULL | NULL | non-hate [END]"


def _object(asked: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    found = [word for word in KNOWN if word in asked["text"]]
    if "if_toxic" in json.dumps(body):
        return {"if_toxic": "it calls somebody a fool", "if_clean": "friends tease each other like that"}
    if "labels" in asked:
        wanted = "toxic" if found else "not toxic"
        label = next(name for name, means in asked["labels"].items() if means == wanted)
        return {"label": label, "spans": found, "reason": "it insults somebody" if found else "nobody is insulted"}
    return {"toxic": True, "spans": found or asked.get("clues", [])[:1], "reason": "an insult"}
