#!/usr/bin/env python3
"""Run the product: `python3 manage.py demo`, `python3 manage.py test`, or any of Django's commands."""

import sys

# Kept readable for any Python, so that an old one says what it lacks instead of showing a syntax error.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": try `python3.11 manage.py`."
    )

if __name__ == "__main__":
    from config.bootstrap import main

    main(sys.argv)
