"""What visitors send: every format, every limit, and bytes that are no texts."""

import base64
import json

import pytest

from hf_toxspan.demo import files
from hf_toxspan.demo.files import open_upload, pasted, receive, texts_of
from hf_toxspan.demo.words import Refused


def sent(name: str, data: bytes, /, **changes: object) -> str:
    return json.dumps({"name": name, "size": len(data), "data": base64.b64encode(data).decode(), **changes})


def refusal(work: object) -> str:
    with pytest.raises(Refused) as found:
        work()  # type: ignore[operator]
    return found.value.reason


def test_a_text_a_line() -> None:
    upload = receive(sent("A.TXT", "you\n你好\n".encode()))
    assert (upload.format, upload.columns) == ("txt", ())
    assert [record.text for record in texts_of(upload)] == ["you", "你好"]


def test_a_csv_file_offers_its_columns_and_guesses_the_texts() -> None:
    upload = open_upload("a.csv", b"id,Comment,note\n1,you fool,x\n")
    assert upload.columns == ("id", "Comment", "note") and upload.column == "Comment"
    assert [record.text for record in texts_of(upload)] == ["you fool"]
    assert [record.text for record in texts_of(upload, "note")] == ["x"]


def test_a_jsonl_file_offers_the_columns_that_hold_strings() -> None:
    upload = open_upload("a.jsonl", b'{"id": 1, "body": "you"}\nnonsense\n{"body": "me", "text": "us"}\n')
    assert upload.columns == ("body", "text") and upload.column == "text"
    assert [record.error is None for record in texts_of(upload, "body")] == [True, False, True]


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[]",
        "{}",
        "null",
        "1",
        "[" * 100_000,
        '{"name": "a.txt", "size": "1e9", "data": ""}',
        sent("a.txt", b"abc", data="%%%"),
        sent("a.txt", b"abc", data="é"),
        sent("a.txt", b"abc", size=2),
    ],
)
def test_a_broken_upload_is_refused(payload: str) -> None:
    assert refusal(lambda: receive(payload)) == "broken_upload"


def test_a_file_over_the_limit_is_refused_before_it_is_decoded() -> None:
    assert refusal(lambda: receive(sent("a.txt", b"", size=50_000_000))) == "too_big"
    assert refusal(lambda: receive(sent("a.txt", b"", data="A" * 6_000_000))) == "too_big"


@pytest.mark.parametrize("name", ["a.zip", "a", "txt", "a.txt.gz", "../../etc/passwd", "a.csv/", "a.html", ""])
def test_other_files_are_refused_by_name(name: str) -> None:
    assert refusal(lambda: open_upload(name, b"you")) == "wrong_type"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_bytes_that_are_no_text_are_refused_whatever_the_name(name: str) -> None:
    assert refusal(lambda: open_upload(name, b"PK\x03\x04\0\0\0")) == "not_text"
    assert refusal(lambda: open_upload(name, "you fool".encode("utf-16"))) == "not_text"


def test_a_file_in_another_encoding_is_refused_and_a_bad_line_among_good_ones_is_kept() -> None:
    latin = "caf\xe9\n".encode("latin-1")
    assert refusal(lambda: texts_of(open_upload("a.txt", latin))) == "not_text"
    good, bad = texts_of(open_upload("a.txt", b"you\n" + latin))
    assert good.text == "you" and "UTF-8" in (bad.error or "")


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_file_without_texts_is_refused(name: str) -> None:
    assert refusal(lambda: texts_of(open_upload(name, b""))) == "empty_file"


def test_a_header_that_names_no_columns_is_refused() -> None:
    assert refusal(lambda: open_upload("a.csv", b"text,text\n")) == "bad_header"
    assert refusal(lambda: open_upload("a.csv", b"t\xffxt,b\n")) == "bad_header"
    assert refusal(lambda: open_upload("a.csv", ",".join(map(str, range(200))).encode())) == "too_many_columns"


def test_a_column_that_is_not_there_is_refused() -> None:
    assert refusal(lambda: texts_of(open_upload("a.csv", b"a,b\n1,2\n"), "c")) == "no_column"


def test_limits_refuse_and_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(lambda: texts_of(open_upload("a.txt", b"a\n" * 1001))) == "too_many"
    assert len(texts_of(open_upload("a.txt", b"a\n" * 1000))) == 1000
    assert refusal(lambda: pasted("a" * 200_001)) == "too_long"
    assert len(pasted("a" * 200_000)[0].text) == 200_000
    monkeypatch.setattr(files, "MOST_CHARACTERS", 10)
    assert refusal(lambda: texts_of(open_upload("a.txt", b"aaaaaa\nbbbbbb\n"))) == "too_much"


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_blank_box_is_no_text(text: str) -> None:
    assert refusal(lambda: pasted(text)) == "no_text"


def test_a_long_name_is_shortened() -> None:
    assert len(open_upload("a" * 5000 + ".txt", b"").name) == 80
