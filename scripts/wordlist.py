#!/usr/bin/python3
"""Writes src/base/wordlist_table.h: 2,048 English words that are told apart by their first four letters, in order.

They are those of BIP 39, out of Debian's python3-mnemonic. Run it from the project's root, and commit what it
writes; it will hardly ever be needed again, since the words may not change.
"""

from mnemonic import Mnemonic

PATH = "src/base/wordlist_table.h"


def main():
    words = Mnemonic("english").wordlist
    assert len(words) == 2048 and words == sorted(words) and len({word[:4] for word in words}) == 2048
    with open(PATH, "w", encoding="ascii") as out:
        out.write("/* Written by scripts/wordlist.py out of the list of BIP 39: change it there. In order. */\n")
        out.write("/* clang-format off */\n")
        line = ""
        for word in words:
            if len(line) + len(word) > 114:
                out.write(line + "\n")
                line = ""
            line += f'"{word}",'
        out.write(line + "\n")


main()
