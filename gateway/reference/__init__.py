"""What the dialects' tables say: how fields correspond, and what a change of the documents would break."""
