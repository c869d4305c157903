#!/bin/sh
# Print the first Python that Foveola runs on.
for python in python3.12 python3.11 python3; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
echo "Foveola needs Python 3.11 or 3.12, which is not installed." >&2
exit 1
