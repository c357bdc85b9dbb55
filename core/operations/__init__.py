"""What keeps a register well: backup, restore, copies, checks, removals, and what waits to be done."""
