#!/bin/sh
# Makes fluxrsa.pot from the sources and brings every catalogue up to date.
set -eu
cd "$(dirname "$0")/.."
extract() {
    xgettext --from-code=UTF-8 --language=C --package-name=fluxrsa --copyright-holder='' --add-comments=TRANSLATORS --sort-by-file \
        --output=po/fluxrsa.pot --keyword "$@"
}
extract --keyword=_ --keyword=N_ --keyword=ngettext:1,2 --keyword=FINDING:4 --keyword=ERR:3 --keyword=SETTING:8 --keyword=SOURCE_SETTING:7 --keyword=FAULT:2 \
    --keyword=EXIT:2 --keyword=COST:3 --keyword=MOVEMENT:3 --keyword=ANOMALY:3 --keyword=SOURCE:2 --keyword=EVENT:4 --keyword=OPTION:5 \
    --flag=SETTING:8:no-c-format --flag=SOURCE_SETTING:7:no-c-format --files-from=po/POTFILES
# A macro with two messages needs a run of its own for the second.
extract --keyword=FINDING:5 --join-existing flux/record/finding.def
extract --keyword=COST:4 --join-existing flux/record/cost.def
extract --keyword=OPTION:4 --join-existing cli/options.def
# The day of the run would change the file each time.
sed -i -e '/^"POT-Creation-Date:/d' po/fluxrsa.pot
while read -r language; do
    [ -f "po/$language.po" ] || continue
    msgmerge --quiet --update --backup=none --no-fuzzy-matching --sort-by-file "po/$language.po" po/fluxrsa.pot
    sed -i -e '/^"POT-Creation-Date:/d' "po/$language.po"
    msgfmt --check --statistics --output-file=/dev/null "po/$language.po"
done <po/LINGUAS
