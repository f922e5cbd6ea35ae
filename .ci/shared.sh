# What .ci/windows and .ci/newest-python share. A script sources this file; it isn't a command.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/reloading-course-ci
mkdir -p "$cache"

say() { printf '%s: %s\n' "${0##*/}" "$1"; }

fail() { say "error: $1" >&2; exit 3; }

debian() {  # install Debian packages that are missing; only one script at a time may use apt
    dpkg-query -W -f '${Status}\n' "$@" 2>/dev/null | grep -c '^install ok installed' | grep -qx "$#" && return
    say "installing Debian packages: $*"
    flock "$cache/apt.lock" bash -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=600 "$@"' bash "$@" >"$cache/apt.log" 2>&1 || { tail -n 20 "$cache/apt.log" >&2; fail "apt-get failed."; }
}

prepare_once() {  # prepare_once FOLDER FUNCTION FILE...: calls FUNCTION again only after one of the files changed
    local folder=$1 build=$2 stamp
    shift 2
    stamp=$(cat "$@" | sha256sum)
    exec 9>"$folder.lock"
    flock --shared 9  # waits for a `prepare` that is at work
    [ "$(cat "$folder/ready" 2>/dev/null)" = "$stamp" ] || flock 9  # waits for every `run` too
    if [ "$(cat "$folder/ready" 2>/dev/null)" = "$stamp" ]; then
        say "reusing $folder"
    else
        rm -rf --one-file-system "$folder"
        mkdir "$folder"
        "$build" "$folder" 9>&-
        echo "$stamp" >"$folder/ready"
        say "prepared in ${SECONDS} s"
    fi
    exec 9>&-
}

# Runs a command with processes and mounts of its own: whatever it leaves behind ends with it.
alone=(unshare --mount --pid --fork --kill-child --mount-proc)

run_alone() {  # run_alone FOLDER FUNCTION ARGUMENTS: calls FUNCTION alone, in a clone, and ends with its status
    export temporary
    temporary=$(mktemp -d)
    trap 'exit 130' INT TERM HUP
    running=
    trap '[ -z "$running" ] || kill -KILL "$running"; wait; rm -rf --one-file-system "$temporary"' EXIT
    git clone --quiet ${clone_options[@]+"${clone_options[@]}"} "$kit" "$temporary/kit"
    exec 9>"$1.lock"  # as long as this runs, no `prepare` replaces the folder
    flock --shared 9
    shift
    # In the background, so that this script can be ended; the tests need Ctrl-C, which a background process ignores.
    local status=0
    "${alone[@]}" env --default-signal "$0" in-namespace "$@" 9>&- &
    running=$!
    wait "$running" || status=$?
    running=
    say "$SECONDS s, status $status"
    exit "$status"
}
