"""The public register: what anybody may know, how it is found, followed and fetched as a whole."""
