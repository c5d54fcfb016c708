"""What is watched of the whole site, and what is concluded: off the request path, once a second."""
