"""Pages in a real browser. If the machine has no Chromium, these tests are left out with a line that says so."""
