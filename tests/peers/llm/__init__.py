"""Providers of models with a script: five dialects, the same answers in each."""
