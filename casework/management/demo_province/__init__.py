"""A wholly synthetic Điện Biên, made through the same verbs people use."""
