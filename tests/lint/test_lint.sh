#!/usr/bin/env bash
# Plants one violation of each rule in a copy of the tree and wants the rule to find it, and plants what only looks like one.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
copy=$tmp/copy
mkdir "$copy"
tar -C "$root" --exclude=./.git --exclude='./build*' --exclude=__pycache__ -cf - . | tar -C "$copy" -xf -
passed=0 failed=0

lint() { { "$root/tests/lint/run.sh" "$@" "$copy" 2>/dev/null || true; } | sed '/^lint: /d'; }

# lines COUNT TEXT
lines() { for ((i = 0; i < $1; i++)); do printf '%s\n' "$2"; done; }

# plant FILE: standard input goes to the end of FILE; restored by unplant
plant() {
    planted=$copy/$1
    rm -f "$tmp/kept"
    [[ ! -e $planted ]] || cp -p "$planted" "$tmp/kept"
    mkdir -p "$(dirname "$planted")"
    cat >>"$planted"
}

unplant() {
    rm -f "$planted"
    [[ ! -e $tmp/kept ]] || mv "$tmp/kept" "$planted"
}

verdict() {
    if [[ $1 == ok ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$2"
    fi
}

# caught RULE FILE PART: after planting standard input in FILE, RULE names FILE with PART in its sentence, and lint ends with 1
caught() {
    plant "$2"
    local line status=0
    "$root/tests/lint/run.sh" --only "$1" "$copy" >"$tmp/out" 2>/dev/null || status=$?
    unplant
    line=$(grep -E "^$2:[0-9]+: " "$tmp/out" | grep -F -- "$3" || true)
    if [[ -n $line && $status -eq 1 ]]; then verdict ok; else verdict no "$1 does not see in $2: $3"; fi
}

# quiet RULE FILE: the same, and RULE says nothing new
quiet() {
    local before after
    before=$(lint --only "$1" | sort)
    plant "$2"
    after=$(lint --only "$1" | sort)
    unplant
    if [[ $before == "$after" ]]; then verdict ok; else verdict no "$1 is wrong about $2: $(comm -13 <(echo "$before") <(echo "$after"))"; fi
}

caught layers flux/base/buf.c 'flux/base may not include flux/record/value.h' <<<'#include "flux/record/value.h"'
caught layers flux/record/value.c 'flux/record may not include store/store.h' <<<'#include "store/store.h"'
caught layers parsers/planted.c 'parsers may not include store/store.h' <<<'#include "store/store.h"'
caught layers store/planted.c 'store may not include parsers/parsers.h' <<<'#include "parsers/parsers.h"'
caught layers store/planted.c 'store may not include flux/intake/journal.h' <<<'  #  include "flux/intake/journal.h"'
caught layers retention/planted.c 'retention may not include flux/intake/journal.h' <<<'#include "flux/intake/journal.h"'
caught layers samples/planted.c 'samples may not include store/store.h' <<<'#include "store/store.h"'
caught layers store/planted.c '"store.h" is no file of the project' <<<'#include "store.h"'
caught layers tools/planted.c 'has no place among the layers' <<<'#include <stdio.h>'
quiet layers flux/intake/planted.c <<<$'#include "store/store.h"\n#include "parsers/parsers.h"\n#include "flux/intake/journal.h"'
quiet layers cli/planted.c <<<$'#include "samples/sample.h"\n#include "flux/intake/journal.h"'
quiet layers tests/unit/planted.c <<<$'#include "store/store.h"\n#include "parsers/parsers.h"'

caught libraries flux/intake/planted.c 'LMDB stays inside' <<<'#include <lmdb.h>'
caught libraries store/planted.c 'MDB_NOTFOUND here' <<<'int e = MDB_NOTFOUND;'
caught libraries store/planted.c 'XML and archive libraries' <<<'#include <libxml/parser.h>'
caught libraries flux/base/planted.h 'XML and archive libraries' <<<'#include <archive.h>'
quiet libraries store/planted.c <<<'/* unlike MDB_NOTFOUND */ const char *s = "mdb_get";'
quiet libraries parsers/planted.c <<<$'#include <libxml/parser.h>\n#include <archive_entry.h>'

long_function() {
    printf '\nint planted(int a,\n            int b)\n{\n'
    lines $(($1 - 4)) '    a += b;'
    printf '}\n'
}
long_function 71 | caught sizes flux/base/planted.c 'a function of 71 lines'
long_function 70 | quiet sizes flux/base/planted.c
{ printf 'START_TEST(x)\n{\n'; lines 80 '    x();'; printf '}\nEND_TEST\n'; } | caught sizes tests/unit/planted.c 'a function of 83 lines'
{ printf '/*\n{\n'; lines 80 x; printf '}\n*/\n'; } | quiet sizes flux/base/planted.c
lines 501 '' | caught sizes flux/base/planted.h '501 lines'
lines 500 '' | quiet sizes flux/base/planted.h
{ echo 'def f():'; lines 70 '    g()'; } | caught sizes scripts/planted.py 'a function of 71 lines'
{ echo 'def f():'; lines 69 '    g()'; } | quiet sizes scripts/planted.py
lines 501 '' | caught sizes scripts/planted.py '501 lines'
lines 501 ':' | caught sizes scripts/planted.sh '501 lines'

caught names store/planted.c 'a macro named NOM' <<<'#define NOM 3'
caught names store/planted.c 'NumDemRsa: official names are not re-cased' <<<'int NumDemRsa;'
caught names store/planted.c 'this one is InfosFoyerRSA' <<<'struct InfosFoyerRsa;'
quiet names store/planted.c <<<$'#define STORE_NOM 3\nint numdemrsa, NUMDEMRSA; /* NumDemRsa */'

caught guards flux/base/planted.h 'not FLUX_BASE_PLANTED_H' <<<$'#ifndef PLANTED_H\n#define PLANTED_H\n#endif'
caught guards flux/base/planted.h 'not FLUX_BASE_PLANTED_H' <<<'int x;'
quiet guards flux/base/planted.h <<<$'/* Why. */\n#ifndef FLUX_BASE_PLANTED_H\n#define FLUX_BASE_PLANTED_H\nint x;\n#endif'

for call in sprintf vsprintf strcpy strcat strncpy gets system popen strtok atoi atol sscanf alloca mktemp tmpnam rand srand setenv; do
    caught banned store/planted.c "$call()" <<<"int f(void) { return $call (0); }"
done
caught banned parsers/planted.c 'strtol()' <<<'int f(void) { return strtol(0); }'
quiet banned store/planted.c <<<$'/* system(1) */ int f(void) { return my_system(1) + snprintf(0) + strtok_of("gets(1) \\" rand(1)"); } // srand(1)'
quiet banned cli/planted.c <<<'int f(void) { return setenv("A", "b", 1); }'

caught tables flux/record/finding.def 'FINDING V_DATE stands twice' <<<'FINDING(V_DATE, FIELD, 1, "x", "", "")'
caught tables flux/base/err.def 'ERR IO stands twice' <<<'ERR(IO, 74, "x")'
caught tables flux/record/vrsb0801.def 'number 1 in Organisme stands twice' <<<'LEAF(Organisme, PLANTED, 1, CODE, 3,'
caught tables flux/record/codes.def 'code "CAF" in FONORG stands twice' <<<'CODE(FONORG, "CAF", "x")'

for word in "TO"DO "FIX"ME "XX"X; do
    caught later docs/planted.md "$word" <<<"One $word more."
    caught later store/planted.c "$word" <<<"/* $word */"
done
quiet later store/planted.c <<<'char name[] = "journal.XX''XXXX", methodology[] = "MASTO''DON";'

caught paths scripts/planted.sh 'a path of one machine' <<<'cat /wo''rk/main/x'
caught paths docs/planted.md 'a path of one machine' <<<'see `/ho''me/me/x`'
quiet paths docs/planted.md <<<'see net''work/main, a/wo''rk/x, https://example.org/wo''rk/x and /homes'

caught spaces docs/planted.md 'spaces at the end' <<<'text '
caught spaces store/planted.c 'spaces at the end' <<<$'int x;\t'
printf 'int x;' | caught spaces store/planted.c 'no newline at the end'

if command -v clang-format >/dev/null; then
    caught format store/planted.c 'not as clang-format writes it' <<<'int  f( void ){return 1 ;}'
    quiet format store/planted.c <<<'int f(void) { return 1; }'
fi

if command -v msgfmt >/dev/null; then
    rm -rf "$copy/po/fr.po"
    po() { printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n%s\n' "$1"; }
    po $'#, fuzzy\nmsgid "a"\nmsgstr "b"' | caught catalogue po/fr.po '1 fuzzy'
    po $'msgid "a"\nmsgstr ""' | caught catalogue po/fr.po '1 untranslated'
    po $'#, c-format\nmsgid "a %s"\nmsgstr "b %d"' | caught catalogue po/fr.po 'msgfmt:'
    po $'msgid "a planted "\n"sentence"\nmsgstr "x"' >"$copy/po/fr.po"
    caught catalogue cli/planted.c '"another sentence" is not in' <<<'const char *s = _("another "
                      "sentence");'
    quiet catalogue cli/planted.c <<<'const char *s = _("a planted sentence");'
    caught catalogue flux/record/finding.def '"unheard of" is not in' <<<'FINDING(V_PLANTED, FIELD, 1, "unheard of", "", "")'
fi

if command -v gcc >/dev/null && command -v readelf >/dev/null; then
    links() { # links PROGRAM PART LIBRARY...: a program with these libraries
        local program=$1 part=$2
        shift 2
        rm -rf "$tmp/built"
        mkdir "$tmp/built"
        echo 'int main(void) { return 0; }' >"$tmp/main.c"
        gcc -Wl,--no-as-needed "$tmp/main.c" -o "$tmp/built/$program" "$@"
        "$root/tests/lint/run.sh" --only links --build "$tmp/built" "$copy" >"$tmp/out" 2>/dev/null || true
        grep -q "/$program:1: $part" "$tmp/out"
    }
    try() { if links "$@"; then verdict ok; else verdict no "links does not see: $*"; fi; }
    not() { if links "$@"; then verdict no "links is wrong about: $*"; else verdict ok; fi; }
    try fluxrsa-parse 'links liblmdb' -lxml2 -llmdb
    try fluxrsa-parse 'does not link libxml2' -larchive
    try fluxrsa 'links libxml2' -llmdb -lxml2
    try fluxrsa 'links libarchive' -llmdb -larchive
    not fluxrsa '' -llmdb -lz
    not fluxrsa-parse '' -lxml2 -larchive
    if grep -q 'built/fluxrsa:1: is not built' "$tmp/out"; then verdict ok; else verdict no "links does not see that fluxrsa is not built"; fi
fi

echo "lint: $passed planted violations judged rightly, $failed wrongly"
[[ $failed -eq 0 ]]
