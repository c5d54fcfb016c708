"""What the site answers, one subject a file; each has its ROUTES."""
