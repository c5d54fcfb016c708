"""The filters, one a file. What they share is in base.py, their order in order.py."""
