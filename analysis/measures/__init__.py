"""Authority measures over the domain graph, one a file; the docstring is the specification."""
