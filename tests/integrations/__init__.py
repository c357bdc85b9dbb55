"""Programs of others, run for real against a gateway. What this machine or its package index lacks is left out."""
