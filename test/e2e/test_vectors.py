"""The golden vectors are what their script makes: nobody edits them by hand."""

import importlib.util
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


def test_the_file_is_what_the_script_makes():
    spec = importlib.util.spec_from_file_location("make", VECTORS / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert make.made() == (VECTORS / "entry.txt").read_text(encoding="utf-8")
