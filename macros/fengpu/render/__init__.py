"""The only owner of Jinja: which pages there are, what they show, and the macros that authors use."""
