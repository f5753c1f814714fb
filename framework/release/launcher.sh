#!/bin/sh
# The Python of a sparkjob release: the machine's interpreter with the packages of this archive.
# Nothing of the machine's own site-packages is seen (-S); what Spark puts on PYTHONPATH is.
# It lies at `bin/python` of an archive that is unpacked as `environment`; beside it may be `project`.
environment=${0%/bin/*}
case $environment in /*) ;; *) environment=$PWD/$environment ;; esac
# By name: in a YARN container `environment` is a link, and what it leads to has no neighbours.
project=${environment%/*}/project
packages=$environment/lib
if [ -d "$project" ]; then
    packages=$packages:$project
    export SPARKJOB_PROJECT="$project"
fi
export PYTHONPATH="$packages${PYTHONPATH:+:$PYTHONPATH}"
if [ "$(uname -m)" != @PLATFORM@ ]; then
    echo "this release is for machines of @PLATFORM@, and this is one of $(uname -m)" >&2
    echo "Hint: release: {platform: …} in configs/, then sparkjob deploy" >&2
    exit 64
fi
for python in ${SPARKJOB_PYTHON:+"$SPARKJOB_PYTHON"} python@PYTHON@ /usr/bin/python@PYTHON@ /usr/local/bin/python@PYTHON@; do
    # Starting it is the only proof: a version manager's shim may lead nowhere.
    if [ "$("$python" -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = @PYTHON@ ]; then
        exec "$python" -S "$@"
    fi
done
echo "this release needs Python @PYTHON@, and $(hostname) has none on PATH or in /usr/bin" >&2
echo "Hint: install it, let SPARKJOB_PYTHON name it, or say release: {python: …} in configs/ and deploy again" >&2
exit 64
