"""`python -m commute.cli`, the same as `commute`."""

import sys

from commute.cli import main

sys.exit(main())
