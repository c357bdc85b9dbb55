"""Pages in a real browser. Where no Chromium is on the machine these tests are left out, with a line that says so."""
