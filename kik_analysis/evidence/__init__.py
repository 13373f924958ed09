"""What a number rests on: evidence classes, recorded reads, named numbers, tables."""
