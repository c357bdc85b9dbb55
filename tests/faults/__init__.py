"""Answers while a disk, a database or a storage fails, and recovery without intervention afterwards."""
