#!/usr/bin/env bash
# The rotel collector: takes OTLP over gRPC and prints every span on stdout, in detail.
# collector.sh [GRPC_PORT [HTTP_PORT]]: free ports unless given.
set -euo pipefail

python="$(dirname "$0")/../.deps/py/bin/python"

package="$("$python" -c 'import os, rotel; print(os.path.dirname(rotel.__file__))' 2>/dev/null)" || {
  echo "collector.sh: rotel is not installed (no wheel for this Python or system)" >&2
  exit 69
}

free_port() {
  "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
grpc="${1:-0}"
http="${2:-0}"
if ((grpc == 0)); then grpc="$(free_port)"; fi
if ((http == 0)); then http="$(free_port)"; fi

# The agent links the libpython of the Python that its wheel is for.
libraries="$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))')"
export NO_COLOR=1
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries"

# The agent takes this process over, so whoever kills this process kills the agent; the two
# watchers are for the rest: one ends it when stdin closes, one says READY when it listens.
(
  cat >/dev/null
  kill $$ 2>/dev/null
) <&0 >/dev/null 2>&1 &
(
  for _ in {1..200}; do
    if (: <"/dev/tcp/127.0.0.1/$grpc") 2>/dev/null; then
      echo "READY $grpc"
      exit
    fi
    sleep 0.05
  done
) </dev/null &

exec "$package/rotel-agent" start --exporter blackhole \
  --debug-log traces --debug-log-verbosity detailed --batch-timeout 50ms \
  --otlp-grpc-endpoint "127.0.0.1:$grpc" --otlp-http-endpoint "127.0.0.1:$http" </dev/null
