"""`python -m pybase_pipelines`: the command line."""

from pybase_pipelines.cli.app import main

if __name__ == "__main__":
    main()
