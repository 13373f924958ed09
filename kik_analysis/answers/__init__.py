"""Questions of the council, each with an answer that is computed at every run: a question is a file."""
