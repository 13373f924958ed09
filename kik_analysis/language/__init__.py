"""Numbers, dates and sentences in the notation of each language."""
