"""Oracles for what the words of both documents mean: each asks a deployment and knows what the answer has to say."""
