"""The report: a ranked dataset in, one HTML file that opens offline out."""
