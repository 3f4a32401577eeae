"""THE DATASET: Page items in, committed Parquet parts out. `pipelines.schema` is the contract."""
