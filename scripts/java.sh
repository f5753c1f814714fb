#!/usr/bin/env bash
# 0 when the Java that Spark would start is 17 to 21; otherwise one line, a hint, and 64.
# Spark takes JAVA_HOME before PATH, and so does this. No JVM is started where a release file tells.
set -euo pipefail

fail() { # WHAT
    printf '%s\nHint: %s\n' "$1" "install Java 17 or 21 (Debian: apt install openjdk-17-jre-headless, \
macOS: brew install openjdk@17), or let JAVA_HOME name one" >&2
    exit 64
}

if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
    [ -x "$java" ] || fail "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it"
else
    java=$(command -v java) || fail "Spark needs Java, and there is none on PATH"
fi

version=
release=$(readlink -f "$java" || true)
release=${release%/bin/java}/release
if [ -r "$release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$release")
fi
if [ -z "$version" ]; then
    # Launchers of version managers have no release file beside them, and may find no Java at all.
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p') || true
    [ -n "$version" ] || fail "$java does not start a Java"
fi

major=${version#1.} # Java 8 calls itself 1.8
major=${major%%[!0-9]*}
if [ "${major:-0}" -lt 17 ] || [ "$major" -gt 21 ]; then
    fail "$java is Java $version; Spark 4.0 runs on 17 to 21"
fi
