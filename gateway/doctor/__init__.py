"""What `gateway doctor` looks at: everything that a server needs, each with what to do if it is wrong."""
