#!/usr/bin/env bash
# Takes each protection away and shows the test that fails.
#
#   tests/breaks/run.sh            every break: applied to a copy, built, and tested
#   tests/breaks/run.sh 4 b10      those whose names contain one of the words
#   tests/breaks/run.sh --sample 3 so many, others with each commit
#   tests/breaks/run.sh --check    only that every patch still applies
#
# A patch begins with what it breaks, and with the arguments of `cargo test` that must then fail:
#
#   Breaks: a gate that lets anything through to a gRPC handler
#   Test: -p meshauth-tests --test suite t_a06
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)

# The patches whose names contain one of the words: all, if there are none.
chosen() {
  for patch in "$here"/*.patch; do
    name=$(basename "$patch" .patch)
    if [ $# -eq 0 ]; then echo "$patch"; continue; fi
    for word in "$@"; do
      case $name in *"$word"*) echo "$patch"; break ;; esac
    done
  done
}

# So many breaks, drawn by the commit: the same for one commit, and others for the next.
sample() {
  local seed
  seed=$(git -C "$repository" rev-parse HEAD)
  chosen | while read -r patch; do
    printf '%s %s\n' "$(printf '%s %s' "$seed" "$(basename "$patch")" | sha256sum | cut -d ' ' -f 1)" "$patch"
  done | sort | head -n "$1" | while read -r _ patch; do basename "$patch" .patch; done
}

field() { sed -n "s/^$1: //p" "$2" | head -n 1; }

if [ "${1:-}" = --check ]; then
  for patch in "$here"/*.patch; do
    (cd "$repository" && git apply --check "$patch")
    [ -n "$(field Breaks "$patch")" ] && [ -n "$(field Test "$patch")" ]
  done
  echo "every break applies: $(ls "$here"/*.patch | wc -l)"
  exit
fi

if [ "${1:-}" = --sample ]; then
  mapfile -t names < <(sample "${2:?how many}")
  set -- "${names[@]}"
fi

if [ -z "$(chosen "$@")" ]; then
  echo "no break has such a name: $*" >&2
  exit 1
fi

copy=$(mktemp -d)
trap 'git -C "$repository" worktree remove --force "$copy/tree" 2>/dev/null; rm -rf "$copy"' EXIT
git -C "$repository" worktree add --quiet --detach "$copy/tree" HEAD
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$repository/target/breaks}" CARGO_TERM_COLOR=never
# What is built for one run need not be fast. All else is as in other builds, and is used again.
quick=()
for package in meshauth-runtime meshauth-tests; do
  quick+=(--config "profile.dev.package.$package.opt-level=0" --config "profile.dev.package.$package.debug=0")
done

run_tests() {
  (
    cd "$copy/tree"
    cargo test --quiet "${quick[@]}" --no-run "$@"
    timeout 180 cargo test --quiet "${quick[@]}" "$@"
  ) >"$copy/out" 2>&1 </dev/null
}

# A test that fails by itself shows nothing.
echo "== nothing is broken"
while read -ra arguments; do
  if ! run_tests "${arguments[@]}"; then
    echo "   without a break, this fails: cargo test ${arguments[*]}"
    tail -n 40 "$copy/out"
    exit 1
  fi
done < <(while read -r patch; do field Test "$patch"; done < <(chosen "$@") | sort -u)

survived=0
while read -r patch; do
  echo "== $(basename "$patch" .patch): $(field Breaks "$patch")"
  git -C "$copy/tree" apply "$patch"
  read -ra arguments <<<"$(field Test "$patch")"
  if run_tests "${arguments[@]}"; then
    echo "   SURVIVED: no test fails"
    survived=$((survived + 1))
  elif grep -q '^test result: FAILED' "$copy/out"; then
    sed -n '/^failures:$/,/^test result/p' "$copy/out" | grep -E '^    [a-z_:0-9]+$' | sort -u
  elif grep -q 'has been running for over 60 seconds$' "$copy/out"; then
    sed -n 's/^.*test \([a-z_:0-9]*\) has been running for over .*/    \1 (does not end)/p' "$copy/out" | sort -u
  else
    echo "   NOT TESTED: it does not build"
    tail -n 20 "$copy/out"
    survived=$((survived + 1))
  fi
  git -C "$copy/tree" checkout --quiet -- .
  git -C "$copy/tree" clean --quiet --force -d
done < <(chosen "$@")
if [ "$survived" -ne 0 ]; then
  echo "$survived breaks were not noticed"
  exit 1
fi
echo "every break was noticed"
