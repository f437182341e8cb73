"""`python -m l2norm_ref COMMAND ...`: see `l2norm_ref.cli`."""

import sys

from l2norm_ref.cli import main

if __name__ == "__main__":
    sys.exit(main())
