"""What an operator can set: the models of the configuration file, and how it is read."""
