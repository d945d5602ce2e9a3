"""The page that people try a model on in their browser."""
