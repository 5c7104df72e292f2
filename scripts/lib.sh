# Shared by the scripts in this folder; sourced, never run.
set -euo pipefail

kDppVersion=10.1.6
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
