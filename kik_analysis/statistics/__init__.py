"""Mathematics without a domain: partial identification, intervals, power."""
