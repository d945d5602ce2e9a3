"""Data sets of every kind to one row, and rows to batches."""
