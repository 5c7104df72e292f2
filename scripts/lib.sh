# Shared by the scripts in this folder; sourced, never run.
set -euo pipefail

kDppVersion=10.1.6
kVictoriaMetricsVersion=1.112  # or newer: the first of Debian's that gives OTLP metrics Prometheus' names
kCache="${GUILDSCOPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/guildscope}"

say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or through sudo; says in one line when neither is possible.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
  elif command -v sudo >/dev/null && [ -t 0 ]; then sudo "$@"
  else die "cannot run '$1' as root: log in as root, or install sudo and allow $(id -un) to use it"
  fi
}

# Where D++ built by scripts/build-dpp is kept; one folder for each version, release and compiler.
dpp_prefix() {
  local compiler
  compiler=$("${CXX:-c++}" -dumpfullversion)
  # shellcheck disable=SC1091
  printf '%s/dpp-%s-%s-gcc%s' "$kCache" "$kDppVersion" "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$compiler"
}

# The VictoriaMetrics that tests start: the installed one where it is new enough, else where
# scripts/provide-victoria-metrics keeps one.
victoria_metrics_program() {
  local installed
  installed=$(dpkg-query -W -f='${Version}' victoria-metrics 2>/dev/null || true)
  if [ -n "$installed" ] && dpkg --compare-versions "$installed" ge "$kVictoriaMetricsVersion"; then
    command -v victoria-metrics
  else
    # shellcheck disable=SC1091
    printf '%s/victoria-metrics-%s-%s/victoria-metrics' "$kCache" "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
      "$(dpkg --print-architecture)"
  fi
}

# private_apt FOLDER ARGUMENT...: apt-get with an apt state of its own in FOLDER, so that this machine's own lists stay as
# they are. FOLDER/apt/sources.list says what it reads; see private_apt_source. A mirror that was frozen at some day is as
# good as today's: the signature is checked, the date is not.
private_apt() {
  local folder=$1
  shift
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/parts"
  apt-get -qq -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts="$folder/apt/parts" \
    -o Dir::State::lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User="" \
    -o Acquire::Check-Valid-Until=false -o Acquire::http::Timeout=30 "$@"
}

# private_apt_source FOLDER deb|deb-src SUITE: what private_apt reads, from this machine's own mirror.
private_apt_source() {
  local mirror
  mirror=$(apt_mirror)
  [ -n "$mirror" ] || die "no apt source for this release found in /etc/apt; add one, then run this again"
  mkdir -p "$1/apt"
  printf '%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$2" "$mirror" "$3" \
    >"$1/apt/sources.list"
}

# The mirror this machine's own apt sources use for the running release (deb822 and one-line lists).
apt_mirror() {
  local codename
  # shellcheck disable=SC1091
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  {
    find /etc/apt/sources.list.d -name '*.sources' -exec awk -v suite="$codename" '
      function flush_entry() { if (on && uri != "") print uri; uri = ""; on = 0 }
      /^[[:space:]]*#/ { next }
      /^[[:space:]]*$/ { flush_entry(); next }
      tolower($1) == "uris:" { uri = $2 }
      tolower($1) == "suites:" { for (i = 2; i <= NF; i++) if ($i == suite) on = 1 }
      END { flush_entry() }' {} \; 2>/dev/null
    find /etc/apt/sources.list /etc/apt/sources.list.d -name '*.list' -exec cat {} + 2>/dev/null |
      sed -E 's/\[[^]]*\]//' | awk -v suite="$codename" '$1 == "deb" && $3 == suite { print $2 }'
  } | sed -n '1s:/*$::p' || true
}
