# Programs of checks, one after the other, each within a time: to be sourced by a script that then calls `run_checks` and `conclude`.
#
# A check is a line on standard output that begins with `ok ` or `FAIL `. `scratch` is a directory that goes in the end.

scratch=$(mktemp -d)
log=$scratch/log
runner=
end() {
  # `timeout` leads a process group of its own, in which every server of its checks is too.
  if [[ -n $runner ]]; then { kill -KILL -- "-$runner"; wait "$runner"; } 2>/dev/null || true; fi
  rm -rf "$scratch"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
: >"$log"
mkfifo "$scratch/lines"

# run_checks NAME SECONDS COMMAND…: prints what it prints and keeps it to be counted. A program that dies is one failure more.
run_checks() {
  local status=0 printer failed_before failed_after name=$1 limit_s=$2
  failed_before=$(count FAIL)
  tee -a "$log" <"$scratch/lines" &
  printer=$!
  # Not in a pipe: whoever ends this must find the process to end.
  timeout --kill-after=5 "$limit_s" "${@:3}" >"$scratch/lines" 2>&1 &
  runner=$!
  wait "$runner" || status=$?
  runner=
  wait "$printer"
  failed_after=$(count FAIL)
  if [[ $status -gt 1 || ($status -eq 1 && $failed_after -eq $failed_before) ]]; then
    echo "FAIL $name ended with status $status (124: not within $limit_s s)" | tee -a "$log"
  fi
}

# Installs the stock clients of Node.
install_node_clients() {
  npm ci --prefix "$root/protocol-tests/clients" --no-audit --no-fund --loglevel=error >"$scratch/npm" || { cat "$scratch/npm" >&2; exit 1; }
}

# Says how many checks there were; fails if one did, or if there was none. A server may outlive a bug of its own; the checks may not.
conclude() {
  if grep -q "panicked at" "$log"; then echo "FAIL a server panicked" | tee -a "$log"; fi
  echo "$(count ok) passed, $(count FAIL) failed"
  [[ $(count FAIL) -eq 0 && $(count ok) -gt 0 ]]
}

count() {
  grep -c "^$1 " "$log" || true
}
