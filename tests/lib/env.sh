# To be sourced by every script here, and by a developer's shell to share the scripts' build products.
# One set of flags and one target folder for clippy, tests, alog and the functions: whatever differs is built twice.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
TOOLS="${ACTIVITY_LOG_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/activity-log}"
export ROOT TOOLS
export PATH="$TOOLS/aws/bin:$TOOLS/bin:$PATH"

# cargo-lambda always names its target, so the others do too.
CARGO_BUILD_TARGET="$(rustc -vV | sed -n 's/^host: //p')"
export CARGO_BUILD_TARGET
if command -v mold >/dev/null; then
  flags="CARGO_TARGET_$(echo "$CARGO_BUILD_TARGET" | tr 'a-z-' 'A-Z_')_RUSTFLAGS"
  export "$flags=-C link-arg=-fuse-ld=mold"
  unset flags
fi

# Nothing is compiled twice in CI, where incremental compilation only costs.
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi

export SAM_CLI_TELEMETRY=0 AWS_PAGER=""

BUILT="${CARGO_TARGET_DIR:-$ROOT/target}/$CARGO_BUILD_TARGET/debug"
export BUILT

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# wait_for SECONDS WHAT COMMAND…: polls until COMMAND succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || {
      echo "gave up waiting for $what" >&2
      return 1
    }
    sleep 0.1
  done
}
