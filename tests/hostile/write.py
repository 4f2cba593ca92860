"""Writes the hostile files of one kind: write.py zips|gzips|foreign|tars|xmls FOLDER FLUX. One line per file: name, codes, "heavy" or "".
A program of its own, so that whoever measures memory is not measured."""
import importlib
import os
import sys

from case import write


def main(kind, folder, flux):
    with open(flux, "rb") as f:
        data = f.read()
    module = importlib.import_module("gzips" if kind == "foreign" else kind)
    for c in (module.foreign if kind == "foreign" else module.cases)(data):
        write(c, os.path.join(folder, c.name))
        print(c.name, " ".join(sorted(c.codes)), "heavy" if c.heavy else "", sep="\t", flush=True)


main(*sys.argv[1:])
