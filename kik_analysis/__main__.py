"""``python -m kik_analysis`` is ``kik``."""

import sys

from kik_analysis.cli import main

if __name__ == "__main__":
    sys.exit(main())
