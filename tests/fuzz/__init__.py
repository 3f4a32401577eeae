"""Random and mutated input for everything that reads what strangers send.

`checks` says what must hold of any input, `grammar` and `corpus` make inputs, `targets` puts them
together. ``pytest tests/fuzz`` tries a few hundred, the same each time; ``make fuzz`` goes on for minutes.
"""
