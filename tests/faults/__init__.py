"""What clients hear while a disk, a database or a storage fails, and that all is well again by itself afterwards."""
