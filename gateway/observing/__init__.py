"""What is seen of requests from outside: measured once, told to whoever observes."""
