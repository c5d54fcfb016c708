"""Concrete parts made out of settings, each kind in its own file; app.py puts them together."""
