"""The command line: `python -m pybase_pipelines COMMAND`.

What belongs here: arguments, tables and progress for people, JSON for scripts, exit statuses. What does not: any
decision about files or jobs. Progress goes to stderr, so that stdout stays clean for pipes. Each module is a group of
commands; what is heavy is imported inside them.
"""
