"""What keeps a register well: backup, restore, copies, checks, and what waits to be done."""
