"""Files in: restricted YAML, problems with file and line, digests, folders exchanged in one step."""
