#!/usr/bin/python3
"""Writes src/base/lookalike_table.h: code points that look like others, and like which, in order.

What looks like what is Unicode's word (UTS #39, confusables.txt), asked of ICU, which carries it: Debian's
python3-icu. What decomposes canonically is left out, since skeleton.c decomposes first; what is ignored by
default is, too. Run it from the project's root when there is a newer Unicode, and commit what it writes.
"""

import unicodedata

import icu

PATH = "src/base/lookalike_table.h"
HEAD = """/* Written by scripts/lookalikes.py out of Unicode %s (UTS #39): change it there. In order of code point: what it
 * looks like is `size` bytes of LOOKS from `at` on. */
/* clang-format off */
"""


def rows():
    checker = icu.SpoofChecker()
    for code in range(0x21, 0x110000):
        letter = chr(code)
        if 0xD800 <= code < 0xE000 or unicodedata.category(letter) in ("Cn", "Co", "Cc", "Zs"):
            continue
        if unicodedata.normalize("NFD", letter) != letter or 0xAC00 <= code < 0xD7A4:
            continue
        looks = checker.getSkeleton(0, letter)
        if looks != letter:
            yield code, looks.encode()


def main():
    found = list(rows())
    pool = b""
    for looks in sorted({looks for _, looks in found}, key=lambda looks: (-len(looks), looks)):
        if looks not in pool:
            pool += looks
    with open(PATH, "w", encoding="ascii") as out:
        out.write(HEAD % icu.UNICODE_VERSION)
        out.write("static const uint8_t LOOKS[] = {\n")
        for at in range(0, len(pool), 30):
            out.write("".join(f"{byte}," for byte in pool[at:at + 30]) + "\n")
        out.write("};\nstatic const struct lookalike LOOKALIKES[] = {\n")
        line = ""
        for code, looks in found:
            row = f"{{0x{code:X},{pool.index(looks)},{len(looks)}}},"
            if len(line) + len(row) > 118:
                out.write(line + "\n")
                line = ""
            line += row
        out.write(line + "\n};\n")


main()
