"""``python -m tinygrad_edu`` is the command line, ``tinygrad-edu``."""

from tinygrad_edu.cli import main

if __name__ == "__main__":
    main()
