"""lint.py [--only RULE] [--build DIR] [ROOT]: see run.sh. Each rule is a function of the tree that yields (file, line, sentence)."""
import argparse
import pathlib
import re
import subprocess
import sys

import rules_build
import rules_code
import rules_layers
import rules_text

RULES = {
    "layers": rules_layers.layers,
    "libraries": rules_layers.libraries,
    "sizes": rules_code.sizes,
    "names": rules_code.names,
    "guards": rules_code.guards,
    "banned": rules_code.banned,
    "tables": rules_code.tables,
    "later": rules_text.later,
    "paths": rules_text.paths,
    "spaces": rules_text.spaces,
    "format": rules_build.clang_format,
    "catalogue": rules_build.catalogue,
    "links": rules_build.links,
}


class Tree:
    """The files of the project, each read once."""

    def __init__(self, root, build):
        self.root, self.build, self.texts, self.codes = root, build, {}, {}
        self.files = sorted(self._tracked() if (root / ".git").exists() else self._walked())
        self.c = [f for f in self.files if f.endswith((".c", ".h"))]
        self.scripts = [f for f in self.files if f.endswith((".py", ".sh"))]
        self.code = [f for f in self.files if f.endswith((".c", ".h", ".def"))]

    def _tracked(self):
        run = subprocess.run(["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"], stdout=subprocess.PIPE, check=True)
        return [f for f in run.stdout.decode().split("\0") if f and (self.root / f).is_file() and not built(f)]

    def _walked(self):
        found = (str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file())
        return [f for f in found if not built(f)]

    def text(self, name):
        if name not in self.texts:
            self.texts[name] = (self.root / name).read_bytes().decode("utf-8", "replace")
        return self.texts[name]

    def bare(self, name):
        """The code without the content of its comments and strings, line by line where it was."""
        if name not in self.codes:
            self.codes[name] = rules_code.strip(self.text(name))
        return self.codes[name]


def built(name):
    return re.match(r"\.git/|build(-[^/]*)?/", name) is not None or "__pycache__" in name


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--only", choices=RULES, action="append", help="this rule; may be repeated")
    ask.add_argument("--build", type=pathlib.Path, help="folder of the built programs")
    ask.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    args = ask.parse_args()
    tree = Tree(args.root.resolve(), args.build)
    count = 0
    for name in args.only or RULES:
        for file, line, sentence in RULES[name](tree):
            print(f"{file}:{line}: {sentence}")
            count += 1
    if count:
        print(f"lint: {count} violations", file=sys.stderr)
    elif not tree.c:
        print("lint: no code found", file=sys.stderr)
        return 1
    else:
        print(f"lint: {len(tree.files)} files, no violation")
    return 1 if count else 0


sys.exit(main())
