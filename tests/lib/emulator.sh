# Starting and stopping ministack, the Docker-free AWS emulator, and other servers in the background. Source env.sh first.

# start_server DIR NAME COMMAND…: runs it with DIR/NAME.pid and DIR/NAME.log.
start_server() {
  local dir=$1 name=$2
  shift 2
  # A session of its own, so that neither Ctrl-C nor the end of this shell reaches it.
  setsid "$@" >"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

# server_runs DIR NAME: is the process of the pid file alive, and not another that got its number?
server_runs() {
  local pid
  pid="$(cat "$1/$2.pid" 2>/dev/null)" && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&
    { [ ! -r "/proc/$pid/cmdline" ] || tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "$2"; }
}

stop_server() {
  if server_runs "$1" "$2"; then
    kill "$(cat "$1/$2.pid")"
    wait_for 10 "$2 to stop" server_stopped "$1" "$2" || kill -9 "$(cat "$1/$2.pid")"
  fi
  rm -f "$1/$2.pid"
}
server_stopped() { ! server_runs "$1" "$2"; }

# The emulator's AWS account is the demo account too: events from its EventBridge carry that number.
ACCOUNT=123456789012
REGION="${ACTIVITY_LOG_REGION:-us-east-1}"

# start_emulator DIR PORT: returns when it answers.
start_emulator() {
  local dir=$1 port=$2
  mkdir -p "$dir/tmp"
  curl -s -o /dev/null "http://127.0.0.1:$port/" && die "port $port is taken: set GATEWAY_PORT to another"
  # A clean environment: every function inherits all of the emulator's.
  # AUTH: signatures, the functions' policies and bucket policies are enforced, as on AWS.
  start_server "$dir" emulator \
    env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$dir/tmp" TMPDIR="$dir/tmp" LANG=C.UTF-8 \
    GATEWAY_PORT="$port" BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 MINISTACK_REGION="$REGION" MINISTACK_ACCOUNT_ID="$ACCOUNT" \
    AUTH=true SFTP_ENABLED=0 IOT_MTLS_ENABLED=0 AWS_ENDPOINT_URL="http://127.0.0.1:$port" \
    ACTIVITY_LOG_CALLS_FILE="$dir/calls.jsonl" \
    "$TOOLS/emulator/bin/python" "$ROOT/localstack/emulator.py"
  wait_for 30 "the emulator on port $port" emulator_answers "$dir" "$port" || {
    tail -n 20 "$dir/emulator.log" >&2
    return 1
  }
}
emulator_answers() {
  curl -sf "http://127.0.0.1:$2/_ministack/health"
}
