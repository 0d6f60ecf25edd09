"""The command line: a file per subcommand; data on standard output, talk on standard error."""
