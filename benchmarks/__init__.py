"""Performance and durability claims as commands; see benchmarks/README.md."""
