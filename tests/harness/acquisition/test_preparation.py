"""SentEval's preparation, worked by hand; byte for byte on real data in test_fetching."""

import pytest

from harness.acquisition import moses, penn
from harness.acquisition.preparation import prepare


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It's the man's dog.", "It 's the man 's dog ."),
        ("They don't, do they?", "They don 't , do they ?"),
        ("He left the U.S.", "He left the U.S ."),
        ("the U.S. left", "the U.S. left"),
        ("Wait...", "Wait ..."),
        ("at 6:30 p.m.", "at 6 : 30 p.m ."),
        ("“bags” & <b> | [c]", "“ bags ” & < b > | [ c ]"),
        ("1,000 or 1, 2", "1,000 or 1 , 2"),
        ("a/b  c", "a / b c"),
        ("", ""),
    ],
)
def test_moses_tokens(text: str, tokens: str) -> None:
    assert moses.tokenise(text) == tokens


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ('"conan" is', "`` conan '' is "),
        ("it isn't, we'd say", "it is n't , we 'd say "),
        ("the dogs' bowl", "the dogs ' bowl "),
        ("Mr. Bean is fun.", "Mr. Bean is fun . "),
        ("(fun.)", "( fun . ) "),
        ('fun."', "fun . '' "),
        ("well--done... yes?!", "well -- done ... yes ? ! "),
        ("I cannot, 'tis gonna end", "I can not , 't is gon na end "),
        ("  two   blanks", "two blanks "),
        ("", ""),
    ],
)
def test_penn_tokens(line: str, tokens: str) -> None:
    assert penn.tokenise(line) == tokens


def test_every_byte_becomes_visible_as_cat_shows_it() -> None:
    assert penn.visible(b"caf\xe9 \x85\xff\x01\x7f\t.") == "cafM-i M-^EM-^?^A^?\t."


@pytest.mark.parametrize(
    ("step", "published", "prepared"),
    [
        ("none", b"As It Is.\r\n", b"As It Is.\r\n"),
        ("sts", b"A Dog.\tA cat!\tfrom here\tfrom there\n", b"a dog .\ta cat !\n"),
        ("sts", b"no line end\tHere", b"no line end\there\n"),
        (
            "sts-benchmark",
            "main-news\tMSRpar\t2012test\t0024\t2.5\tA Dog.\tÉt.\tx\ty\n".encode(),
            "main-news\tMSRpar\t2012test\t0024\t2.5\ta dog .\tét .\n".encode(),
        ),
        (
            "sick",
            b"pair_ID\tsentence_A\tsentence_B\tr\te\r\n1\tA Dog's.\tB\t4.5\tNEUTRAL\r\n",
            b"pair_ID\tsentence_A\tsentence_B\tr\te\r\n1\tA Dog 's .\tB\t4.5\tNEUTRAL\r\n",
        ),
        ("penn", b'caf\xe9s, "fun".\n\nx\n', b"cafM-is , `` fun '' . \n\nx \n"),
        ("trec", b"HUM:ind `` Who '' is\xe9 O'Hara ?\n", b"HUM:ind  Who  is\xe9 OHara ?\n"),
        ("first-250-rows", b"row\n" * 500, b"row\n" * 250),
    ],
)
def test_step_gives_the_bytes_worked_out_by_hand(
    step: str, published: bytes, prepared: bytes
) -> None:
    assert prepare(published, step) == prepared  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "content"),
    [
        ("sts", b"one column\n"),
        ("sts", b"a\tb\ttail\n"),
        ("sts-benchmark", b"main\tf\ty\t1\t2.5\ta\tb\tsource\n"),
        ("sick", b"h\n1\t2\n"),
        ("sick", b"pair_ID\ta\tb\tr\te\n1\ta\tb\t4.5\tNEUTRAL\tx\n"),
        ("sts", b"\xff\t\xff\n"),
    ],
)
def test_other_file_is_refused(step: str, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"columns|utf-8"):
        prepare(content, step)  # type: ignore[arg-type]
