"""The Penn Treebank's tokeniser, as SentEval runs it: `cat -v | sed -f tokenizer.sed`."""

import re

_DELETE = 127

# The conventions of MacIntyre (1995), one after the other. A quotation mark opens at the start
# of a line or after a space or bracket; a full stop is split off only at the end of a line.
_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r'^"', "`` "),
        (r'([ (\[{<])"', r"\1 `` "),
        (r"\.\.\.", " ... "),
        (r"([,;:@#$%&])", r" \1 "),
        (r"([^.])(\.)([\])}>\"']*)[ \t]*$", r"\1 \2\3 "),
        (r"([?!])", r" \1 "),
        (r"([\]\[(){}<>])", r" \1 "),
        (r"--", " -- "),
        (r"$", " "),
        (r"^", " "),
        (r'"', " '' "),
        (r"([^'])' ", r"\1 ' "),
        (r"'([sSmMdD]) ", r" '\1 "),
        (r"('ll|'re|'ve|n't|'LL|'RE|'VE|N'T) ", r" \1 "),
        (r" ([Cc])annot ", r" \1an not "),
        (r" ([Dd])'ye ", r" \1' ye "),
        (r" ([Gg])imme ", r" \1im me "),
        (r" ([Gg])onna ", r" \1on na "),
        (r" ([Gg])otta ", r" \1ot ta "),
        (r" ([Ll])emme ", r" \1em me "),
        (r" ([Mm])ore'n ", r" \1ore 'n "),
        (r" '([Tt])is ", r" '\1 is "),
        (r" '([Tt])was ", r" '\1 was "),
        (r" ([Ww])anna ", r" \1an na "),
        (r"  +", " "),
        (r"^ +", ""),
    )
]


def tokenise(line: str) -> str:
    """Return the tokens of a line, each followed by one space."""
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    return line


def visible(line: bytes) -> str:
    """Write every byte as printable ASCII, as `cat -v` does: 0xE9 becomes ``M-i``.

    That is how accented letters came to stand in SentEval's MR, CR, SUBJ and MPQA.
    """
    return "".join(map(_visible_byte, line))


def _visible_byte(byte: int) -> str:
    meta, low = ("M-", byte - 128) if byte >= 128 else ("", byte)  # noqa: PLR2004 - 7 bits
    if low == _DELETE:
        return f"{meta}^?"
    if low < ord(" ") and not (low == ord("\t") and not meta):
        return f"{meta}^{chr(low + 64)}"
    return meta + chr(low)
