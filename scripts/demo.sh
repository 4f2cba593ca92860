#!/usr/bin/env bash
# From nothing to a dossier on the screen: installs what is missing, builds, makes an instance, imports a made-up month of a whole
# département, with a few households damaged on purpose, and shows what an operator sees.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<EOF
usage: scripts/demo.sh [--households N] [--departement CODE] [FOLDER]
  FOLDER          where to put the demonstration; absent or empty (default: a new folder under ${TMPDIR:-/tmp})
  --households N  households of the made-up flux (30000)
  --departement   département, three characters (062)
EOF
}

bad() {
    echo "demo: $1" >&2
    usage >&2
    exit 64
}

households=30000 departement=062 folder=
while [[ $# -gt 0 ]]; do
    case $1 in
    --households | --departement)
        [[ $# -ge 2 ]] || bad "$1 needs a value"
        declare "${1#--}=$2"
        shift
        ;;
    --help | -h)
        usage
        exit 0
        ;;
    -*) bad "unknown option $1" ;;
    *)
        [[ -z $folder ]] || bad "one folder only"
        folder=$1
        ;;
    esac
    shift
done
[[ $households =~ ^[1-9][0-9]{0,6}$ ]] || bad "--households wants a number from 1 to 9999999"
if [[ -n $folder ]]; then
    [[ ! -e $folder || (-d $folder && -z $(ls -A "$folder")) ]] || bad "$folder is not an empty folder"
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
else
    folder=$(mktemp -d "${TMPDIR:-/tmp}/fluxrsa-demo.XXXXXX")
fi

say() { printf '\n== %s\n' "$1"; }
# Shows the command, as typed from the root of the project, and runs it.
show() {
    printf '\n$ fluxrsa %s\n' "$*"
    "$fluxrsa" "$@"
}

say "Packages and build (the first time takes a few minutes)"
"$root/scripts/install-deps.sh"
build "$root/build"
fluxrsa=$root/build/fluxrsa
instance=$folder/instance flux=$folder/rsa.RSABEM.202501.xml
export FLUXRSA_CONFIG=$instance/fluxrsa.conf

say "An instance for the département $departement"
show init "$instance" --departement "$departement"

say "A made-up monthly flux of $households households"
show sample generate --households "$households" --departement "$departement" --month 2025-01 -o "$folder/whole.xml"
# What payers really send: here a household without its number, there a person without a readable birth date, and a strange element.
awk '/<InfosFoyerRSA>/ { n++ }
    n == 3 && /<NUMDEMRSA>/ { next }
    n == 5 && !done && /<DTNAI>/ { sub(/<DTNAI>[^<]*/, "<DTNAI>1990-02-30"); done = 1 }
    n == 7 && /<\/InfosFoyerRSA>/ { print "<INCONNU>1</INCONNU>" }
    { print }' "$folder/whole.xml" >"$flux"
rm "$folder/whole.xml"
ls -lh "$flux"

say "Import"
show import "$flux"

say "Once more: the same bytes change nothing"
show import "$flux"

say "Status"
show status

say "One dossier"
numdemrsa=$(grep -m 1 -o '<NUMDEMRSA>[^<]*' "$flux" | cut -d '>' -f 2)
show dossier show "$numdemrsa" --purpose suivi

say "Rejects"
show rejects list

cat <<EOF

== Where everything is
  programs   $root/build/fluxrsa
  instance   $instance   (configuration, keys, encrypted store, journal)
  flux       $flux

Go on with:
  export FLUXRSA_CONFIG=$FLUXRSA_CONFIG PATH=$root/build:\$PATH
  fluxrsa flux list
  fluxrsa rejects show 1
  fluxrsa dossier show $numdemrsa --json
  fluxrsa audit show
  fluxrsa --help
Remove it all with: rm -r $folder
EOF
