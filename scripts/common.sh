# shellcheck shell=bash
# Sourced by the scripts of this folder: where the project is, and how it is configured and built.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# build FOLDER OPTION...: configures once, then builds what changed. Prints only when it fails.
build() {
    local folder=$1 log status=0
    shift
    log=$(mktemp)
    { { [[ -f $folder/build.ninja ]] || meson setup "$folder" "$root" "$@"; } && meson compile -C "$folder"; } >"$log" 2>&1 || status=$?
    if [[ $status -ne 0 ]]; then
        tail -n 60 "$log" >&2
        echo "$(basename "$0"): building in $folder failed" >&2
    fi
    rm -f "$log"
    return "$status"
}
