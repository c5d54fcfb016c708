"""Who books for others: events, links, features, certainty, cases; off the request path."""
