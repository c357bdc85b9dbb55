"""What the dialects' tables say: how their fields correspond, and what a change of them would break."""
