"""Let `python -m lineage` do what the command `lineage` does."""

from lineage.cli.main import main

if __name__ == "__main__":
    main()
