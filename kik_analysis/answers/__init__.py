"""Questions of the council with an answer computed at every run: a question is a file, an answer its words."""
