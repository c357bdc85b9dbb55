"""What is promised of every acknowledged write, attacked with kill -9."""
